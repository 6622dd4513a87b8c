#include <algorithm>
#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "notify/notice.h"

namespace mailward::api {

namespace {

using notify::PostedNotice;
using notify::Subscription;
using notify::SubscriptionForm;

/// To whom a subscription's or a delivery's owner is nobody but himself, and to those who keep all of them.
bool sees(const Call& call, const std::string& owner) {
  return call.caller.may(Right::change_connections) || (call.caller.user && call.caller.user->id.text() == owner);
}

/// Whether the caller has the right that shows what notices of that kind are about.
bool hears(const Call& call, const notify::Kind& kind) {
  const auto right = access::right_named(kind.needs);
  return right && call.caller.may(*right);
}

std::vector<const notify::Kind*> heard(const Call& call) {
  std::vector<const notify::Kind*> kinds;
  for (const notify::Kind& kind : notify::kinds()) {
    if (hears(call, kind)) kinds.push_back(&kind);
  }
  return kinds;
}

Json json_of(const notify::DeliveryRecord& delivery, bool whole) {
  return {{"channel", delivery.channel},
          {"to", whole ? Json(delivery.address) : Json(nullptr)},
          {"state", delivery.state},
          {"attempts", delivery.attempts},
          {"due", api::json_of(delivery.due)},
          {"said", whole ? delivery.said : ""},
          {"ended", api::json_of(delivery.ended)}};
}

Json json_of(const Call& call, const PostedNotice& posted) {
  Json deliveries = Json::array();
  for (const auto& delivery : posted.deliveries) deliveries.push_back(json_of(delivery, sees(call, delivery.owner)));
  return {{"id", posted.id.text()},
          {"kind", posted.notice.kind},
          {"severity", name_of(posted.notice.severity)},
          {"subject", posted.notice.subject},
          {"title", posted.notice.title},
          {"text", posted.notice.text},
          {"posted", format_timestamp(posted.posted)},
          {"last_posted", format_timestamp(posted.last_posted)},
          {"times", posted.times},
          {"deliveries", deliveries}};
}

Outcome list_notices(Call& call) {
  auto limit = call.query_integer("limit", 1, 200, 50);
  if (!limit) return std::unexpected(std::move(limit.error()));
  std::optional<notify::NoticeId> before;
  if (const std::string text = call.query_text("before"); !text.empty()) {
    const auto id = notify::NoticeId::parse(text);
    if (!id) {
      return std::unexpected(Failure(Error(ApiError::invalid_request, "before: a notice's id is expected"),
                                     {{"before", "a notice's id is expected"}}));
    }
    before = *id;
  }
  MW_TRY(const auto notices, call.parts.database.read([&](db::Session& session) {
    return notify::list_notices(session, before, static_cast<std::size_t>(*limit), heard(call));
  }));
  Json list = Json::array();
  for (const PostedNotice& posted : notices) list.push_back(json_of(call, posted));
  return json_response(200, {{"notices", list}});
}

Outcome get_notice(Call& call) {
  const auto id = notify::NoticeId::parse(call.path("id"));
  if (!id) return fail(notify::NotifyError::unknown_notice, "there is no such notice");
  MW_TRY(const auto posted,
         call.parts.database.read([&](db::Session& session) { return notify::find_notice(session, *id); }));
  const notify::Kind* kind = notify::kind_named(posted.notice.kind);
  // As if it were not there: its title alone may say too much.
  if (kind == nullptr || !hears(call, *kind)) {
    return fail(notify::NotifyError::unknown_notice, "there is no notice " + id->text());
  }
  return json_response(200, json_of(call, posted));
}

Outcome list_kinds(Call& call) {
  Json list = Json::array();
  for (const notify::Kind* kind : heard(call)) {
    // It goes to the address that it is about, and to nobody who subscribed.
    if (kind->name == "confirmation") continue;
    list.push_back({{"name", kind->name},
                    {"sentence", kind->sentence},
                    {"severity", name_of(kind->severity)},
                    {"needs", kind->needs}});
  }
  return json_response(200, {{"kinds", list}});
}

Json json_of(const Call& call, const Subscription& one) {
  std::string owner;
  if (!one.owner.empty()) {
    const auto user = call.parts.access.users.find_named(one.owner);
    owner = user ? user->name : one.owner;
  }
  return {{"id", one.id.text()},
          {"owner", one.owner.empty() ? Json(nullptr) : Json(one.owner)},
          {"owner_name", owner},
          {"mine", call.caller.user && call.caller.user->id.text() == one.owner},
          {"channel", one.channel.text()},
          {"channel_name", one.channel_name},
          {"address", one.address},
          {"all", one.all},
          {"kinds", one.kinds},
          {"least_severity", name_of(one.least)},
          {"updated", format_timestamp(one.updated)},
          {"confirmed", api::json_of(one.confirmed)}};
}

/// Nobody subscribes to what he may not see himself, for whomever it is; "all" of a person is all that he may see.
/// Errors: forbidden.
Status check_hears(const Call& call, const SubscriptionForm& form) {
  const bool own = call.caller.user && call.caller.user->id.text() == form.owner;
  for (const notify::Kind& kind : notify::kinds()) {
    const bool wanted = form.all ? !own : std::ranges::find(form.kinds, kind.name) != form.kinds.end();
    if (!wanted || hears(call, kind)) continue;
    return fail(ApiError::forbidden,
                "notices of the kind " + std::string(kind.name) + " need the right " + std::string(kind.needs));
  }
  return {};
}

/// Errors: forbidden.
Status check_keeps(const Call& call, const std::string& owner) {
  if (sees(call, owner)) return {};
  return fail(ApiError::forbidden, "others' subscriptions, and the house's own, need the right " +
                                       std::string(name_of(Right::change_connections)));
}

Outcome list_subscriptions(Call& call) {
  std::optional<std::string> owner;
  if (!call.caller.may(Right::change_connections)) owner = call.caller.user ? call.caller.user->id.text() : "nobody";
  MW_TRY(const auto subscriptions, call.parts.channels.subscriptions(owner));
  Json list = Json::array();
  for (const Subscription& one : subscriptions) list.push_back(json_of(call, one));
  return json_response(200, {{"subscriptions", list}});
}

/// The user that is named, the caller himself, or, over the local socket and where it is said, the house.
Result<std::string> read_owner(Call& call) {
  const std::string named = call.body.text("user");
  const bool house = call.body.flag("house", !call.caller.user);
  if (!named.empty()) {
    MW_TRY(const auto user, call.parts.access.users.find_named(named));
    return user.id.text();
  }
  if (!house && !call.caller.user) call.body.add_problem("user", "nobody is signed in here: name a user");
  return house || !call.caller.user ? std::string() : call.caller.user->id.text();
}

Outcome put_subscription(Call& call) {
  SubscriptionForm form;
  const std::string named = call.body.required_text("channel");
  form.address = call.body.text("address");
  form.all = call.body.flag("all", false);
  form.kinds = call.body.texts("kinds").value_or(std::vector<std::string>());
  const auto least = notify::severity_named(call.body.text("least_severity", "info"));
  if (!least) call.body.add_problem("least_severity", "one of info, warning, alarm is expected");
  MW_TRY(form.owner, read_owner(call));
  MW_CHECK(check_keeps(call, form.owner));
  API_CHECK(call.body.finish());
  form.least = *least;
  MW_TRY(const auto channel, call.parts.channels.find(named));
  form.channel = channel.id;
  // What goes to another program is the house's affair.
  if (channel.form.kind == notify::ChannelKind::webhook) {
    form.owner.clear();
    MW_CHECK(check_keeps(call, form.owner));
  }
  const auto problems = check_form(form, channel.form.kind);
  if (!problems.empty()) {
    std::vector<MemberProblem> members;
    for (const auto& problem : problems) members.push_back({problem.field, problem.problem});
    return std::unexpected(Failure(notify::form_error(problems), std::move(members)));
  }
  MW_CHECK(check_hears(call, form));
  form.vouched = call.caller.may(Right::change_connections);
  MW_TRY(const auto saved, call.parts.channels.subscribe(form, call.by));
  return json_response(200, json_of(call, saved));
}

Outcome send_code(Call& call) {
  const auto id = notify::SubscriptionId::parse(call.path("id"));
  if (!id) return fail(notify::NotifyError::unknown_subscription, "there is no such subscription");
  MW_TRY(const auto stands, call.parts.channels.subscription(*id));
  MW_CHECK(check_keeps(call, stands.owner));
  MW_CHECK(call.parts.deliveries.send_code(*id));
  return http::Response::empty(204);
}

Outcome confirm_subscription(Call& call) {
  const auto id = notify::SubscriptionId::parse(call.path("id"));
  const SecretString code = call.body.required_secret("code");
  API_CHECK(call.body.finish());
  if (!id) return fail(notify::NotifyError::unknown_subscription, "there is no such subscription");
  MW_TRY(const auto stands, call.parts.channels.subscription(*id));
  MW_CHECK(check_keeps(call, stands.owner));
  MW_TRY(const auto confirmed, call.parts.channels.confirm(*id, code, call.by));
  return json_response(200, json_of(call, confirmed));
}

Outcome delete_subscription(Call& call) {
  const auto id = notify::SubscriptionId::parse(call.path("id"));
  if (!id) return fail(notify::NotifyError::unknown_subscription, "there is no such subscription");
  MW_TRY(const auto stands, call.parts.channels.subscription(*id));
  MW_CHECK(check_keeps(call, stands.owner));
  MW_CHECK(call.parts.channels.unsubscribe(*id, call.by));
  return http::Response::empty(204);
}

}  // namespace

std::span<const Route> notice_routes() {
  static constexpr std::array<std::string_view, 2> kPaging{"before", "limit"};
  static constexpr std::array kRoutes{
      Route{"GET", "/notices", Right::see_connections, Takes::nothing, list_notices, kPaging},
      Route{"GET", "/notices/kinds", Right::see_connections, Takes::nothing, list_kinds},
      Route{"GET", "/notices/subscriptions", Right::see_connections, Takes::nothing, list_subscriptions},
      Route{"PUT", "/notices/subscriptions", Right::see_connections, Takes::object, put_subscription},
      Route{"POST", "/notices/subscriptions/{id}/code", Right::see_connections, Takes::nothing, send_code},
      Route{"POST", "/notices/subscriptions/{id}/confirm", Right::see_connections, Takes::object, confirm_subscription},
      Route{"DELETE", "/notices/subscriptions/{id}", Right::see_connections, Takes::nothing, delete_subscription},
      Route{"GET", "/notices/{id}", Right::see_connections, Takes::nothing, get_notice},
  };
  return kRoutes;
}

}  // namespace mailward::api
