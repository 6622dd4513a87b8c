#include <array>
#include <limits>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "connections/external_source.h"
#include "connections/rotation_plan.h"
#include "connections/rotation_schedule.h"

namespace mailward::api {

namespace {

using connections::RotationPlan;

constexpr std::chrono::days kAhead{366};

Json scheduled_json(const connections::ScheduledRotation& one) {
  return {{"account", one.account.text()},
          {"account_name", one.account_name},
          {"mode", name_of(one.mode)},
          {"due", format_timestamp(one.due)},
          {"deadline", format_timestamp(one.deadline)},
          {"by_expiry", one.by_expiry},
          {"by_person", one.by_person},
          {"obstacle", one.obstacle},
          {"remedy", one.remedy}};
}

Outcome plan_answer(Call& call, const connections::ServiceAccount& account) {
  MW_TRY(const auto plan, call.parts.ledger.plan(account.id));
  MW_TRY(const auto upcoming, call.parts.schedule.upcoming(call.parts.clock.now() + 2 * kAhead, 5000));
  Json json{{"account", account.id.text()},
            {"account_name", account.name},
            {"version", plan.version},
            {"mode", name_of(plan.mode)},
            {"every_days", plan.every_days},
            {"window", window_text(plan.window)},
            {"unlocks", plan.unlocks},
            {"password_expires", json_of(account.password_expires)},
            {"password_expires_read", json_of(account.password_expires_read)},
            {"updated", plan.version == 0 ? Json(nullptr) : Json(format_timestamp(plan.updated))},
            {"updated_by", plan.updated_by},
            {"next", nullptr}};
  for (const auto& one : upcoming) {
    if (one.account != account.id) continue;
    json["next"] = scheduled_json(one);
    break;
  }
  return json_response(200, json);
}

Outcome get_plan(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  return plan_answer(call, account);
}

Outcome put_plan(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  MW_TRY(RotationPlan plan, call.parts.ledger.plan(account.id));
  plan.version = call.body.required_integer("version", 0, std::numeric_limits<std::int64_t>::max());
  if (const auto mode = connections::parse_rotation_mode(call.body.text("mode", name_of(plan.mode))); mode) {
    plan.mode = *mode;
  } else {
    call.body.add_problem("mode", mode.error().message() + ": " + mode.error().remedy());
  }
  if (const auto window = connections::parse_window(call.body.text("window", window_text(plan.window))); window) {
    plan.window = *window;
  } else {
    call.body.add_problem("window", window.error().message() + "; " + window.error().remedy());
  }
  plan.every_days = static_cast<int>(call.body.integer("every_days", 0, 366, plan.every_days));
  plan.unlocks = call.body.flag("unlocks", plan.unlocks);
  API_CHECK(call.body.finish());
  MW_CHECK(call.parts.ledger.save_plan(plan, call.by));
  return plan_answer(call, account);
}

Outcome get_schedule(Call& call) {
  auto days = call.query_integer("days", 1, kAhead.count(), 90);
  if (!days) return std::unexpected(std::move(days.error()));
  auto limit = call.query_integer("limit", 1, 1000, 200);
  if (!limit) return std::unexpected(std::move(limit.error()));
  const Timestamp until = call.parts.clock.now() + std::chrono::days(*days);
  MW_TRY(const auto upcoming, call.parts.schedule.upcoming(until, static_cast<std::size_t>(*limit)));
  Json list = Json::array();
  for (const auto& one : upcoming) list.push_back(scheduled_json(one));
  // All plans, so that whoever looks also sees the accounts for which nothing is planned.
  MW_TRY(const auto accounts, call.parts.ledger.accounts());
  Json plans = Json::array();
  for (const auto& account : accounts) {
    MW_TRY(const auto plan, call.parts.ledger.plan(account.id));
    plans.push_back({{"account", account.id.text()},
                     {"account_name", account.name},
                     {"mode", name_of(plan.mode)},
                     {"every_days", plan.every_days},
                     {"window", window_text(plan.window)},
                     {"twin", account.twin ? Json(account.twin->text()) : Json(nullptr)},
                     {"enabled", account.enabled},
                     {"has_password", account.active() != nullptr}});
  }
  return json_response(200, {{"until", format_timestamp(until)}, {"rotations", list}, {"plans", plans}});
}

Outcome put_twin(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  const auto version = read_version(call.body);
  const std::string name = call.body.required_text("name");
  auto password = read_password(call.body);
  std::vector<connections::TypedFor> typed_for;
  const auto named = call.body.texts("connections");
  const auto shown = call.body.texts("destinations");
  const std::size_t count = named ? named->size() : 0;
  if (password && (!named || !shown || shown->size() != count)) {
    call.body.add_problem("destinations",
                          "a password is typed for each of the account's connections, with its destination, in order");
  }
  API_CHECK(call.body.finish());
  if (password) {
    MW_CHECK(call.require_confirmed());
    for (std::size_t i = 0; i < count; ++i) {
      MW_TRY(const auto connection, call.parts.ledger.find_connection((*named)[i]));
      typed_for.push_back({connection.id, (*shown)[i]});
    }
  }
  MW_TRY(const auto found, call.parts.rotations.look_up(stands.id, name));
  MW_TRY(const auto saved,
         call.parts.ledger.set_twin(stands.id, version, name, std::move(password), typed_for, call.by));
  if (found && saved.twin) MW_CHECK(call.parts.ledger.note_resolved(*saved.twin, found->sid, found->dn));
  return account_answer(call, 200, saved);
}

Outcome delete_twin(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  auto version = read_deleted_version(call);
  if (!version) return std::unexpected(std::move(version.error()));
  MW_TRY(const auto saved, call.parts.ledger.clear_twin(stands.id, *version, call.by));
  return account_answer(call, 200, saved);
}

/// What a source handed over when it was asked before it was saved, against the password in force.
std::string_view handed_over(const std::optional<std::optional<bool>>& is_in_force) {
  if (!is_in_force) return "not_asked";
  if (!*is_in_force) return "a_password";
  return **is_in_force ? "the_one_in_force" : "another_one";
}

Outcome source_answer(Call& call, connections::AccountId id,
                      const std::optional<std::optional<bool>>& is_in_force = std::nullopt) {
  MW_TRY(const auto source, call.parts.ledger.source(id));
  if (!source) return json_response(200, {{"source", nullptr}, {"handed_over", handed_over(is_in_force)}});
  const bool may_change = call.caller.may(Right::change_connections);
  const auto form = may_change ? source->form : connections::without_secrets(source->form);
  return json_response(200, {{"source",
                              {{"command", form.command},
                               {"url", form.url},
                               {"trust_pem", form.trust_pem},
                               {"has_token", source->has_token},
                               {"updated", format_timestamp(source->updated)},
                               {"updated_by", source->updated_by}}},
                             {"handed_over", handed_over(is_in_force)}});
}

Outcome get_source(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  return source_answer(call, account.id);
}

/// Asks it first, unless told otherwise: one that hands over nothing is not saved.
Outcome try_and_save(Call& call, connections::AccountId account, const connections::ExternalSourceForm& form,
                     const std::optional<SecretString>& token, bool check) {
  std::optional<std::optional<bool>> is_in_force;
  if (check) {
    MW_TRY(is_in_force, call.parts.rotations.try_source(account, form, token));
  }
  MW_CHECK(call.parts.ledger.set_source(account, form, token, call.by));
  return source_answer(call, account, is_in_force);
}

Outcome put_source(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  connections::ExternalSourceForm form;
  form.url = call.body.required_text("url");
  form.trust_pem = call.body.text("trust_pem");
  const auto token = call.body.secret("token");
  const bool check = call.body.flag("check", true);
  API_CHECK(call.body.finish());
  if (token) MW_CHECK(call.require_confirmed());
  return try_and_save(call, account.id, form, token, check);
}

/// A program is run as the service's user: only who could do that anyway names one.
Outcome put_source_command(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  connections::ExternalSourceForm form;
  const auto command = call.body.texts("command");
  const bool check = call.body.flag("check", true);
  if (!command) call.body.add_problem("command", "this member is required: the program and its arguments");
  API_CHECK(call.body.finish());
  form.command = *command;
  return try_and_save(call, account.id, form, std::nullopt, check);
}

Outcome delete_source(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  MW_CHECK(call.parts.ledger.clear_source(account.id, call.by));
  return http::Response::empty(204);
}

}  // namespace

std::span<const Route> schedule_routes() {
  static constexpr std::array<std::string_view, 1> kVersion{"version"};
  static constexpr std::array<std::string_view, 2> kListed{"days", "limit"};
  static constexpr std::array kRoutes{
      Route{"GET", "/schedule", Right::see_connections, Takes::nothing, get_schedule, kListed},
      Route{"GET", "/accounts/{id}/schedule", Right::see_connections, Takes::nothing, get_plan},
      Route{"PUT", "/accounts/{id}/schedule", Right::change_connections, Takes::object, put_plan},
      Route{"PUT", "/accounts/{id}/twin", Right::change_connections, Takes::object, put_twin},
      Route{"DELETE", "/accounts/{id}/twin", Right::change_connections, Takes::nothing, delete_twin, kVersion},
      Route{"GET", "/accounts/{id}/source", Right::see_connections, Takes::nothing, get_source},
      Route{"PUT", "/accounts/{id}/source", Right::change_connections, Takes::object, put_source},
      Route{"PUT", "/accounts/{id}/source-command", OnServer{}, Takes::object, put_source_command},
      Route{"DELETE", "/accounts/{id}/source", Right::change_connections, Takes::nothing, delete_source},
  };
  return kRoutes;
}

}  // namespace mailward::api
