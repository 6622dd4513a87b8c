#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "app/configuration.h"
#include "base/clock.h"

namespace mailward::app {

/// What was copied, file by file, and what a person must know of it.
struct CopyReport {
  struct File {
    std::string name;
    std::string what;  ///< "SHA-256 …", or why it was left alone
  };
  std::vector<File> files;
  std::vector<std::string> notes;

  std::string text() const;
  std::string json() const;
};

/// Copies database, recovery file, generation file, audit head file and the configuration (`config_file`, where it was
/// given) into a new folder (mode 0700), with a manifest of their hashes. The database first, so that the recovery file
/// knows at least all that it knows; consistent while a service runs. A PostgreSQL database is left to pg_dump, and
/// that is said. The master key is not copied. Where it fails, the folder is removed again. Errors: io (also where the
/// folder is there), DbError (also where there is no database).
Result<CopyReport> make_backup(const Configuration& configuration, const std::string& config_file,
                               const std::filesystem::path& folder, const Clock& clock);

/// Puts them into the configured places, after every hash held. Refused where a database stands there, or
/// the -wal, -shm or -journal of one. Run as root, what is restored is given to whom the state folder belongs. What is
/// newer there stays: a recovery file that goes on from the copied one, a higher generation; a start then notices that
/// the database is older. Errors: io, invalid_argument with what to do, malformed for a copy that was damaged or
/// changed.
Result<CopyReport> restore_backup(const Configuration& configuration, const std::filesystem::path& folder);

}  // namespace mailward::app
