#include "api/json.h"

#include <nlohmann/json.hpp>

namespace mailward::api {

namespace {

using connections::CredentialVersion;

/// "none", "pending", "active" or "refused": what a sign-in would find.
std::string password_state(const connections::ServiceAccount& account) {
  const CredentialVersion* newest = account.pending() != nullptr ? account.pending() : account.active();
  if (newest == nullptr) return "none";
  if (newest->refused) return "refused";
  return std::string(name_of(newest->state));
}

/// Texts that other rooms keep as JSON. They wrote it, so it reads; a damaged one is shown as null.
Json stored(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(nullptr) : json;
}

Json version_json(const CredentialVersion& version) {
  return {{"id", version.id.text()},
          {"number", version.number},
          {"state", name_of(version.state)},
          {"destinations", version.destinations},
          {"created", format_timestamp(version.created)},
          {"created_by", version.created_by},
          {"promoted", json_of(version.promoted)},
          {"refused", json_of(version.refused)},
          {"refusal", version.refusal},
          {"origin", name_of(version.origin)},
          {"controller", version.controller},
          {"password_last_set", json_of(version.pwd_last_set)}};
}

Json step_json(const work::Step& step) {
  return {{"position", step.position},
          {"name", step.name},
          {"outcome", name_of(step.outcome)},
          {"evidence", stored(step.evidence)},
          {"remedy", step.remedy},
          {"offer", step.offer.empty() ? Json(nullptr) : stored(step.offer)},
          {"started", format_timestamp(step.started)},
          {"milliseconds", step.milliseconds},
          {"seq", step.seq}};
}

}  // namespace

std::string text_of(const Json& json) {
  return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

http::Response json_response(int status, const Json& json) {
  return http::Response::of(status, "application/json", text_of(json));
}

Json json_of(const std::optional<Timestamp>& time) {
  return time ? Json(format_timestamp(*time)) : Json(nullptr);
}

Json json_of(const connections::ServerConnection& connection, const connections::ServiceAccount* account) {
  const connections::ConnectionForm& form = connection.form;
  Json authentication = Json::array();
  if (form.authentication.negotiate) authentication.push_back("negotiate");
  if (form.authentication.ntlm) authentication.push_back("ntlm");
  if (form.authentication.basic) authentication.push_back("basic");
  Json json{{"id", connection.id.text()},
            {"version", connection.version},
            {"description", form.description},
            {"ews_url", form.ews_url},
            {"master_mailbox", form.master_mailbox},
            {"authentication", authentication},
            {"trust_pem", form.trust_pem},
            {"mailbox_check", form.mailbox_check},
            {"refused_mailbox", form.refused_mailbox},
            {"front_ends", form.front_ends},
            {"products", form.products},
            {"concurrency", form.concurrency},
            {"user_agent", form.user_agent},
            {"heartbeat_seconds", form.heartbeat_seconds},
            {"autodiscover", form.autodiscover},
            {"proxy_url", form.proxy.url},
            {"proxy_sign_in", name_of(form.proxy.sign_in)},
            {"proxy_user", form.proxy.user},
            {"proxy_trust_pem", form.proxy.trust_pem},
            {"has_proxy_password", connection.proxy_secret.has_value()},
            {"account", connection.account.text()},
            {"account_resolved", account == nullptr ? "" : account->resolved},
            {"password", account == nullptr ? "none" : password_state(*account)},
            {"state", name_of(connection.state)},
            {"reason", connection.reason},
            {"reason_text", connection.reason_text},
            {"state_since", format_timestamp(connection.state_since)},
            {"last_test", json_of(connection.last_test)},
            {"last_test_run", connection.last_test_run},
            {"created", format_timestamp(connection.created)},
            {"updated", format_timestamp(connection.updated)}};
  return json;
}

void add_destination(Json& json, const Result<connections::Destination>& destination) {
  json["destination"] = destination ? Json(destination->text) : Json(nullptr);
  json["destination_proven"] = destination && destination->proven;
}

Json json_of(const connections::ServiceAccount& account) {
  Json versions = Json::array();
  for (const CredentialVersion& version : account.credentials) versions.push_back(version_json(version));
  return {{"id", account.id.text()},
          {"version", account.version},
          {"name", account.name},
          {"sid", account.sid},
          {"resolved", account.resolved},
          {"directory", account.directory ? Json(account.directory->text()) : Json(nullptr)},
          {"reset_account", account.reset_account ? Json(account.reset_account->text()) : Json(nullptr)},
          {"enabled", account.enabled},
          {"password", password_state(account)},
          {"credentials", versions},
          {"created", format_timestamp(account.created)},
          {"updated", format_timestamp(account.updated)}};
}

Json json_of(const connections::DirectoryRecord& directory) {
  const connections::DirectoryForm& form = directory.form;
  return {{"id", directory.id.text()},
          {"version", directory.version},
          {"name", form.name},
          {"realm", form.realm},
          {"domain", form.domain},
          {"controllers", form.controllers},
          {"base_dn", form.base_dn},
          {"trust_pem", form.trust_pem},
          {"reader", form.reader},
          {"reader_sign_in", connections::name_of(form.reader_sign_in)},
          {"has_reader_password", directory.reader_secret.has_value()},
          {"reader_refused", json_of(directory.reader_refused)},
          {"created", format_timestamp(directory.created)},
          {"updated", format_timestamp(directory.updated)}};
}

Json json_of(const work::Run& run) {
  return {{"id", run.id.text()},
          {"kind", run.kind},
          {"subject", run.subject},
          {"actor", run.actor.text()},
          {"state", name_of(run.state)},
          {"request_id", run.request_id},
          {"input", stored(run.input)},
          {"result", stored(run.result)},
          {"created", format_timestamp(run.created)},
          {"started", json_of(run.started)},
          {"ended", json_of(run.ended)}};
}

Json json_of(const work::RunChanges& changes) {
  Json json = json_of(changes.run);
  json["seq"] = changes.seq;
  Json& steps = json["steps"] = Json::array();
  for (const work::Step& step : changes.steps) steps.push_back(step_json(step));
  return json;
}

}  // namespace mailward::api
