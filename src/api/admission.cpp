#include "api/admission.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "base/bytes.h"
#include "base/log.h"

namespace mailward::api {

namespace {

constexpr std::size_t kLongestPath = 200;

/// RFC 9110 9.2.1.
bool is_safe(std::string_view method) {
  return method == "GET" || method == "HEAD";
}

/// What was asked for, as it was asked for; without the query, in which a caller may have put anything.
std::string path_below(std::string_view prefix, const http::Request& request) {
  std::string_view path = request.path;
  if (path.starts_with(prefix)) path.remove_prefix(prefix.size());
  return printable(path, kLongestPath);
}

std::unexpected<Error> not_signed_in() {
  return fail(Error(access::AccessError::not_signed_in, "nobody is signed in, or the session has ended")
                  .with_remedy("sign in; programs send Authorization: Bearer with an API token"));
}

}  // namespace

Admission::Admission(const Parts& parts, const Doorkeeper& doorkeeper, SiteGuard guard)
    : parts_(parts), doorkeeper_(doorkeeper), guard_(std::move(guard)) {}

Status check_confirmed(const Caller& caller) {
  if (caller.kind != Caller::Kind::session || caller.session->recently_confirmed) return {};
  return fail(Error(ApiError::confirm_sign_in, "this needs your password again: you signed in a while ago")
                  .with_remedy("confirm who you are (POST /session/confirm), then send the request again"));
}

Status Call::require_confirmed() const {
  return check_confirmed(caller);
}

Status Admission::check(const Route& route, const Caller& caller, const http::Request& request) const {
  if (std::holds_alternative<Anybody>(route.needs)) return {};
  if (caller.kind == Caller::Kind::anonymous) return not_signed_in();
  if (caller.kind == Caller::Kind::session && !is_safe(request.method) &&
      !access::Sessions::csrf_holds(*caller.session, request.headers.get("X-CSRF-Token"))) {
    return fail(Error(ApiError::csrf, "the header X-CSRF-Token is not this session's")
                    .with_remedy("send the csrf_token of GET /session with it"));
  }
  if (std::holds_alternative<SignedIn>(route.needs) && caller.kind != Caller::Kind::session) {
    return fail(ApiError::person_needed, "this is for a signed-in user, about himself");
  }
  if (std::holds_alternative<OnServer>(route.needs) && !caller.holds_the_server) {
    return fail(
        Error(ApiError::forbidden, "this is done on the server itself, by root or the user that the service runs as")
            .with_remedy("use the command line there"));
  }
  if (const auto* right = std::get_if<Right>(&route.needs); right != nullptr && !caller.may(*right)) {
    return fail(ApiError::forbidden, "this needs the right " + std::string(name_of(*right)));
  }
  if (route.sensitive == Sensitive::no) return {};
  if (caller.kind == Caller::Kind::token) {
    return fail(
        Error(ApiError::person_needed, "an API token may not do this").with_remedy("sign in, or use the local socket"));
  }
  return check_confirmed(caller);
}

Status Call::note_view(std::string_view kind, std::string_view id) const {
  if (caller.kind == Caller::Kind::local) return {};
  const std::string who = caller.actor.text() + " " + caller.source.address;
  const std::string what = std::string(kind) + " " + std::string(id);
  if (!views.begins(who, what)) return {};
  const Status noted = parts.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(parts.trail.append(tx, {.by = by,
                                     .action = std::string(kind) + ".view",
                                     .object_kind = std::string(kind),
                                     .object_id = std::string(id),
                                     .outcome = "ok",
                                     .details = "{}"}));
    return {};
  });
  if (!noted) views.forget(who, what);
  return noted;
}

void Admission::note_refusal(const Route& route, const Caller& caller, const http::Request& request, const Error& why,
                             std::string_view request_id) const {
  const bool refused = why.is(ApiError::forbidden) || why.is(ApiError::person_needed) || why.is(ApiError::csrf);
  if (!refused || caller.kind == Caller::Kind::anonymous) return;
  const Json details{{"why", why.message()},
                     {"method", route.method},
                     {"route", route.pattern},
                     {"path", path_below(kApiPrefix, request)}};
  const Status written =
      parts_.access.refusals.add({.action = "request.refused",
                                  .reason = why.name(),
                                  .user = caller.user ? std::optional(caller.user->id) : std::nullopt,
                                  .details = text_of(details)},
                                 caller.by(request_id));
  if (!written) log::failure("audit of a refusal", written.error());
}

bool Admission::still(const Route& route, const Caller& caller) const {
  const auto now = doorkeeper_.again(caller);
  const auto* right = std::get_if<Right>(&route.needs);
  return now && (right == nullptr || now->may(*right));
}

Result<Caller> Admission::admit(const Route& route, const http::Request& request, const http::Connection& connection,
                                std::string_view request_id) const {
  if (!connection.credentials) {
    MW_CHECK(guard_.check_host(request, connection));
    MW_CHECK(SiteGuard::check_origin(request));
  }
  MW_TRY(Caller caller, doorkeeper_.admit(request, connection, request_id));
  auto admitted = check(route, caller, request);
  if (admitted) return caller;
  note_refusal(route, caller, request, admitted.error(), request_id);
  return fail(std::move(admitted.error()));
}

Status Admission::admit_page(const http::Request& request, const http::Connection& connection) const {
  return guard_.check_host(request, connection);
}

}  // namespace mailward::api
