#include "renewal/renewal_rows.h"

#include <nlohmann/json.hpp>

namespace mailward::renewal::renewal_rows {

namespace {

constexpr std::string_view kSelect =
    "SELECT id, state, kinds, asked_by, needs_approval, approved_by, approved, started_by, started, run_id, why, "
    "created, updated, ended FROM renewal ";
constexpr std::string_view kItems =
    "SELECT position, kind, secret_id, opens, way, times, done_times, attempt, state, reason, how, command, page, "
    "before, after, proof, why, remedy, run_id, begun, ended FROM renewal_item WHERE renewal_id = $1 ORDER BY position";

std::vector<std::string> names_in(const std::string& text) {
  std::vector<std::string> names;
  const auto list = nlohmann::json::parse(text, nullptr, false);
  if (!list.is_array()) return names;
  for (const auto& one : list) {
    if (one.is_string()) names.push_back(one.get<std::string>());
  }
  return names;
}

Result<Renewal> read(const db::Row& row) {
  Renewal renewal;
  renewal.id = row.id<RenewalId>(0);
  MW_TRY(renewal.state, parse_renewal_state(row.text(1)));
  renewal.kinds = names_in(row.text(2));
  renewal.asked_by = row.text(3);
  renewal.needs_approval = row.flag(4);
  renewal.approved_by = row.text(5);
  renewal.approved = row.maybe_time(6);
  renewal.started_by = row.text(7);
  renewal.started = row.maybe_time(8);
  renewal.run = row.maybe_id<work::RunId>(9);
  renewal.why = row.text(10);
  renewal.created = row.time(11);
  renewal.updated = row.time(12);
  renewal.ended = row.maybe_time(13);
  return renewal;
}

Result<RenewalItem> read_item(const db::Row& row) {
  RenewalItem item;
  item.position = row.integer(0);
  item.kind = row.text(1);
  item.secret = row.text(2);
  item.opens = row.text(3);
  item.way = way_named(row.text(4));
  item.times = row.integer(5);
  item.done_times = row.integer(6);
  item.attempt = row.integer(7);
  MW_TRY(item.state, parse_item_state(row.text(8)));
  item.reason = row.text(9);
  item.how = row.text(10);
  item.command = row.text(11);
  item.page = row.text(12);
  item.before = row.text(13);
  item.after = row.text(14);
  item.proof = row.text(15);
  item.why = row.text(16);
  item.remedy = row.text(17);
  item.run = row.maybe_id<work::RunId>(18);
  item.begun = row.maybe_time(19);
  item.ended = row.maybe_time(20);
  return item;
}

Status add_items(db::Session& session, Renewal& renewal) {
  MW_TRY(const auto rows, session.query(kItems, {renewal.id}));
  for (const db::Row& row : rows) {
    MW_TRY(auto item, read_item(row));
    renewal.items.push_back(std::move(item));
  }
  return {};
}

Status insert_item(db::Transaction& tx, RenewalId id, const RenewalItem& item) {
  MW_CHECK(tx.execute(
      "INSERT INTO renewal_item (renewal_id, position, kind, secret_id, opens, way, times, done_times, attempt, state, "
      "reason, how, command, page, before, after, proof, why, remedy, run_id, begun, ended) VALUES ($1, $2, $3, $4, "
      "$5, "
      "$6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)",
      {id,           item.position,   item.kind,    item.secret,         item.opens,  name_of(item.way),
       item.times,   item.done_times, item.attempt, name_of(item.state), item.reason, item.how,
       item.command, item.page,       item.before,  item.after,          item.proof,  item.why,
       item.remedy,  item.run,        item.begun,   item.ended}));
  return {};
}

}  // namespace

Status insert(db::Transaction& tx, const Renewal& renewal) {
  MW_TRY(const auto standing, open(tx));
  if (standing) {
    return fail(Error(RenewalError::already_open,
                      "the plan " + standing->id.text() + " is open (" + std::string(name_of(standing->state)) + ")")
                    .with_remedy("finish it, or end it: mailward secrets renewal close " + standing->id.text()));
  }
  MW_CHECK(tx.execute(
      "INSERT INTO renewal (id, state, kinds, asked_by, needs_approval, approved_by, approved, started_by, started, "
      "run_id, why, created, updated, ended, slot) VALUES ($1, $2, $3, $4, $5, '', NULL, '', NULL, NULL, '', $6, $6, "
      "NULL, 1)",
      {renewal.id, name_of(renewal.state), nlohmann::json(renewal.kinds).dump(), renewal.asked_by,
       renewal.needs_approval, renewal.created}));
  for (const RenewalItem& item : renewal.items) MW_CHECK(insert_item(tx, renewal.id, item));
  return {};
}

Result<Renewal> get(db::Session& session, RenewalId id, std::string_view lock) {
  MW_TRY(const auto row, session.query_row(std::string(kSelect) + "WHERE id = $1" + std::string(lock), {id}));
  if (!row) return fail(RenewalError::unknown_renewal, "there is no plan " + id.text());
  MW_TRY(auto renewal, read(*row));
  MW_CHECK(add_items(session, renewal));
  return renewal;
}

Result<std::optional<Renewal>> open(db::Session& session) {
  MW_TRY(const auto row, session.query_row(std::string(kSelect) + "WHERE slot = 1"));
  if (!row) return std::nullopt;
  MW_TRY(auto renewal, read(*row));
  MW_CHECK(add_items(session, renewal));
  return renewal;
}

Result<std::vector<Renewal>> list(db::Session& session, std::size_t limit) {
  MW_TRY(const auto rows,
         session.query(std::string(kSelect) + "ORDER BY id DESC LIMIT $1", {static_cast<std::int64_t>(limit)}));
  std::vector<Renewal> all;
  for (const db::Row& row : rows) {
    MW_TRY(auto renewal, read(row));
    all.push_back(std::move(renewal));
  }
  return all;
}

Status update(db::Transaction& tx, const Renewal& renewal, RenewalState from) {
  if (renewal.state != from && !may_follow(from, renewal.state)) {
    return fail(RenewalError::illegal_transition,
                "a plan cannot go from " + std::string(name_of(from)) + " to " + std::string(name_of(renewal.state)));
  }
  MW_TRY(const auto changed,
         tx.execute("UPDATE renewal SET state = $2, needs_approval = $3, approved_by = $4, approved = $5, "
                    "started_by = $6, started = $7, run_id = $8, why = $9, updated = $10, ended = $11, "
                    "slot = CASE WHEN $11 IS NULL THEN 1 END WHERE id = $1 AND state = $12 AND ended IS NULL",
                    {renewal.id, name_of(renewal.state), renewal.needs_approval, renewal.approved_by, renewal.approved,
                     renewal.started_by, renewal.started, renewal.run, renewal.why, renewal.updated, renewal.ended,
                     name_of(from)}));
  if (changed == 1) return {};
  return fail(RenewalError::illegal_transition, "the plan " + renewal.id.text() + " was moved by another");
}

Status update(db::Transaction& tx, RenewalId id, const RenewalItem& item, ItemState from) {
  if (item.state != from && !may_follow(from, item.state)) {
    return fail(RenewalError::illegal_transition, "an item of a plan cannot go from " + std::string(name_of(from)) +
                                                      " to " + std::string(name_of(item.state)));
  }
  MW_TRY(const auto changed,
         tx.execute("UPDATE renewal_item SET state = $3, done_times = $4, attempt = $5, before = $6, after = $7, "
                    "proof = $8, why = $9, remedy = $10, run_id = $11, begun = $12, ended = $13, way = $15, how = $16, "
                    "command = $17, times = $18, page = $19 WHERE renewal_id = $1 AND position = $2 AND state = $14",
                    {id, item.position, name_of(item.state), item.done_times, item.attempt, item.before, item.after,
                     item.proof, item.why, item.remedy, item.run, item.begun, item.ended, name_of(from),
                     name_of(item.way), item.how, item.command, item.times, item.page}));
  if (changed == 1) return {};
  return fail(RenewalError::illegal_transition, "the item was moved by another");
}

}  // namespace mailward::renewal::renewal_rows
