#pragma once

#include <cstdint>
#include <filesystem>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "secrets/recovery_key.h"

namespace mailward::secrets {

/// What became of a password that was sealed for recovery.
enum class RecoveryFate {
  sealed,     ///< written before the database had it: after a crash the database may never have
  committed,  ///< the database has it; Active Directory may have heard of it
  taken,      ///< Active Directory has accepted it
  dropped,    ///< it is proven not to be in force anywhere
};

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
  RecoveryFate fate = RecoveryFate::sealed;  ///< as the lines after it say
};

/// An append-only file beside the database, one line of JSON an entry or a mark on one, mode 0600. A line is on the
/// disk when append() or mark() returns; one that a crash cut short is passed over. Thread-safe.
class RecoveryFile {
 public:
  explicit RecoveryFile(std::filesystem::path path) : path_(std::move(path)) {}

  /// Errors: io, with what to do for a full disk; nothing half-written counts.
  Status append(const RecoveryEntry& entry);
  /// Says what became of the owner's newest entry of that number. Errors: io.
  Status mark(std::string_view owner, std::int64_t number, RecoveryFate fate, Timestamp at);
  /// All whole entries, the oldest first; none where there is no file. Errors: io, limit_exceeded (64 MiB).
  Result<std::vector<RecoveryEntry>> read() const;
  const std::filesystem::path& path() const { return path_; }

 private:
  Status append_line(std::string line);
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
