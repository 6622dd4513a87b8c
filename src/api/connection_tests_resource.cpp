#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "connections/autodiscovery.h"

namespace mailward::api {

namespace {

constexpr std::chrono::seconds kSearchTime{45};

Outcome start(Call& call, connections::TestRequest request) {
  MW_TRY(const work::RunId run, call.parts.tests.start(std::move(request), call.by));
  MW_TRY(const auto changes, call.parts.runs.changes_after(run, 0));
  http::Response response = json_response(202, json_of(changes));
  response.headers.set("Location", "/api/v1/runs/" + run.text());
  return response;
}

/// The stored connection as it stands.
Outcome test_connection(Call& call) {
  MW_TRY(const auto connection, call.parts.ledger.find_connection(call.path("id")));
  connections::TestRequest request;
  request.connection = connection.id;
  request.mailbox_check = call.body.text("mailbox_check");
  request.try_again = call.body.flag("try_again", false);
  request.deep = call.body.flag("deep", false);
  API_CHECK(call.body.finish());
  return start(call, std::move(request));
}

/// A form that nobody saved; with "connection" the one that it edits.
Outcome test_form(Call& call) {
  connections::TestRequest request;
  request.form = read_connection_form(call.body);
  request.password = read_password_for(call.body, call.body.has("connection"));
  request.proxy_password = read_proxy_password_for(call.body, call.body.has("connection"));
  request.try_again = call.body.flag("try_again", false);
  request.deep = call.body.flag("deep", false);
  auto directory = read_directory(call);
  if (!directory) return std::unexpected(std::move(directory.error()));
  request.directory = *directory;
  if (const std::string edited = call.body.text("connection"); !edited.empty()) {
    MW_TRY(const auto stands, call.parts.ledger.find_connection(edited));
    request.connection = stands.id;
  }
  if (request.form->description.empty()) request.form->description = "unsaved";
  API_CHECK(finish(call.body, *request.form));
  return start(call, std::move(request));
}

/// Where EWS is, asked of Autodiscover for a form that is being filled in.
Outcome find_ews(Call& call) {
  connections::EwsSearch search;
  search.form = read_connection_form(call.body);
  search.password = read_password_for(call.body, call.body.has("connection"));
  search.proxy_password = read_proxy_password_for(call.body, call.body.has("connection"));
  search.confirmed = call.body.texts("confirmed").value_or(std::vector<std::string>());
  auto directory = read_directory(call);
  if (!directory) return std::unexpected(std::move(directory.error()));
  search.directory = *directory;
  if (const std::string edited = call.body.text("connection"); !edited.empty()) {
    MW_TRY(const auto stands, call.parts.ledger.find_connection(edited));
    search.connection = stands.id;
  }
  API_CHECK(call.body.finish());
  search.by = call.by;
  MW_TRY(const auto place, call.parts.tests.search_place());
  // Nobody waits for the answer where the client has gone.
  MW_TRY(const auto result, connections::find_ews(call.parts.tests.parts(), std::move(search),
                                                  Deadline::after(kSearchTime), call.connection.gone_token()));
  return json_response(200, connections::json_of(result));
}

}  // namespace

std::span<const Route> connection_test_routes() {
  static constexpr std::array kRoutes{
      Route{"POST", "/connections/{id}/test", Right::test_connections, Takes::optional_object, test_connection},
      Route{"POST", "/autodiscover", Right::test_connections, Takes::object, find_ews},
      Route{"POST", "/connection-tests", Right::test_connections, Takes::object, test_form},
  };
  return kRoutes;
}

}  // namespace mailward::api
