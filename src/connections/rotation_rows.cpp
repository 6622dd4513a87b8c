#include "connections/rotation_rows.h"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/error.h"

namespace mailward::connections {

std::string_view name_of(RotationMode mode) {
  switch (mode) {
    case RotationMode::delegated_reset:
      return "delegated_reset";
    case RotationMode::manual:
      return "manual";
    case RotationMode::self_change:
      return "self_change";
    case RotationMode::twin:
      return "twin";
    case RotationMode::external:
      return "external";
  }
  std::unreachable();
}

Result<RotationMode> parse_rotation_mode(std::string_view name) {
  using enum RotationMode;
  for (const RotationMode mode : {delegated_reset, manual, self_change, twin, external}) {
    if (name_of(mode) == name) return mode;
  }
  return fail(Error(BaseError::malformed, "there is no way to rotate called '" + printable(name, 40) + "'")
                  .with_remedy("delegated_reset, self_change, twin, external or manual"));
}

namespace rotation_rows {

namespace {

constexpr std::string_view kSelect =
    "SELECT run_id, account_id, account, mode, state, version_id, old_version_id, controller, pwd_last_set_before, "
    "pwd_last_set_after, front_end_accepted, why, door_closed, door_opened, created, updated, ended, loads, behind, "
    "caught_up, confirmed, partner_id FROM rotation ";

/// Account and version: typed (or had from the recovery file), not refused, in the place of another (pending beside an
/// active one, or active after a previous one), used by a connection, and in no rotation that went on with it.
constexpr std::string_view kToFollow =
    "SELECT a.id, v.id FROM service_account a JOIN credential_version v ON v.account_id = a.id "
    "WHERE a.enabled = 1 AND v.refused IS NULL AND EXISTS (SELECT 1 FROM credential_version o "
    "WHERE o.account_id = a.id AND o.state = CASE v.state WHEN 'pending' THEN 'active' WHEN 'active' THEN 'previous' "
    "END) AND EXISTS (SELECT 1 FROM server_connection s WHERE s.account_id = a.id) AND NOT EXISTS "
    "(SELECT 1 FROM rotation r WHERE r.version_id = v.id AND (r.ended IS NULL OR r.state <> 'undone')) ";

std::string text_of(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

nlohmann::json list_in(const std::string& text) {
  auto list = nlohmann::json::parse(text, nullptr, false);
  return list.is_array() ? list : nlohmann::json::array();
}

std::string text_of(const std::vector<CaughtUp>& controllers) {
  nlohmann::json list = nlohmann::json::array();
  for (const CaughtUp& one : controllers) {
    list.push_back({{"controller", one.controller}, {"at", format_timestamp(one.at)}, {"accepted", one.accepted}});
  }
  return text_of(list);
}

std::vector<CaughtUp> caught_up_in(const std::string& text) {
  std::vector<CaughtUp> controllers;
  for (const nlohmann::json& one : list_in(text)) {
    if (!one.is_object()) continue;
    const auto at = parse_timestamp(one.value("at", ""));
    if (at) controllers.push_back({one.value("controller", ""), *at, one.value("accepted", false)});
  }
  return controllers;
}

std::vector<std::string> names_in(const std::string& text) {
  std::vector<std::string> names;
  for (const nlohmann::json& one : list_in(text)) {
    if (one.is_string()) names.push_back(one.get<std::string>());
  }
  return names;
}

Result<Rotation> read(const db::Row& row) {
  Rotation rotation;
  rotation.run = row.id<work::RunId>(0);
  rotation.account = row.id<AccountId>(1);
  rotation.account_name = row.text(2);
  MW_TRY(rotation.mode, parse_rotation_mode(row.text(3)));
  MW_TRY(rotation.state, parse_rotation_state(row.text(4)));
  rotation.version = row.maybe_id<CredentialVersionId>(5);
  rotation.old_version = row.maybe_id<CredentialVersionId>(6);
  rotation.controller = row.text(7);
  rotation.pwd_last_set_before = row.maybe_time(8);
  rotation.pwd_last_set_after = row.maybe_time(9);
  rotation.front_end_accepted = row.flag(10);
  rotation.why = row.text(11);
  rotation.door_closed = row.maybe_time(12);
  rotation.door_opened = row.maybe_time(13);
  rotation.created = row.time(14);
  rotation.updated = row.time(15);
  rotation.ended = row.maybe_time(16);
  rotation.loads = loads_of(list_in(row.text(17)));
  rotation.behind = names_in(row.text(18));
  rotation.caught_up = caught_up_in(row.text(19));
  rotation.confirmed = row.flag(20);
  rotation.partner = row.maybe_id<AccountId>(21);
  return rotation;
}

Result<std::vector<Rotation>> read_all(const db::Rows& rows) {
  std::vector<Rotation> all;
  all.reserve(rows.size());
  for (const db::Row& row : rows) {
    MW_TRY(auto rotation, read(row));
    all.push_back(std::move(rotation));
  }
  return all;
}

}  // namespace

Status insert(db::Transaction& tx, const Rotation& rotation) {
  MW_TRY(const auto standing, open_of(tx, rotation.account));
  if (standing) {
    return fail(Error(ConnectionsError::account_busy,
                      "a rotation of " + rotation.account_name + " has not ended: " + standing->run.text())
                    .with_remedy("mailward rotation show " + standing->run.text()));
  }
  MW_CHECK(tx.execute(
      "INSERT INTO rotation (run_id, account_id, account, mode, state, version_id, old_version_id, controller, "
      "pwd_last_set_before, pwd_last_set_after, front_end_accepted, why, door_closed, door_opened, created, updated, "
      "ended, partner_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, NULL, 0, '', NULL, NULL, $10, $10, NULL, $11)",
      {rotation.run, rotation.account, rotation.account_name, name_of(rotation.mode), name_of(rotation.state),
       rotation.version, rotation.old_version, rotation.controller, rotation.pwd_last_set_before, rotation.created,
       rotation.partner}));
  return {};
}

Result<Failures> failures_since(db::Session& session, AccountId account, Timestamp since) {
  MW_TRY(const auto row, session.query_row("SELECT COUNT(*), MAX(ended) FROM rotation WHERE (account_id = $1 OR "
                                           "partner_id = $1) AND created > $2 AND ended IS NOT NULL AND (state <> "
                                           "'finished' OR why <> '')",
                                           {account, since}));
  if (!row) return Failures{};
  return Failures{.count = row->integer(0), .last = row->maybe_time(1)};
}

Result<Rotation> get(db::Session& session, work::RunId run, std::string_view lock) {
  MW_TRY(const auto row, session.query_row(std::string(kSelect) + "WHERE run_id = $1" + std::string(lock), {run}));
  if (!row) return fail(ConnectionsError::unknown_rotation, "there is no rotation " + run.text());
  return read(*row);
}

Result<std::optional<Rotation>> open_of(db::Session& session, AccountId account) {
  MW_TRY(const auto row,
         session.query_row(std::string(kSelect) + "WHERE account_id = $1 AND ended IS NULL", {account}));
  if (!row) return std::nullopt;
  return read(*row);
}

Result<std::vector<Rotation>> open(db::Session& session) {
  MW_TRY(const auto rows, session.query(std::string(kSelect) + "WHERE ended IS NULL ORDER BY run_id"));
  return read_all(rows);
}

Result<std::vector<Rotation>> list(db::Session& session, std::optional<AccountId> account, std::size_t limit,
                                   std::optional<work::RunId> before) {
  std::string where;
  std::vector<db::Param> values{static_cast<std::int64_t>(limit)};
  const auto narrow = [&](const char* condition, const db::Param& value) {
    values.push_back(value);
    where += (where.empty() ? "WHERE " : "AND ") + std::string(condition) + " $" + std::to_string(values.size()) + " ";
  };
  if (account) narrow("account_id =", *account);
  if (before) narrow("run_id <", *before);
  MW_TRY(const auto rows, session.query(std::string(kSelect) + where + "ORDER BY run_id DESC LIMIT $1", values));
  return read_all(rows);
}

Status update(db::Transaction& tx, const Rotation& rotation, RotationState from) {
  if (rotation.state != from && !may_follow(from, rotation.state)) {
    return fail(ConnectionsError::illegal_transition, "a rotation cannot go from " + std::string(name_of(from)) +
                                                          " to " + std::string(name_of(rotation.state)));
  }
  MW_TRY(
      const auto changed,
      tx.execute("UPDATE rotation SET state = $2, version_id = $3, old_version_id = $4, controller = $5, "
                 "pwd_last_set_before = $6, pwd_last_set_after = $7, front_end_accepted = $8, why = $9, "
                 "door_closed = $10, door_opened = $11, updated = $12, ended = $13, loads = $15, behind = $16, "
                 "confirmed = $17 "
                 "WHERE run_id = $1 AND state = $14 AND ended IS NULL",
                 {rotation.run, name_of(rotation.state), rotation.version, rotation.old_version, rotation.controller,
                  rotation.pwd_last_set_before, rotation.pwd_last_set_after, rotation.front_end_accepted, rotation.why,
                  rotation.door_closed, rotation.door_opened, rotation.updated, rotation.ended, name_of(from),
                  text_of(json_of(rotation.loads)), text_of(nlohmann::json(rotation.behind)), rotation.confirmed}));
  if (changed == 1) return {};
  return fail(ConnectionsError::illegal_transition, "the rotation " + rotation.run.text() + " was moved by another");
}

Status note_loads(db::Transaction& tx, const Rotation& rotation) {
  MW_CHECK(tx.execute("UPDATE rotation SET loads = $2 WHERE run_id = $1 AND ended IS NULL",
                      {rotation.run, text_of(json_of(rotation.loads))}));
  return {};
}

Result<std::vector<Rotation>> with_controllers_behind(db::Session& session) {
  MW_TRY(const auto rows,
         session.query(std::string(kSelect) +
                       "WHERE ended IS NOT NULL AND behind <> '[]' AND EXISTS (SELECT 1 FROM credential_version c "
                       "WHERE c.id = rotation.version_id AND c.state = 'active') ORDER BY run_id"));
  return read_all(rows);
}

Status note_controllers(db::Transaction& tx, const Rotation& rotation) {
  MW_CHECK(tx.execute("UPDATE rotation SET behind = $2, caught_up = $3 WHERE run_id = $1 AND ended IS NOT NULL",
                      {rotation.run, text_of(nlohmann::json(rotation.behind)), text_of(rotation.caught_up)}));
  return {};
}

Result<std::optional<CredentialVersionId>> typed_version_to_follow(db::Session& session, AccountId account) {
  MW_TRY(const auto row, session.query_row(std::string(kToFollow) + "AND a.id = $1 ORDER BY v.number DESC", {account}));
  if (!row) return std::nullopt;
  return row->id<CredentialVersionId>(1);
}

Result<std::vector<AccountId>> accounts_to_follow(db::Session& session) {
  MW_TRY(const auto rows, session.query(std::string(kToFollow) + "AND v.state = 'active'"));
  std::vector<AccountId> accounts;
  for (const db::Row& row : rows) accounts.push_back(row.id<AccountId>(0));
  return accounts;
}

}  // namespace rotation_rows

}  // namespace mailward::connections
