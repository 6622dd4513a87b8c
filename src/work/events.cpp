#include "work/events.h"

#include "work/json_text.h"

namespace mailward::work::events {

Result<std::int64_t> emit(db::Transaction& tx, std::string_view kind, std::string_view subject,
                          std::string_view payload, Timestamp now) {
  MW_CHECK(check_json(payload, "the payload of an event"));
  MW_TRY(const auto row, tx.query_row("UPDATE event_head SET number = number + 1 WHERE id = 1 RETURNING number"));
  if (!row) return fail(db::DbError::corrupt, "the row that numbers the events is gone");
  const std::int64_t number = row->integer(0);
  MW_CHECK(tx.execute("INSERT INTO event (number, kind, subject, payload, at) VALUES ($1, $2, $3, $4, $5)",
                      {number, kind, subject, payload, now}));
  tx.notify(std::string(kChannel));
  return number;
}

Result<std::vector<Event>> list_after(db::Session& session, std::int64_t after, std::size_t limit,
                                      std::string_view kind) {
  MW_TRY(const auto rows, session.query("SELECT number, kind, subject, payload, at FROM event WHERE number > $1 AND "
                                        "($2 = '' OR kind = $2) ORDER BY number LIMIT $3",
                                        {after, kind, static_cast<std::int64_t>(limit)}));
  std::vector<Event> found;
  found.reserve(rows.size());
  for (const db::Row& row : rows) {
    found.push_back({.number = row.integer(0),
                     .kind = row.text(1),
                     .subject = row.text(2),
                     .payload = row.text(3),
                     .at = row.time(4)});
  }
  return found;
}

Result<std::int64_t> last_number(db::Session& session) {
  MW_TRY(const auto row, session.query_row("SELECT number FROM event_head WHERE id = 1"));
  if (!row) return fail(db::DbError::corrupt, "the row that numbers the events is gone");
  return row->integer(0);
}

Result<std::int64_t> drop_before(db::Transaction& tx, Timestamp before) {
  return tx.execute("DELETE FROM event WHERE at < $1", {before});
}

}  // namespace mailward::work::events
