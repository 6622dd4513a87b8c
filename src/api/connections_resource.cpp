#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

using connections::ServerConnection;
using connections::ServiceAccount;

Outcome answer(Call& call, int status, const ServerConnection& connection) {
  MW_TRY(const ServiceAccount account, call.parts.ledger.account(connection.account));
  Json json = json_of(connection, &account);
  add_destination(json, call.parts.ledger.shown_destination(connection));
  http::Response response = json_response(status, json);
  if (status == 201) response.headers.set("Location", "/api/v1/connections/" + connection.id.text());
  return response;
}

/// A password that a test of the unsaved form has just proven need not wait for another; what follows a renewed one
/// (rotation) begins.
Outcome answer_saved(Call& call, int status, connections::ConnectionId id) {
  MW_CHECK(call.parts.tests.settle_saved(id, call.by));
  MW_TRY(const auto settled, call.parts.ledger.connection(id));
  MW_CHECK(call.parts.rotations.follow_promoted(settled.account, call.by));
  return answer(call, status, settled);
}

/// The member "despite_test": the run of the failed test after which the person chose to save all the same.
std::string read_despite_test(Call& call) {
  std::string named = call.body.text("despite_test");
  if (named.empty()) return named;
  const auto run = work::RunId::parse(named);
  const auto found = run ? call.parts.runs.changes_after(*run, 0) : fail(run.error());
  const auto result = found ? Json::parse(found->run.result, nullptr, false) : Json();
  const bool is_healthy = result.is_object() && result.value("state", "") == "healthy";
  if (!found || found->run.kind != connections::kTestRun || !work::ended(found->run.state) || is_healthy) {
    call.body.add_problem("despite_test", "no connection test that failed bears this id");
  }
  return named;
}

Outcome list_connections(Call& call) {
  MW_TRY(const auto connections, call.parts.ledger.connections());
  MW_TRY(const auto accounts, call.parts.ledger.accounts());
  Json list = Json::array();
  for (const ServerConnection& connection : connections) {
    const auto account = std::ranges::find(accounts, connection.account, &ServiceAccount::id);
    list.push_back(json_of(connection, account == accounts.end() ? nullptr : &*account));
  }
  return json_response(200, {{"connections", list}});
}

Outcome create_connection(Call& call) {
  const auto form = read_connection_form(call.body);
  auto password = read_password_for(call.body, false);
  const auto proxy_password = read_proxy_password_for(call.body, false);
  auto directory = read_directory(call);
  if (!directory) return std::unexpected(std::move(directory.error()));
  const auto despite = read_despite_test(call);
  API_CHECK(finish(call.body, form));
  if (password || proxy_password || !form.trust_pem.empty() || form.proxy.is_set()) MW_CHECK(call.require_confirmed());
  MW_TRY(const auto made,
         call.parts.ledger.create_connection(form, *directory, std::move(password), call.by, despite, proxy_password));
  return answer_saved(call, 201, made.id);
}

Outcome get_connection(Call& call) {
  MW_TRY(const auto connection, call.parts.ledger.find_connection(call.path("id")));
  MW_CHECK(call.note_view("connection", connection.id.text()));
  return answer(call, 200, connection);
}

Outcome put_connection(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_connection(call.path("id")));
  const auto form = read_connection_form(call.body);
  const auto version = read_version(call.body);
  auto password = read_password_for(call.body, true);
  const auto proxy_password = read_proxy_password_for(call.body, true);
  const auto despite = read_despite_test(call);
  API_CHECK(finish(call.body, form));
  const bool reaches_otherwise = form.trust_pem != stands.form.trust_pem || form.proxy != stands.form.proxy;
  if (password || proxy_password || reaches_otherwise) MW_CHECK(call.require_confirmed());
  MW_TRY(const auto saved, call.parts.ledger.update_connection(stands.id, version, form, std::move(password), call.by,
                                                               despite, proxy_password));
  return answer_saved(call, 200, saved.id);
}

