#include "work/schedules.h"

#include <algorithm>

namespace mailward::work::schedules {

namespace {

Schedule schedule_of(const db::Row& row) {
  return {.kind = row.text(0), .subject = row.text(1), .every = Duration(row.integer(2)), .next_due = row.time(3)};
}

}  // namespace

Status set(db::Transaction& tx, const Schedule& schedule) {
  MW_CHECK(
      tx.execute("INSERT INTO schedule (kind, subject, every_us, next_due, holder, claimed_until) "
                 "VALUES ($1, $2, $3, $4, '', 0) ON CONFLICT (kind, subject) DO UPDATE "
                 "SET next_due = CASE WHEN schedule.every_us = excluded.every_us THEN schedule.next_due ELSE "
                 "excluded.next_due END, every_us = excluded.every_us",
                 {schedule.kind, schedule.subject, schedule.every, schedule.next_due}));
  tx.notify("schedules");
  return {};
}

Status remove(db::Transaction& tx, std::string_view kind, std::string_view subject) {
  MW_CHECK(tx.execute("DELETE FROM schedule WHERE kind = $1 AND subject = $2", {kind, subject}));
  return {};
}

Result<std::vector<Schedule>> list(db::Session& session) {
  MW_TRY(const auto rows,
         session.query("SELECT kind, subject, every_us, next_due FROM schedule ORDER BY kind, subject"));
  std::vector<Schedule> all;
  all.reserve(rows.size());
  for (const db::Row& row : rows) all.push_back(schedule_of(row));
  return all;
}

Result<std::vector<Schedule>> claim_due(db::Transaction& tx, std::string_view kind, std::string_view holder,
                                        Duration span, std::size_t limit, Timestamp now) {
  MW_TRY(const auto rows,
         tx.query(
             "UPDATE schedule SET holder = $1, claimed_until = $2 WHERE (kind, subject) IN (SELECT kind, subject FROM "
             "schedule WHERE kind = $5 AND next_due <= $3 AND claimed_until <= $3 ORDER BY next_due LIMIT $4" +
                 std::string(tx.lock_rows_not_taken()) + ") RETURNING kind, subject, every_us, next_due",
             {holder, now + span, now, static_cast<std::int64_t>(limit), kind}));
  std::vector<Schedule> claimed;
  claimed.reserve(rows.size());
  for (const db::Row& row : rows) claimed.push_back(schedule_of(row));
  std::ranges::sort(claimed, {}, &Schedule::next_due);
  return claimed;
}

Status done(db::Transaction& tx, const Schedule& schedule, std::string_view holder, Timestamp now) {
  MW_TRY(const std::int64_t changed,
         tx.execute("UPDATE schedule SET holder = '', claimed_until = 0, next_due = $4 + every_us "
                    "WHERE kind = $1 AND subject = $2 AND holder = $3",
                    {schedule.kind, schedule.subject, holder, now}));
  if (changed == 1) return {};
  return fail(WorkError::lease_taken,
              "the schedule " + schedule.kind + " of " + schedule.subject + " was claimed by another or is gone");
}

}  // namespace mailward::work::schedules
