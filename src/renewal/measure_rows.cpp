#include "renewal/measure_rows.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mailward::renewal::measure_rows {

namespace {

constexpr const char* kColumns = "measure, subject, reason, accepted_by, until, created, grounds";

Acceptance acceptance_of(const db::Row& row) {
  Acceptance one{.measure = row.text(0),
                 .subject = row.text(1),
                 .reason = row.text(2),
                 .by = row.text(3),
                 .until = row.time(4),
                 .created = row.time(5),
                 .grounds = {}};
  // What is not legible any more was never accepted.
  const auto grounds = nlohmann::json::parse(row.text(6), nullptr, false);
  if (!grounds.is_array()) return one;
  for (const auto& ground : grounds) {
    if (ground.is_string()) one.grounds.push_back(ground.get<std::string>());
  }
  return one;
}

}  // namespace

Result<connections::Readings> readings(db::Session& session) {
  MW_TRY(const auto rows, session.query("SELECT subject, reading FROM measure_reading"));
  connections::Readings all;
  for (const db::Row& row : rows) all.emplace(row.text(0), row.text(1));
  return all;
}

Status keep(db::Transaction& tx, const std::string& subject, Timestamp at, const std::string& reading) {
  MW_CHECK(
      tx.execute("INSERT INTO measure_reading (subject, read_at, reading) VALUES ($1, $2, $3) ON CONFLICT (subject) DO "
                 "UPDATE SET read_at = excluded.read_at, reading = excluded.reading",
                 {subject, at, reading}));
  return {};
}

Status keep_only(db::Transaction& tx, const std::vector<std::string>& subjects) {
  MW_TRY(const auto rows, tx.query("SELECT subject FROM measure_reading"));
  for (const db::Row& row : rows) {
    if (std::ranges::find(subjects, row.text(0)) != subjects.end()) continue;
    MW_CHECK(tx.execute("DELETE FROM measure_reading WHERE subject = $1", {row.text(0)}));
  }
  return {};
}

Result<std::vector<Acceptance>> acceptances(db::Session& session) {
  MW_TRY(const auto rows, session.query("SELECT " + std::string(kColumns) + " FROM measure_acceptance"));
  std::vector<Acceptance> all;
  for (const db::Row& row : rows) all.push_back(acceptance_of(row));
  return all;
}

Result<std::optional<Acceptance>> acceptance(db::Session& session, std::string_view measure, std::string_view subject) {
  MW_TRY(const auto row, session.query_row("SELECT " + std::string(kColumns) +
                                               " FROM measure_acceptance WHERE measure = $1 AND subject = $2",
                                           {measure, subject}));
  return row ? std::optional(acceptance_of(*row)) : std::nullopt;
}

Status put(db::Transaction& tx, const Acceptance& acceptance) {
  const std::string grounds =
      nlohmann::json(acceptance.grounds).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
  MW_CHECK(tx.execute(
      "INSERT INTO measure_acceptance (measure, subject, reason, accepted_by, until, created, grounds) VALUES "
      "($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (measure, subject) DO UPDATE SET reason = excluded.reason, "
      "accepted_by = excluded.accepted_by, until = excluded.until, created = excluded.created, grounds = "
      "excluded.grounds",
      {acceptance.measure, acceptance.subject, acceptance.reason, acceptance.by, acceptance.until, acceptance.created,
       grounds}));
  return {};
}

Result<std::int64_t> remove(db::Transaction& tx, std::string_view measure, std::string_view subject) {
  return tx.execute("DELETE FROM measure_acceptance WHERE measure = $1 AND subject = $2", {measure, subject});
}

}  // namespace mailward::renewal::measure_rows
