#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "secrets/recovery_key.h"

namespace mailward::api {

namespace {

using connections::RotationReport;

Json rotation_json(const RotationReport& report) {
  const connections::Rotation& rotation = report.rotation;
  Json json{{"id", rotation.run.text()},
            {"account", rotation.account.text()},
            {"account_name", rotation.account_name},
            {"mode", name_of(rotation.mode)},
            {"state", name_of(rotation.state)},
            {"meaning", info_of(rotation.state).meaning},
            {"why", rotation.why},
            {"started_by", report.run.actor.text()},
            {"controller", rotation.controller},
            {"front_end_accepted", rotation.front_end_accepted},
            {"door_closed", json_of(rotation.door_closed)},
            {"door_opened", json_of(rotation.door_opened)},
            {"created", format_timestamp(rotation.created)},
            {"updated", format_timestamp(rotation.updated)},
            {"ended", json_of(rotation.ended)}};
  Json result = Json::parse(report.run.result, nullptr, false);
  const bool has_result = rotation.ended && result.is_object() && result.contains("state");
  json["sentence"] = has_result ? result.value("sentence", "") : std::string(info_of(rotation.state).meaning);
  json["remedy"] = has_result ? result.value("remedy", "") : "";
  json["degraded"] = has_result && result.value("degraded", false);
  json["behind"] = rotation.behind;
  json["caught_up"] = Json::array();
  for (const connections::CaughtUp& one : rotation.caught_up) {
    json["caught_up"].push_back(
        {{"controller", one.controller}, {"at", format_timestamp(one.at)}, {"accepted", one.accepted}});
  }
  json["door_closed_ms"] = Json(nullptr);
  if (rotation.door_closed && rotation.door_opened) {
    json["door_closed_ms"] =
        std::chrono::duration_cast<std::chrono::milliseconds>(*rotation.door_opened - *rotation.door_closed).count();
  }
  json["loads"] = has_result ? result.value("loads", Json::array()) : Json(connections::json_of(report.loads));
  return json;
}

Outcome run_answer(Call& call, work::RunId run) {
  MW_TRY(const auto changes, call.parts.runs.changes_after(run, 0));
  http::Response response = json_response(202, json_of(changes));
  response.headers.set("Location", "/api/v1/runs/" + run.text());
  return response;
}

Outcome rotate_account(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  connections::RotationRequest request{.account = account.id};
  request.dry_run = call.body.flag("dry_run", false);
  request.plain = call.body.flag("plain", false);
  request.length = static_cast<std::size_t>(call.body.integer("length", 12, 127, 64));
  if (const std::string named = call.body.text("mode"); !named.empty()) {
    if (const auto mode = connections::parse_rotation_mode(named); mode) {
      request.mode = *mode;
    } else {
      call.body.add_problem("mode", mode.error().message() + ": " + mode.error().remedy());
    }
  }
  API_CHECK(call.body.finish());
  MW_TRY(const auto run, call.parts.rotations.start(request, call.by));
  return run_answer(call, run);
}

Result<work::RunId> rotation_named(std::string_view text) {
  if (const auto id = work::RunId::parse(text)) return *id;
  return fail(connections::ConnectionsError::unknown_rotation, "no rotation bears the id " + printable(text, 40));
}

Outcome list_rotations(Call& call) {
  auto limit = call.query_integer("limit", 1, 200, 50);
  if (!limit) return std::unexpected(std::move(limit.error()));
  std::optional<connections::AccountId> account;
  if (const std::string named = call.query_text("account"); !named.empty()) {
    MW_TRY(const auto found, call.parts.ledger.find_account(named));
    account = found.id;
  }
  std::optional<work::RunId> before;
  if (const std::string named = call.query_text("before"); !named.empty()) {
    MW_TRY(before, rotation_named(named));
  }
  MW_TRY(const auto reports, call.parts.rotations.list(account, static_cast<std::size_t>(*limit), before));
  Json list = Json::array();
  for (const RotationReport& one : reports) list.push_back(rotation_json(one));
  return json_response(200, {{"rotations", list}});
}

Outcome get_rotation(Call& call) {
  MW_TRY(const auto id, rotation_named(call.path("id")));
  MW_TRY(const auto report, call.parts.rotations.report(id));
  return json_response(200, rotation_json(report));
}

Outcome end_rotation(Call& call) {
  MW_TRY(const auto id, rotation_named(call.path("id")));
  MW_CHECK(call.parts.rotations.end(id, call.by));
  MW_TRY(const auto report, call.parts.rotations.report(id));
  return json_response(200, rotation_json(report));
}

Json file_json(const connections::EventFile& file) {
  return {{"lines", file.lines},
          {"of_this_server", file.of_this_server},
          {"of_exchange", file.of_exchange},
          {"of_others", file.of_others},
          {"after_hour", file.after_hour},
          {"older", file.older},
          {"other_accounts", file.other_accounts},
          {"told", file.told}};
}

Json old_password_json(const connections::OldPasswordReport& report) {
  Json seen = Json::array();
  for (const connections::OldPasswordSign& one : report.watch.seen) {
    seen.push_back({{"at", format_timestamp(one.at)},
                    {"kind", name_of(one.kind)},
                    {"controller", one.controller},
                    {"text", one.text},
                    {"last", json_of(one.last)},
                    {"times", one.times}});
  }
  Json imports = Json::array();
  std::int64_t unlisted = report.watch.unlisted;
  for (const connections::EventImport& one : report.watch.imports) {
    imports.push_back({{"controller", one.controller},
                       {"taken", format_timestamp(one.taken)},
                       {"first", format_timestamp(one.first)},
                       {"last", format_timestamp(one.last)}});
    unlisted += one.unlisted;
    for (const connections::SignInOrigin& origin : one.origins) {
      seen.push_back({{"at", format_timestamp(origin.last)},
                      {"kind", name_of(connections::OldPasswordSign::Kind::events)},
                      {"controller", one.controller},
                      {"text", text_of(origin)},
                      {"last", nullptr},
                      {"times", 1}});
    }
  }
  Json commands = Json::array();
  for (const auto& [controller, command] : report.commands) {
    commands.push_back({{"controller", controller}, {"command", command}});
  }
  return {{"until", format_timestamp(report.watch.until)},
          {"ended", json_of(report.watch.ended)},
          {"seen", seen},
          {"unlisted", unlisted},
          {"imports", imports},
          {"file", report.file ? file_json(*report.file) : Json(nullptr)},
          {"cut_command", connections::cut_by_time()},
          {"cannot_show", connections::what_counters_cannot_show()},
          {"commands", commands}};
}

Outcome get_old_password(Call& call) {
  MW_TRY(const auto id, rotation_named(call.path("id")));
  MW_TRY(const auto report, call.parts.rotations.old_password(id));
  return json_response(200, old_password_json(report));
}

Outcome take_events(Call& call) {
  MW_TRY(const auto id, rotation_named(call.path("id")));
  const std::string csv = call.body.required_text("csv");
  API_CHECK(call.body.finish());
  MW_TRY(const auto report, call.parts.rotations.take_events(id, csv, call.by));
  return json_response(200, old_password_json(report));
}

/// Where the password of a reset account of that name would go: to be shown before it is typed.
Outcome show_reset_destination(Call& call) {
  MW_TRY(const auto account, call.parts.ledger.find_account(call.path("id")));
  const std::string name = call.body.required_text("name");
  API_CHECK(call.body.finish());
  MW_TRY(const auto destination, call.parts.ledger.reset_destination(account.id, name));
  return json_response(200, {{"destination", destination}});
}

Outcome put_reset_account(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  const auto version = read_version(call.body);
  const std::string name = call.body.required_text("name");
  if (const auto normalised = connections::normalised_account_name(name); !name.empty() && !normalised) {
    call.body.add_problem("name", normalised.error().message());
  }
  auto password = read_password_for(call.body, false);
  if (password && !password->destination) {
    call.body.add_problem("destination", "where the person saw that the password would go is required with it");
  }
  API_CHECK(call.body.finish());
  if (password) MW_CHECK(call.require_confirmed());
  MW_TRY(const auto saved, call.parts.ledger.set_reset_account(stands.id, version, name, std::move(password), call.by));
  return account_answer(call, 200, saved);
}

Outcome delete_reset_account(Call& call) {
  MW_TRY(const auto stands, call.parts.ledger.find_account(call.path("id")));
  auto version = read_deleted_version(call);
  if (!version) return std::unexpected(std::move(version.error()));
  MW_TRY(const auto saved, call.parts.ledger.clear_reset_account(stands.id, *version, call.by));
  return account_answer(call, 200, saved);
}

}  // namespace

std::span<const Route> rotation_routes() {
  static constexpr std::array<std::string_view, 1> kVersion{"version"};
  static constexpr std::array<std::string_view, 3> kListed{"account", "before", "limit"};
  static constexpr std::array kRoutes{
      Route{"POST", "/accounts/{id}/rotate", Right::change_connections, Takes::optional_object, rotate_account},
      Route{"POST", "/accounts/{id}/reset-destination", Right::change_connections, Takes::object,
            show_reset_destination},
      Route{"PUT", "/accounts/{id}/reset-account", Right::change_connections, Takes::object, put_reset_account},
      Route{"DELETE", "/accounts/{id}/reset-account", Right::change_connections, Takes::nothing, delete_reset_account,
            kVersion},
      Route{"GET", "/rotations", Right::see_connections, Takes::nothing, list_rotations, kListed},
      Route{"POST", "/rotations/{id}/end", Right::change_connections, Takes::nothing, end_rotation},
      Route{"GET", "/rotations/{id}/old-password", Right::see_connections, Takes::nothing, get_old_password},
      Route{"POST", "/rotations/{id}/sign-in-events", Right::change_connections, Takes::object, take_events},
      Route{"GET", "/rotations/{id}", Right::see_connections, Takes::nothing, get_rotation},
  };
  return kRoutes;
}

}  // namespace mailward::api
