#pragma once

#include <filesystem>
#include <string>

#include "base/clock.h"
#include "base/result.h"

namespace mailward::app {

/// What a verification without the service is told.
struct OfflineVerification {
  /// A SQLite file, or a "postgresql://…" address that needs no password.
  std::string database;
  std::filesystem::path master_key;  ///< empty: "master.key" beside the database file
  std::filesystem::path head_file;   ///< empty: beside the master key
  bool without_head_file = false;
  std::filesystem::path anchor;  ///< empty: none
};

/// Verifies a trail, also that of a copy, and only looks: nothing is made, migrated or written. Returns
/// audit::json_text(). Errors: DbError, SecretsError, AuditError::bad_anchor, io.
Result<std::string> verify_offline(const OfflineVerification& wanted, const Clock& clock = Clock::system());

}  // namespace mailward::app
