#include "db/migration.h"

#include <charconv>
#include <map>

#include "base/digest.h"

namespace mailward::db {

namespace {

struct NamedFile {
  int version = 0;
  std::string name;
  Backend backend = Backend::sqlite;
};

/// "0001_ground.sqlite.sql" or "0001_ground.pg.sql".
Result<NamedFile> parse_name(std::string_view file) {
  NamedFile named;
  const auto malformed = [&] {
    return fail(DbError::misuse, "a migration's file is named '" + std::string(file) + "'");
  };
  if (file.ends_with(".sqlite.sql")) {
    file.remove_suffix(std::string_view(".sqlite.sql").size());
  } else if (file.ends_with(".pg.sql")) {
    named.backend = Backend::postgresql;
    file.remove_suffix(std::string_view(".pg.sql").size());
  } else {
    return malformed();
  }
  if (file.size() < 6 || file[4] != '_') return malformed();
  const std::string digits(file.substr(0, 4));
  const char* const last = digits.data() + digits.size();
  const auto [end, error] = std::from_chars(digits.data(), last, named.version);
  if (error != std::errc() || end != last) return malformed();
  named.name = file.substr(5);
  return named;
}

}  // namespace

Result<std::vector<Migration>> migrations_for(Backend backend, std::span<const EmbeddedMigration> files) {
  std::map<int, Migration> chosen;
  std::map<int, std::string> twins;
  for (const EmbeddedMigration& file : files) {
    MW_TRY(NamedFile named, parse_name(file.file_name));
    if (named.backend == backend) {
      chosen[named.version] = {.version = named.version,
                               .name = named.name,
                               .sql = std::string(file.sql),
                               .hash = to_hex(sha256(as_bytes(file.sql)))};
    } else {
      twins[named.version] = named.name;
    }
  }
  std::vector<Migration> steps;
  for (auto& [version, step] : chosen) {
    const auto twin = twins.find(version);
    if (twin == twins.end() || twin->second != step.name) {
      return fail(DbError::misuse, "migration " + std::to_string(version) + " '" + step.name + "' lacks its twin");
    }
    if (version != static_cast<int>(steps.size()) + 1) {
      return fail(DbError::misuse, "migration " + std::to_string(steps.size() + 1) + " is missing");
    }
    steps.push_back(std::move(step));
  }
  if (twins.size() != steps.size()) return fail(DbError::misuse, "a migration lacks its twin for this back end");
  return steps;
}

}  // namespace mailward::db
