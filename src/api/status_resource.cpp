#include <array>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

using connections::ConnectionState;

bool needs_a_person(ConnectionState state) {
  return state == ConnectionState::needs_credential || state == ConnectionState::failing;
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
  const db::Database& database = call.parts.database;
  const bool on_sqlite = database.backend() == db::Backend::sqlite;
  return json_response(200, {{"version", call.parts.version},
                             {"started", format_timestamp(call.parts.started)},
                             {"now", format_timestamp(call.parts.clock.now())},
                             {"database",
                              {{"kind", on_sqlite ? "sqlite" : "postgresql"},
                               {"where", database.describe()},
                               {"schema", database.schema_version()}}},
                             {"connections", counts},
                             {"needs_a_person", waiting}});
}

}  // namespace

std::span<const Route> status_routes() {
  static constexpr std::array kRoutes{
      Route{"GET", "/status", Right::see_status, Takes::nothing, get_status},
  };
  return kRoutes;
}

}  // namespace mailward::api
