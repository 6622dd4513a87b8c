#include <algorithm>
#include <array>
#include <charconv>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "renewal/renewal_report.h"

namespace mailward::api {

namespace {

using renewal::HeldSecret;
using renewal::HousePolicy;
using renewal::PolicyChange;

using Names = renewal::ActorNames;

std::string setter_of(const HeldSecret& held, const Names& names) {
  const bool is_fetched = held.origin == connections::PasswordOrigin::fetched;
  return is_fetched ? "another vault" : renewal::shown_actor(held.record.set_by, names);
}

Json json_of_secret(const HeldSecret& held, const Names& names, Timestamp now) {
  const secrets::SecretRecord& record = held.record;
  return {{"kind", record.kind},
          {"title", held.kind->title},
          {"id", record.id},
          {"opens", record.opens},
          {"created", format_timestamp(record.created)},
          {"age_days", std::chrono::duration_cast<std::chrono::days>(now - record.created).count()},
          {"last_used", json_of(record.last_used)},
          {"set_by", record.set_by},
          {"set_by_name", setter_of(held, names)},
          {"version", held.version},
          {"way", name_of(held.way)},
          {"how", held.how},
          {"command", held.command},
          {"page", held.page},
          {"due", json_of(held.due)},
          {"due_by", held.due_by},
          {"is_due", held.is_due(now)}};
}

/// Of every kind that can be renewed: the table's greatest age, and what the house says in its place.
Json json_of_policy(const HousePolicy& policy) {
  Json kinds = Json::array();
  for (const renewal::KindInfo& kind : renewal::kinds()) {
    if (kind.way == renewal::Way::stays) continue;
    const auto said = policy.greatest_ages.find(kind.kind);
    const bool is_said = said != policy.greatest_ages.end();
    kinds.push_back({{"kind", kind.kind},
                     {"title", kind.title},
                     {"greatest_age_days", (is_said ? said->second : kind.greatest_age).count()},
                     {"is_default", !is_said}});
  }
  return {{"approval", policy.approval}, {"approval_until", json_of(policy.approval_until)}, {"kinds", kinds}};
}

Outcome list_secrets(Call& call) {
  const bool only_due = call.query_text("due") == "true";
  const Timestamp now = call.parts.clock.now();
  MW_TRY(const auto held, call.parts.inventory.list());
  MW_TRY(const auto policy, call.parts.inventory.policy());
  MW_TRY(const auto users, call.parts.access.users.list());
  Names names;
  for (const access::User& user : users) names[user.actor().text()] = user.name;
  Json list = Json::array();
  std::size_t due = 0;
  for (const HeldSecret& one : held) {
    due += one.is_due(now) ? 1 : 0;
    if (one.is_due(now) || !only_due) list.push_back(json_of_secret(one, names, now));
  }
  return json_response(200, {{"secrets", list}, {"due", due}, {"policy", json_of_policy(policy)}});
}

/// "KIND=DAYS".
void read_age(Body& body, PolicyChange& change, const std::string& text) {
  const auto at = text.find('=');
  std::uint32_t days = 0;
  const char* const end = text.data() + text.size();
  const auto number = at == std::string::npos ? std::from_chars_result{end, std::errc::invalid_argument}
                                              : std::from_chars(text.data() + at + 1, end, days);
  if (number.ec != std::errc() || number.ptr != end) {
    body.add_problem("greatest_ages", "'" + printable(text, 60) + "' is not KIND=DAYS");
    return;
  }
  change.greatest_ages[text.substr(0, at)] = std::chrono::days(days);
}

Outcome put_policy(Call& call) {
  PolicyChange change;
  change.approval = call.body.maybe_flag("approval");
  for (const std::string& one : call.body.texts("greatest_ages").value_or(std::vector<std::string>{})) {
    read_age(call.body, change, one);
  }
  API_CHECK(call.body.finish());
  if (!call.caller.may(Right::manage_users)) {
    return fail(ApiError::forbidden, "this needs the right " + std::string(name_of(Right::manage_users)) + " as well");
  }
  MW_TRY(const HousePolicy policy, call.parts.inventory.change_policy(change, call.by));
  return json_response(200, json_of_policy(policy));
}

}  // namespace

std::span<const Route> secret_routes() {
  static constexpr std::array<std::string_view, 1> kListed{"due"};
  static constexpr std::array kRoutes{
      Route{"GET", "/secrets", Right::see_keys, Takes::nothing, list_secrets, kListed},
      Route{"PUT", "/secrets/policy", Right::change_connections, Takes::object, put_policy, {}, Sensitive::yes},
  };
  return kRoutes;
}

}  // namespace mailward::api
