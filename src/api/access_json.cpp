#include "api/access_json.h"

#include <nlohmann/json.hpp>

namespace mailward::api {

Json json_of(const access::User& user) {
  return {{"id", user.id.text()},
          {"version", user.version},
          {"name", user.name},
          {"display_name", user.display_name},
          {"roles", user.roles.names()},
          {"reads_content", user.reads_content},
          {"enabled", user.enabled},
          {"totp_enabled", user.totp_enabled},
          {"has_password", user.has_password},
          {"must_choose_password", user.must_choose_password},
          {"last_sign_in", json_of(user.last_sign_in)},
          {"created", format_timestamp(user.created)},
          {"updated", format_timestamp(user.updated)},
          {"updated_by", user.updated_by}};
}

Json json_of(const access::Session& session) {
  const access::User& user = session.user;
  Json must = Json::array();
  for (const access::Must one : session.must) must.push_back(name_of(one));
  return {{"user",
           {{"id", user.id.text()},
            {"name", user.name},
            {"display_name", user.display_name},
            {"roles", user.roles.names()},
            {"rights", session.rights.names()},
            {"reads_content", user.reads_content},
            {"totp_enabled", user.totp_enabled}}},
          {"csrf_token", session.csrf_token},
          {"signed_in_at", format_timestamp(session.signed_in_at)},
          {"confirmed_at", format_timestamp(session.confirmed_at)},
          {"idle_timeout_s", std::chrono::duration_cast<std::chrono::seconds>(session.idle_timeout).count()},
          {"expires_at", format_timestamp(session.expires_at)},
          {"must", must}};
}

Json json_of(const access::Token& token) {
  return {{"id", token.id.text()},
          {"user", token.user.text()},
          {"user_name", token.user_name},
          {"description", token.description},
          {"rights", token.rights.names()},
          {"created", format_timestamp(token.created)},
          {"expires_at", format_timestamp(token.expires_at)},
          {"last_used", json_of(token.last_used)},
          {"last_source", token.last_source}};
}

Json json_of(const access::Invitation& invitation, const std::string& console_url) {
  return {{"url", console_url + "/welcome#" + std::string(invitation.token.reveal())},
          {"expires_at", format_timestamp(invitation.expires_at)}};
}

Failure weak_password_of(access::Refused refused, std::string_view member) {
  if (!refused.error.is(access::AccessError::weak_password)) return {std::move(refused)};
  std::string why = refused.error.message();
  return {std::move(refused.error), {{std::string(member), std::move(why)}}};
}

}  // namespace mailward::api
