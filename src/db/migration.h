#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "db/session.h"

namespace mailward::db {

/// A file of src/db/migrations, as the build embeds it: "NNNN_name.sqlite.sql" or "NNNN_name.pg.sql".
struct EmbeddedMigration {
  std::string_view file_name;
  std::string_view sql;
};

/// All that this program was built with, sorted by file name; lives as long as the program.
std::span<const EmbeddedMigration> embedded_migrations();

/// One forward step for one back end.
struct Migration {
  int version;
  std::string name;
  std::string sql;
  /// SHA-256 of `sql`, hexadecimal.
  std::string hash;
};

/// The steps for a back end, numbered 1, 2, 3 … without a gap. Errors: misuse for a name that does not follow the form,
/// a gap, or a step that lacks its twin.
Result<std::vector<Migration>> migrations_for(Backend backend, std::span<const EmbeddedMigration> files);

}  // namespace mailward::db
