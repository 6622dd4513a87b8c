#include "db/stored_setting.h"

namespace mailward::db {

Result<std::optional<std::string>> stored_setting(Session& session, std::string_view name) {
  MW_TRY(auto row, session.query_row("SELECT value FROM setting WHERE name = $1", {name}));
  if (!row) return std::nullopt;
  return row->text(0);
}

Status store_setting(Transaction& tx, std::string_view name, std::string_view value) {
  MW_CHECK(
      tx.execute("INSERT INTO setting (name, value) VALUES ($1, $2) "
                 "ON CONFLICT (name) DO UPDATE SET value = excluded.value",
                 {name, value}));
  return {};
}

}  // namespace mailward::db
