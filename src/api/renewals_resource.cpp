#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "renewal/renewal_report.h"

namespace mailward::api {

namespace {

using renewal::Renewal;
using renewal::RenewalId;

/// Whoever starts or approves a plan administers: connections and users both. Errors: forbidden.
Status check_administers(const Call& call) {
  if (call.caller.may(Right::manage_users)) return {};
  return fail(ApiError::forbidden, "this needs the right " + std::string(name_of(Right::manage_users)) + " as well");
}

Result<RenewalId> renewal_named(const Call& call) {
  if (const auto id = RenewalId::parse(call.path("id"))) return *id;
  return fail(renewal::RenewalError::unknown_renewal,
              "no plan bears the id " + printable(std::string(call.path("id")), 40));
}

Result<renewal::ActorNames> names_of(const Call& call) {
  renewal::ActorNames names;
  MW_TRY(const auto users, call.parts.access.users.list());
  for (const access::User& user : users) names[user.actor().text()] = user.name;
  return names;
}

Outcome answer(const Call& call, int status, const Renewal& renewal) {
  MW_TRY(const auto names, names_of(call));
  Json json = renewal::json_of(renewal, names);
  MW_TRY(const auto approvers, call.parts.renewals.approvers(renewal.asked_by));
  json["approvers"] = approvers;
  return json_response(status, json);
}

/// A person whom the local socket cannot know: named, and proven by his own password. In a browser's session he is its
/// user.
struct NamedPerson {
  std::string name;
  std::optional<SecretString> password;
  std::optional<SecretString> code;
  bool given() const { return !name.empty() || password || code; }
};

NamedPerson read_person(Call& call) {
  return {.name = call.body.text("user"), .password = call.body.secret("password"), .code = call.body.secret("code")};
}

/// Before the body is done with.
void check_person(Call& call, const NamedPerson& person, bool wanted) {
  if (call.caller.kind != Caller::Kind::local) {
    if (person.given()) call.body.add_problem("user", "it is the signed-in user");
    return;
  }
  if (!wanted && !person.given()) return;
  if (person.name.empty()) call.body.add_problem("user", "over the local socket the person must be named");
  if (!person.password) call.body.add_problem("password", "and prove who he is with his own password");
}

std::expected<access::User, Failure> prove(const Call& call, const NamedPerson& person) {
  const auto typed = person.code ? std::optional(std::string(person.code->reveal())) : std::nullopt;
  auto proved =
      call.parts.access.sign_in.prove(person.name, *person.password, typed, call.caller.source, call.by.request_id);
  if (!proved) return std::unexpected(Failure(std::move(proved.error())));
  return *std::move(proved);
}

Outcome create_renewal(Call& call) {
  const bool dry = call.body.flag("dry_run", false);
  const auto only = call.body.texts("only").value_or(std::vector<std::string>{});
  MW_TRY(const auto policy, call.parts.inventory.policy());
  const NamedPerson person = read_person(call);
  check_person(call, person, policy.approval && !dry);
  API_CHECK(call.body.finish());
  MW_CHECK(check_administers(call));
  if (dry) {
    MW_TRY(const auto items, call.parts.renewals.preview(only));
    Json list = Json::array();
    for (const renewal::RenewalItem& item : items) list.push_back(renewal::json_of(item));
    return json_response(200, {{"dry_run", true}, {"needs_approval", policy.approval}, {"items", list}});
  }
  if (call.caller.kind == Caller::Kind::token) {
    return fail(ApiError::person_needed, "a program's token may look at a plan (dry_run), and make none");
  }
  MW_CHECK(call.require_confirmed());
  std::optional<access::User> asker;
  if (person.given()) {
    auto proved = prove(call, person);
    if (!proved) return std::unexpected(std::move(proved.error()));
    if (!renewal::administers(*proved)) {
      return fail(ApiError::forbidden,
                  proved->name + " may not ask for it: only an administrator can, who has no password to renew first");
    }
    asker = *std::move(proved);
  }
  MW_TRY(const auto made, call.parts.renewals.create(only, call.by, asker));
  return answer(call, 201, made);
}

Outcome list_renewals(Call& call) {
  auto limit = call.query_integer("limit", 1, 200, 50);
  if (!limit) return std::unexpected(std::move(limit.error()));
  MW_TRY(const auto renewals, call.parts.renewals.list(static_cast<std::size_t>(*limit)));
  MW_TRY(const auto names, names_of(call));
  Json list = Json::array();
  for (const Renewal& one : renewals) {
    Json json = renewal::json_of(one, names);
    json.erase("items");
    list.push_back(std::move(json));
  }
  return json_response(200, {{"renewals", list}});
}

Outcome get_renewal(Call& call) {
  MW_TRY(const auto id, renewal_named(call));
  MW_TRY(const auto renewal, call.parts.renewals.get(id));
  return answer(call, 200, renewal);
}

Outcome approve_renewal(Call& call) {
  MW_TRY(const auto id, renewal_named(call));
  MW_CHECK(check_administers(call));
  const NamedPerson person = read_person(call);
  check_person(call, person, true);
  API_CHECK(call.body.finish());
  auto approver = person.given() ? prove(call, person) : *call.caller.user;
  if (!approver) return std::unexpected(std::move(approver.error()));
  MW_TRY(const auto approved, call.parts.renewals.approve(id, *approver, call.by));
  return answer(call, 200, approved);
}

Outcome start_renewal(Call& call) {
  MW_TRY(const auto id, renewal_named(call));
  MW_CHECK(check_administers(call));
  MW_TRY(const auto begun, call.parts.renewals.start(id, call.by));
  return answer(call, 202, begun);
}

Outcome retry_renewal(Call& call) {
  MW_TRY(const auto id, renewal_named(call));
  MW_CHECK(check_administers(call));
  MW_TRY(const auto begun, call.parts.renewals.retry(id, call.by));
  return answer(call, 202, begun);
}

Outcome close_renewal(Call& call) {
  MW_TRY(const auto id, renewal_named(call));
  MW_CHECK(check_administers(call));
  MW_TRY(const auto closed, call.parts.renewals.close(id, call.by));
  return answer(call, 200, closed);
}

Outcome report_renewal(Call& call) {
  MW_TRY(const auto id, renewal_named(call));
  const std::string form = call.query_text("format");
  if (!form.empty() && form != "json" && form != "html") {
    return std::unexpected(Failure(Error(ApiError::invalid_request, "format: a report is made as json or html"),
                                   {{"format", "a report is made as json or html"}}));
  }
  MW_TRY(const auto renewal, call.parts.renewals.get(id));
  MW_TRY(const auto names, names_of(call));
  MW_TRY(const auto head,
         call.parts.database.read([&](db::Session& session) { return call.parts.trail.checked_head(session); }));
  const Json report = renewal::report_of(renewal, names, head, call.parts.clock.now());
  if (form != "html") return json_response(200, report);
  auto page = http::Response::of(200, "text/html; charset=utf-8", renewal::page_of(report));
  page.headers.set("Content-Disposition", "attachment; filename=\"mailward-renewal-" + id.text() + ".html\"");
  return page;
}

}  // namespace

std::span<const Route> renewal_routes() {
  static constexpr std::array<std::string_view, 1> kListed{"limit"};
  static constexpr std::array<std::string_view, 1> kReported{"format"};
  static constexpr Right kStarts = Right::change_connections;
  static constexpr std::array kRoutes{
      Route{"POST", "/renewals", kStarts, Takes::optional_object, create_renewal},
      Route{"GET", "/renewals", Right::see_keys, Takes::nothing, list_renewals, kListed},
      Route{"GET", "/renewals/{id}", Right::see_keys, Takes::nothing, get_renewal},
      Route{"GET", "/renewals/{id}/report", Right::see_keys, Takes::nothing, report_renewal, kReported},
      Route{"POST", "/renewals/{id}/approve", kStarts, Takes::optional_object, approve_renewal, {}, Sensitive::yes},
      Route{"POST", "/renewals/{id}/start", kStarts, Takes::nothing, start_renewal, {}, Sensitive::yes},
      Route{"POST", "/renewals/{id}/retry", kStarts, Takes::nothing, retry_renewal, {}, Sensitive::yes},
      Route{"POST", "/renewals/{id}/close", kStarts, Takes::nothing, close_renewal, {}, Sensitive::yes},
  };
  return kRoutes;
}

}  // namespace mailward::api
