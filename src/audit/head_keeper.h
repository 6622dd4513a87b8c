#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "audit/head_file.h"
#include "base/pool.h"
#include "db/database.h"

namespace mailward::audit {

/// How the head file stands to the database.
enum class HeadFileState {
  kept,            ///< at most a second behind
  unwritable,      ///< it cannot be written; tried again
  older_database,  ///< it knows entries that the database does not have: left as it is until a person has looked
  other_history,   ///< it knows another entry of its number: left as it is
  foreign,         ///< it is not ours: left as it is
};
std::string_view name_of(HeadFileState state);

struct HeadFileStatus {
  std::filesystem::path path;
  HeadFileState state = HeadFileState::kept;
  std::int64_t number = 0;  ///< of the last entry that it notes
  std::string trouble;      ///< a sentence; empty while all is well
};

/// Notes the trail's head in its file after commits: at once after a quiet moment, else four times a second, and
/// exactly when it is destroyed. Commits never wait for it; a crash leaves the file behind, never ahead. A file that
/// does not fit the database is never written over: the trail, the log and status() say so. Thread-safe.
class HeadKeeper {
 public:
  /// Looks at the file, notes in the trail what is wrong with it, and begins. The others must outlive it. Errors:
  /// DbError.
  static Result<std::unique_ptr<HeadKeeper>> start(db::Database& database, const Trail& trail,
                                                   std::filesystem::path file, const Clock& clock);
  ~HeadKeeper();
  HeadKeeper(const HeadKeeper&) = delete;
  HeadKeeper& operator=(const HeadKeeper&) = delete;

  HeadFileStatus status() const;
  const std::filesystem::path& file() const { return file_; }

 private:
  HeadKeeper(db::Database& database, const Trail& trail, std::filesystem::path file, const Clock& clock);
  Status settle();
  void note_in_trail(std::string_view outcome, std::int64_t database_number, std::int64_t file_number);
  void leave(HeadFileState state, std::string trouble);
  void keep(const std::stop_token& stop);
  /// Whether the file says what the database says.
  bool note();

  db::Database& database_;
  const Trail& trail_;
  const std::filesystem::path file_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  HeadFileStatus status_;
  std::optional<Head> noted_;
  std::stop_source stop_;
  /// Joins its thread before what the thread uses goes.
  std::unique_ptr<Pool> pool_;
};

}  // namespace mailward::audit
