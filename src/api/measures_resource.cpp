#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "renewal/measure_page.h"

namespace mailward::api {

namespace {

using renewal::ListedMeasure;
using renewal::MeasureFilter;

constexpr std::array<std::string_view, 5> kStates{"to_do", "cannot_tell", "accepted", "ok", "not_applicable"};

std::expected<MeasureFilter, Failure> filter_of(Call& call) {
  MeasureFilter filter;
  if (const std::string named = call.query_text("connection"); !named.empty()) {
    MW_TRY(const auto found, call.parts.ledger.find_connection(named));
    filter.connection = found.id;
  }
  if (const std::string named = call.query_text("account"); !named.empty()) {
    MW_TRY(const auto found, call.parts.ledger.find_account(named));
    filter.account = found.id;
  }
  filter.state = call.query_text("outcome");
  if (filter.state.empty() || std::ranges::find(kStates, filter.state) != kStates.end()) return filter;
  const std::string detail = "to_do, cannot_tell, accepted, ok or not_applicable is expected";
  return std::unexpected(Failure(Error(ApiError::invalid_request, "outcome: " + detail), {{"outcome", detail}}));
}

/// What a line tells that has a right of its own elsewhere, too.
bool may_see(const Caller& caller, const ListedMeasure& line) {
  const std::string_view id = line.measure.info->id;
  if (id == "content_readers") return caller.may(Right::see_users);
  if (id == "master_key_age" || id == "secret_age") return caller.may(Right::see_keys);
  return true;
}

Result<std::vector<ListedMeasure>> lines_for(Call& call, const MeasureFilter& filter) {
  MW_TRY(auto lines, call.parts.measures.list(filter));
  std::erase_if(lines, [&](const ListedMeasure& one) { return !may_see(call.caller, one); });
  return lines;
}

Outcome listed(Call& call, const MeasureFilter& filter) {
  MW_TRY(const auto lines, lines_for(call, filter));
  Json list = Json::array();
  for (const ListedMeasure& one : lines) list.push_back(renewal::json_of(one));
  MW_TRY(const auto runs, call.parts.runs.list(renewal::kMeasuresRun, {}, 1));
  Json last(nullptr);
  if (!runs.empty()) {
    last = {{"run", runs.front().id.text()},
            {"state", name_of(runs.front().state)},
            {"created", format_timestamp(runs.front().created)},
            {"ended", json_of(runs.front().ended)}};
  }
  return json_response(200, {{"measures", list}, {"last_refresh", last}});
}

Outcome list_measures(Call& call) {
  auto filter = filter_of(call);
  if (!filter) return std::unexpected(std::move(filter.error()));
  return listed(call, *filter);
}

Outcome list_connection_measures(Call& call) {
  MW_TRY(const auto connection, call.parts.ledger.find_connection(call.path("id")));
  return listed(call, {.connection = connection.id, .account = std::nullopt, .state = {}});
}

Outcome refresh_measures(Call& call) {
  MW_TRY(const auto run, call.parts.measures.refresh(call.by));
  MW_TRY(const auto changes, call.parts.runs.changes_after(run, 0));
  http::Response response = json_response(202, json_of(changes));
  response.headers.set("Location", "/api/v1/runs/" + run.text());
  return response;
}

Outcome accept_measure(Call& call) {
  const std::string subject = call.body.required_text("subject");
  const std::string reason = call.body.required_text("reason");
  const std::string until = call.body.required_text("until");
  const auto day = parse_timestamp(until);
  // An empty one is none either; an absent one was complained of already.
  if (!day && call.body.has("until")) call.body.add_problem("until", "a day or a moment is expected: 2027-01-31");
  API_CHECK(call.body.finish());
  MW_TRY(const auto accepted, call.parts.measures.accept(call.path("id"), subject, reason, *day, call.by));
  return json_response(200, renewal::json_of(accepted));
}

Outcome withdraw_acceptance(Call& call) {
  MW_CHECK(call.parts.measures.withdraw(call.path("id"), call.query_text("subject"), call.by));
  return http::Response::empty(204);
}

/// A file to keep: its name says when it was made.
Outcome export_measures(Call& call) {
  auto filter = filter_of(call);
  if (!filter) return std::unexpected(std::move(filter.error()));
  const std::string format = call.query_text("format");
  if (format != "json" && format != "html") {
    const std::string detail = "json or html is expected";
    return std::unexpected(Failure(Error(ApiError::invalid_request, "format: " + detail), {{"format", detail}}));
  }
  MW_TRY(const auto lines, lines_for(call, *filter));
  const Timestamp now = call.parts.clock.now();
  http::Response response = format == "json"
                                ? json_response(200, renewal::export_json(lines, now))
                                : http::Response::of(200, "text/html; charset=utf-8", renewal::export_html(lines, now));
  response.headers.set("Content-Disposition", "attachment; filename=\"mailward-measures-" +
                                                  format_timestamp(now).substr(0, 10) + "." + format + "\"");
  return response;
}

}  // namespace

std::span<const Route> measure_routes() {
  static constexpr std::array<std::string_view, 3> kListed{"connection", "account", "outcome"};
  static constexpr std::array<std::string_view, 4> kExported{"format", "connection", "account", "outcome"};
  static constexpr std::array<std::string_view, 1> kSubject{"subject"};
  static constexpr std::array kRoutes{
      Route{"GET", "/measures", Right::see_connections, Takes::nothing, list_measures, kListed},
      Route{"GET", "/measures/export", Right::see_connections, Takes::nothing, export_measures, kExported},
      Route{"POST", "/measures/refresh", Right::test_connections, Takes::nothing, refresh_measures},
      Route{"PUT", "/measures/{id}/acceptance", Right::change_connections, Takes::object, accept_measure},
      Route{"DELETE", "/measures/{id}/acceptance", Right::change_connections, Takes::nothing, withdraw_acceptance,
            kSubject},
      Route{"GET", "/connections/{id}/measures", Right::see_connections, Takes::nothing, list_connection_measures},
  };
  return kRoutes;
}

}  // namespace mailward::api
