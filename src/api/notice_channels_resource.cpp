#include <array>

#include <nlohmann/json.hpp>

#include "api/forms.h"
#include "api/json.h"
#include "api/route.h"
#include "base/bytes.h"

namespace mailward::api {

namespace {

using notify::Channel;
using notify::ChannelForm;
using notify::ChannelKind;

/// The name of one of an enumeration's values; the problem names them all.
template <typename E>
E read_named(Body& body, std::string_view member, E otherwise, std::optional<E> (*named)(std::string_view),
             std::string_view all) {
  const std::string name = body.text(member, name_of(otherwise));
  const auto found = named(name);
  if (!found) body.add_problem(std::string(member), "one of " + std::string(all) + " is expected");
  return found.value_or(otherwise);
}

ChannelForm read_form(Body& body) {
  ChannelForm form;
  form.name = body.required_text("name");
  form.kind = read_named(body, "kind", ChannelKind::relay, notify::channel_kind_named, "relay, webhook");
  form.host = body.text("host");
  form.port = static_cast<std::uint16_t>(body.integer("port", 1, 65535, form.port));
  form.security = read_named(body, "security", form.security, notify::security_named, "starttls, tls, none");
  form.user = body.text("user");
  form.from = body.text("from");
  form.url = body.text("url");
  form.proof = read_named(body, "proof", form.proof, notify::proof_named, "none, bearer, signature");
  form.trust_pem = body.text("trust_pem");
  form.enabled = body.flag("enabled", true);
  return form;
}

std::optional<Failure> finish_form(Body& body, const ChannelForm& form) {
  for (const auto& problem : check_form(tidied(form))) {
    if (problem.field != "name" || body.has("name")) body.add_problem(problem.field, problem.problem);
  }
  return body.finish();
}

std::string_view state_of(const Channel& channel) {
  if (!channel.form.enabled) return "off";
  if (channel.resting) return "resting";
  return channel.turned_away ? "turned_away" : "ready";
}

/// A webhook's whole URL, which may open it, only to those who may change it.
Json json_of(const Channel& channel, bool whole) {
  const ChannelForm& form = channel.form;
  return {{"id", channel.id.text()},
          {"version", channel.version},
          {"name", form.name},
          {"kind", name_of(form.kind)},
          {"destination", channel.shown_destination()},
          {"host", form.host},
          {"port", form.port},
          {"security", name_of(form.security)},
          {"user", form.user},
          {"from", form.from},
          {"url", whole ? Json(form.url) : Json("")},
          {"proof", name_of(form.proof)},
          {"trust_pem", form.trust_pem},
          {"enabled", form.enabled},
          {"has_password", channel.secret.has_value()},
          {"state", state_of(channel)},
          {"resting_since", api::json_of(channel.resting)},
          {"last_accepted", api::json_of(channel.last_accepted)},
          {"last_refused", api::json_of(channel.last_refused)},
          {"last_refusal", channel.last_refusal},
          {"last_remedy", channel.last_remedy},
          {"turned_away_since", api::json_of(channel.turned_away)},
          {"created", format_timestamp(channel.created)},
          {"updated", format_timestamp(channel.updated)}};
}

http::Response answer(const Call& call, int status, const Channel& channel) {
  http::Response response = json_response(status, json_of(channel, call.caller.may(Right::change_connections)));
  if (status == 201) response.headers.set("Location", "/api/v1/notices/channels/" + channel.id.text());
  return response;
}

Outcome list_channels(Call& call) {
  MW_TRY(const auto channels, call.parts.channels.list());
  Json list = Json::array();
  for (const Channel& channel : channels) {
    list.push_back(json_of(channel, call.caller.may(Right::change_connections)));
  }
  return json_response(200, {{"channels", list}});
}

Outcome create_channel(Call& call) {
  const ChannelForm form = read_form(call.body);
  const auto password = call.body.secret("password");
  API_CHECK(finish_form(call.body, form));
  if (password || !form.trust_pem.empty()) MW_CHECK(call.require_confirmed());
  MW_TRY(const auto made, call.parts.channels.create(form, password, call.by));
  return answer(call, 201, made);
}

Outcome get_channel(Call& call) {
  MW_TRY(const auto channel, call.parts.channels.find(call.path("id")));
  MW_CHECK(call.note_view("notice_channel", channel.id.text()));
  return answer(call, 200, channel);
}

Outcome put_channel(Call& call) {
  MW_TRY(const auto stands, call.parts.channels.find(call.path("id")));
  const ChannelForm form = read_form(call.body);
  const auto version = read_version(call.body);
  const auto password = call.body.secret("password");
  API_CHECK(finish_form(call.body, form));
  if (password || tidied(form).trust_pem != stands.form.trust_pem) MW_CHECK(call.require_confirmed());
  MW_TRY(const auto saved, call.parts.channels.update(stands.id, version, form, password, call.by));
  return answer(call, 200, saved);
}

Outcome delete_channel(Call& call) {
  MW_TRY(const auto stands, call.parts.channels.find(call.path("id")));
  auto version = read_deleted_version(call);
  if (!version) return std::unexpected(std::move(version.error()));
  MW_CHECK(call.parts.channels.remove(stands.id, *version, call.by));
  return http::Response::empty(204);
}

Outcome test_channel(Call& call) {
  MW_TRY(const auto channel, call.parts.channels.find(call.path("id")));
  const std::string to = call.body.text("to");
  API_CHECK(call.body.finish());
  MW_TRY(const auto report, call.parts.deliveries.test(channel.id, to, call.by));
  Json stages = Json::array();
  for (const auto& stage : report.attempt.stages) {
    stages.push_back(
        {{"stage", name_of(stage.stage)}, {"outcome", name_of(stage.outcome)}, {"seen", printable(stage.seen, 600)}});
  }
  return json_response(200, {{"accepted", report.attempt.outcome == notify::Attempt::Outcome::accepted},
                             {"to", report.to},
                             {"said", report.attempt.said},
                             {"remedy", report.attempt.remedy},
                             {"stages", stages},
                             {"notice", report.notice.text()}});
}

}  // namespace

std::span<const Route> notice_channel_routes() {
  static constexpr std::array<std::string_view, 1> kVersion{"version"};
  static constexpr std::array kRoutes{
      Route{"GET", "/notices/channels", Right::see_connections, Takes::nothing, list_channels},
      Route{"POST", "/notices/channels", Right::change_connections, Takes::object, create_channel},
      Route{"GET", "/notices/channels/{id}", Right::see_connections, Takes::nothing, get_channel},
      Route{"PUT", "/notices/channels/{id}", Right::change_connections, Takes::object, put_channel},
      Route{"DELETE", "/notices/channels/{id}", Right::change_connections, Takes::nothing, delete_channel, kVersion},
      Route{"POST", "/notices/channels/{id}/test", Right::change_connections, Takes::optional_object, test_channel},
  };
  return kRoutes;
}

}  // namespace mailward::api
