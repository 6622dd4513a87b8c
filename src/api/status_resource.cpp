#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/route.h"
#include "connections/old_password_watch.h"
#include "connections/rotation_rows.h"
#include "secrets/recovery_key.h"

namespace mailward::api {

namespace {

using connections::ConnectionState;

bool needs_a_person(ConnectionState state) {
  return state == ConnectionState::needs_credential || state == ConnectionState::failing;
}

/// How what keeps the audit trail goes: the head file, and the places outside.
Result<Json> audit_json(const Parts& parts) {
  MW_TRY(const auto head, parts.database.read([](db::Session& session) { return audit::Trail::head(session); }));
  const audit::HeadFileStatus file = parts.head_keeper.status();
  Json places = Json::array();
  for (const audit::ForwardStatus& one : parts.forwarding.status()) {
    places.push_back({{"to", one.to},
                      {"sent_up_to", one.sent_up_to},
                      {"lag", std::max<std::int64_t>(0, head.number - one.sent_up_to)},
                      {"last_sent", json_of(one.last_sent)},
                      {"failing_since", json_of(one.failing_since)},
                      {"failures", one.failures},
                      {"trouble", one.trouble}});
  }
  return Json{{"entries", head.number},
              {"head_file",
               {{"path", file.path.string()},
                {"state", audit::name_of(file.state)},
                {"number", file.number},
                {"trouble", file.trouble}}},
              {"forward", places}};
}

/// Those that have not ended, the oldest first.
Result<Json> open_rotations_json(db::Database& database) {
  MW_TRY(const auto open,
         database.read([](db::Session& session) { return connections::rotation_rows::open(session); }));
  Json list = Json::array();
  for (const connections::Rotation& one : open) {
    list.push_back({{"id", one.run.text()},
                    {"account", one.account.text()},
                    {"account_name", one.account_name},
                    {"state", name_of(one.state)},
                    {"since", format_timestamp(one.created)}});
  }
  return list;
}

/// Service accounts that the watch on the old password knows to be locked out.
Result<Json> locked_json(db::Database& database) {
  MW_TRY(const auto locked,
         database.read([](db::Session& session) { return connections::old_password_watches::locked(session); }));
  Json list = Json::array();
  for (const connections::old_password_watches::Locked& one : locked) {
    list.push_back({{"account", one.account.text()},
                    {"account_name", one.account_name},
                    {"since", format_timestamp(one.since)},
                    {"rotation", one.run.text()},
                    {"remedy", connections::unlock_line(one.sam_account_name)}});
  }
  return list;
}

Outcome get_status(Call& call) {
  MW_TRY(const auto connections, call.parts.ledger.connections());
  Json counts{{"total", connections.size()}};
  for (const ConnectionState state :
       {ConnectionState::untested, ConnectionState::healthy, ConnectionState::degraded,
        ConnectionState::needs_credential, ConnectionState::failing, ConnectionState::disabled}) {
    counts[std::string(name_of(state))] = 0;
  }
  Json waiting = Json::array();
  for (const auto& connection : connections) {
    Json& count = counts[std::string(name_of(connection.state))];
    count = count.get<int>() + 1;
    if (!needs_a_person(connection.state)) continue;
    waiting.push_back({{"connection", connection.id.text()},
                       {"description", connection.form.description},
                       {"state", name_of(connection.state)},
                       {"reason", connection.reason},
                       {"reason_text", connection.reason_text},
                       {"since", format_timestamp(connection.state_since)}});
  }
  // A damaged head must not hide all else.
  const auto audit = audit_json(call.parts);
  db::Database& database = call.parts.database;
  MW_TRY(const auto taken, database.read([](db::Session& session) { return secrets::RecoveryKey::taken(session); }));
  MW_TRY(const Json rotations, open_rotations_json(database));
  MW_TRY(const Json locked, locked_json(database));
  const bool on_sqlite = database.backend() == db::Backend::sqlite;
  return json_response(200, {{"version", call.parts.version},
                             {"started", format_timestamp(call.parts.started)},
                             {"now", format_timestamp(call.parts.clock.now())},
                             {"database",
                              {{"kind", on_sqlite ? "sqlite" : "postgresql"},
                               {"where", database.describe()},
                               {"schema", database.schema_version()}}},
                             {"connections", counts},
                             {"needs_a_person", waiting},
                             {"rotations", rotations},
                             {"locked_accounts", locked},
                             {"recovery_key_taken", json_of(taken)},
                             {"audit", audit ? *audit : Json(nullptr)}});
}

}  // namespace

std::span<const Route> status_routes() {
  static constexpr std::array kRoutes{
      Route{"GET", "/status", Right::see_status, Takes::nothing, get_status},
  };
  return kRoutes;
}

}  // namespace mailward::api
