#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "secrets/recovery_key.h"

namespace mailward::secrets {

/// What was sealed for recovery: of whom, and when. The secret itself opens with the private half alone.
struct RecoveryEntry {
  Timestamp at;
  std::int64_t generation = 0;  ///< of the database that knew of it first
  std::string kind;             ///< "service_account"
  std::string owner;            ///< its id
  std::string name;             ///< as people know it
  std::int64_t number = 0;      ///< the version
  std::string key_id;           ///< RecoveryKey::id()
  Bytes sealed;
};

/// An append-only file beside the database, one line of JSON an entry, mode 0600. An entry is on the disk when append()
/// returns; a line that a crash cut short is passed over. Thread-safe.
class RecoveryFile {
 public:
  explicit RecoveryFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Errors: io, with what to do for a full disk; nothing half-written counts.
  Status append(const RecoveryEntry& entry);
  /// All whole entries, the oldest first; none where there is no file. Errors: io, limit_exceeded (64 MiB).
  Result<std::vector<RecoveryEntry>> read() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
  std::mutex mutex_;
};

/// How old the database may be: a number that rises, in the database, with everything that must not be forgotten, and
/// stands, authenticated, in a file outside it.
///
/// The file is written after the database has committed and before the outside world hears of it, so it is never ahead
/// of a database that is whole.
class GenerationFile {
 public:
  GenerationFile(std::filesystem::path path, Keyring& keyring) : path_(std::move(path)), keyring_(keyring) {}

  /// The database's, one higher; to be noted once it is committed.
  static Result<std::int64_t> raise(db::Transaction& tx);
  static Result<std::int64_t> of(db::Session& session);
  /// Durable before it returns; a lower number than what stands there changes nothing. Errors: io, cannot_open.
  Status note(std::int64_t generation);
  /// Nothing where there is no file. Errors: io; cannot_open where it is not ours.
  Result<std::optional<std::int64_t>> read() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  Result<std::string> mac(std::int64_t generation) const;
  std::filesystem::path path_;
  Keyring& keyring_;
  std::mutex mutex_;
};

}  // namespace mailward::secrets