/// Where the password of a form would go, before anybody types it; with "connection" that of the one that it edits.
/// With "confirmed", where one would go that is typed for a search by Autodiscover.
Outcome show_destination(Call& call) {
  auto form = read_connection_form(call.body);
  if (form.description.empty()) form.description = "unsaved";
  auto directory = read_directory(call);
  if (!directory) return std::unexpected(std::move(directory.error()));
  std::optional<connections::ConnectionId> edited;
  if (const std::string named = call.body.text("connection"); !named.empty()) {
    MW_TRY(const auto stands, call.parts.ledger.find_connection(named));
    edited = stands.id;
  }
  const auto confirmed = call.body.texts("confirmed");
  API_CHECK(confirmed ? call.body.finish() : finish(call.body, form));
  MW_TRY(const auto destination, confirmed ? call.parts.ledger.shown_search(form, *confirmed)
                                           : call.parts.ledger.shown_destination(form, edited, *directory));
  Json json = Json::object();
  add_destination(json, destination);
  return json_response(200, json);
}

Outcome list_heartbeats(Call& call) {
  MW_TRY(const auto connection, call.parts.ledger.find_connection(call.path("id")));
  auto limit = call.query_integer("limit", 1, 500, 60);
  if (!limit) return std::unexpected(std::move(limit.error()));
  MW_TRY(const auto beats, call.parts.heartbeats.history(connection.id, static_cast<std::size_t>(*limit)));
  Json list = Json::array();
  for (const connections::Beat& beat : beats) {
    list.push_back({{"at", format_timestamp(beat.at)},
                    {"by_schedule", beat.by_schedule},
                    {"outcome", beat.outcome},
                    {"reason", beat.reason},
                    {"sentence", beat.sentence},
                    {"ms", beat.milliseconds},
                    {"run", beat.run.text()}});
  }
  return json_response(200, {{"heartbeats", list}});
}

Outcome delete_connection(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_connection(call.path("id")));
  auto version = read_deleted_version(call);
  if (!version) return std::unexpected(std::move(version.error()));
  MW_CHECK(call.parts.ledger.delete_connection(stands.id, *version, call.by));
  return http::Response::empty(204);
}

Outcome set_enabled(Call& call, bool enabled) {
  MW_TRY(const auto stands, call.parts.ledger.find_connection(call.path("id")));
  const auto version = read_version(call.body);
  API_CHECK(call.body.finish());
  MW_TRY(const auto saved, call.parts.ledger.set_connection_enabled(stands.id, version, enabled, call.by));
  return answer(call, 200, saved);
}

Outcome enable_connection(Call& call) {
  return set_enabled(call, true);
}

Outcome disable_connection(Call& call) {
  return set_enabled(call, false);
}

}  // namespace

std::span<const Route> connection_routes() {
  static constexpr std::array<std::string_view, 1> kVersion{"version"};
  static constexpr std::array<std::string_view, 1> kLimit{"limit"};
  static constexpr std::array kRoutes{
      Route{"GET", "/connections/{id}/heartbeats", Right::see_connections, Takes::nothing, list_heartbeats, kLimit},
      Route{"GET", "/connections", Right::see_connections, Takes::nothing, list_connections},
      Route{"POST", "/connections", Right::change_connections, Takes::object, create_connection},
      Route{"GET", "/connections/{id}", Right::see_connections, Takes::nothing, get_connection},
      Route{"PUT", "/connections/{id}", Right::change_connections, Takes::object, put_connection},
      Route{"POST", "/destinations", Right::see_connections, Takes::object, show_destination},
      Route{"DELETE", "/connections/{id}", Right::change_connections, Takes::nothing, delete_connection, kVersion},
      Route{"POST", "/connections/{id}/enable", Right::change_connections, Takes::object, enable_connection},
      Route{"POST", "/connections/{id}/disable", Right::change_connections, Takes::object, disable_connection},
  };
  return kRoutes;
}

}  // namespace mailward::api
