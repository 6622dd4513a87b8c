#include <array>

#include <nlohmann/json.hpp>

#include "api/access_json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

std::optional<std::string> read_code(Body& body) {
  const auto code = body.secret("code");
  if (!code || code->empty()) return std::nullopt;
  return std::string(code->reveal());
}

/// A session that stands is not ended: another browser tab may live by it. The new one takes its cookie's place.
Outcome sign_in(Call& call) {
  const std::string name = call.body.required_text("name");
  const SecretString password = call.body.required_secret("password");
  const auto code = read_code(call.body);
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  if (call.caller.kind == Caller::Kind::local) {
    return fail(ApiError::person_needed, "sessions are for browsers; the local socket needs none");
  }
  auto grant = call.parts.access.sign_in.attempt(name, password, code, call.caller.source, call.by.request_id);
  if (!grant) return std::unexpected(Failure(std::move(grant.error())));
  http::Response response = json_response(201, json_of(grant->session));
  response.headers.set("Set-Cookie", set_session_cookie(grant->token.reveal()));
  return response;
}

Outcome get_session(Call& call) {
  return json_response(200, json_of(*call.caller.session));
}

Outcome sign_out(Call& call) {
  const access::Session& session = *call.caller.session;
  MW_CHECK(call.parts.access.sessions.end(session.id, session.user.id, call.by));
  http::Response response = http::Response::empty(204);
  response.headers.set("Set-Cookie", set_session_cookie({}));
  response.headers.set("Clear-Site-Data", "\"cache\"");
  return response;
}

Outcome confirm(Call& call) {
  const SecretString password = call.body.required_secret("password");
  const auto code = read_code(call.body);
  if (auto failure = call.body.finish()) return std::unexpected(std::move(*failure));
  auto confirmed =
      call.parts.access.sign_in.confirm(*call.caller.session, password, code, call.caller.source, call.by.request_id);
  if (!confirmed) return std::unexpected(Failure(std::move(confirmed.error())));
  return json_response(200, json_of(*confirmed));
}

Outcome list_sessions(Call& call) {
  const access::Session& current = *call.caller.session;
  MW_TRY(const auto sessions, call.parts.access.sessions.list(current.user.id));
  Json list = Json::array();
  for (const access::SessionLine& line : sessions) {
    list.push_back({{"id", line.id.text()},
                    {"current", line.id == current.id},
                    {"created", format_timestamp(line.created)},
                    {"last_seen", format_timestamp(line.last_seen)},
                    {"source", line.address},
                    {"user_agent", line.user_agent}});
  }
  return json_response(200, {{"sessions", list}});
}

Outcome end_session(Call& call) {
  const auto id = access::SessionId::parse(call.path("id"));
  if (!id) return fail(access::AccessError::unknown_session, "there is no such session");
  MW_CHECK(call.parts.access.sessions.end(*id, call.caller.session->user.id, call.by));
  return http::Response::empty(204);
}

Outcome end_other_sessions(Call& call) {
  MW_CHECK(call.parts.access.sessions.end_others(*call.caller.session, call.by));
  return http::Response::empty(204);
}

}  // namespace

std::span<const Route> session_routes() {
  static constexpr std::array kRoutes{
      Route{"POST", "/session", Anybody{}, Takes::object, sign_in},
      Route{"GET", "/session", SignedIn{}, Takes::nothing, get_session},
      Route{"DELETE", "/session", SignedIn{}, Takes::nothing, sign_out},
      Route{"POST", "/session/confirm", SignedIn{}, Takes::object, confirm},
      Route{"GET", "/sessions", SignedIn{}, Takes::nothing, list_sessions},
      Route{"DELETE", "/sessions", SignedIn{}, Takes::nothing, end_other_sessions},
      Route{"DELETE", "/sessions/{id}", SignedIn{}, Takes::nothing, end_session},
  };
  return kRoutes;
}

}  // namespace mailward::api
