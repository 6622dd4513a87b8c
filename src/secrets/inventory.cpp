#include "secrets/inventory.h"

namespace mailward::secrets {

Status record_secret(db::Transaction& tx, const SecretRecord& record) {
  MW_CHECK(tx.execute(
      "INSERT INTO secret_inventory (kind, id, opens, created, last_used, renew_by, set_by) "
      "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (kind, id) DO UPDATE SET opens = excluded.opens, "
      "created = excluded.created, last_used = excluded.last_used, renew_by = excluded.renew_by, "
      "set_by = excluded.set_by",
      {record.kind, record.id, record.opens, record.created, record.last_used, record.renew_by, record.set_by}));
  return {};
}

Result<Timestamp> made_when(db::Session& session, std::string_view kind, std::string_view id, bool same,
                            Timestamp now) {
  if (!same) return now;
  MW_TRY(const auto row,
         session.query_row("SELECT created FROM secret_inventory WHERE kind = $1 AND id = $2", {kind, id}));
  return row ? row->time(0) : now;
}

Status record_use(db::Transaction& tx, std::string_view kind, std::string_view id, Timestamp when) {
  MW_CHECK(tx.execute("UPDATE secret_inventory SET last_used = $3 WHERE kind = $1 AND id = $2", {kind, id, when}));
  return {};
}

Result<std::optional<Timestamp>> last_use(db::Session& session, std::string_view kind, std::string_view id) {
  MW_TRY(const auto row,
         session.query_row("SELECT last_used FROM secret_inventory WHERE kind = $1 AND id = $2", {kind, id}));
  return row ? row->maybe_time(0) : std::nullopt;
}

Status forget_secret(db::Transaction& tx, std::string_view kind, std::string_view id) {
  MW_CHECK(tx.execute("DELETE FROM secret_inventory WHERE kind = $1 AND id = $2", {kind, id}));
  return {};
}

Result<std::vector<SecretRecord>> list_secrets(db::Session& session) {
  MW_TRY(const auto rows,
         session.query("SELECT kind, id, opens, created, last_used, renew_by, set_by FROM secret_inventory "
                       "ORDER BY kind, id"));
  std::vector<SecretRecord> records;
  records.reserve(rows.size());
  for (const db::Row& row : rows) {
    records.push_back({.kind = row.text(0),
                       .id = row.text(1),
                       .opens = row.text(2),
                       .created = row.time(3),
                       .last_used = row.maybe_time(4),
                       .renew_by = row.maybe_time(5),
                       .set_by = row.text(6)});
  }
  return records;
}

}  // namespace mailward::secrets
