#include "api/callers.h"

#include <algorithm>
#include <vector>

#include <grp.h>
#include <pwd.h>
#include <unistd.h>

#include "api/error.h"

namespace mailward::api {

namespace {

constexpr std::size_t kEntryBytes = 64UL * 1024;

/// Whether the user's account on this host lists the group; the socket tells only the group that the peer runs in.
bool is_member(uid_t user, gid_t group) {
  std::vector<char> buffer(kEntryBytes);
  passwd entry{};
  passwd* found = nullptr;
  if (getpwuid_r(user, &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) return false;
  std::vector<gid_t> groups(256);
  int count = static_cast<int>(groups.size());
  if (getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0) {
    groups.resize(static_cast<std::size_t>(std::max(count, 0)));
    if (getgrouplist(found->pw_name, found->pw_gid, groups.data(), &count) < 0) return false;
  }
  groups.resize(static_cast<std::size_t>(count));
  return std::ranges::find(groups, group) != groups.end();
}

}  // namespace

audit::By Caller::by(std::string_view request_id) const {
  return {.actor = actor,
          .source = source.address,
          .token = token ? token->text() : std::string(),
          .request_id = std::string(request_id)};
}

void Caller::set(access::Session found) {
  kind = Kind::session;
  actor = found.user.actor();
  rights = found.rights;
  user = found.user;
  session = std::move(found);
}

void Caller::set(access::Tokens::Use found) {
  kind = Kind::token;
  actor = found.user.actor();
  rights = found.rights;
  token = found.token.id;
  user = std::move(found.user);
}

Doorkeeper::Doorkeeper(access::Access& access, std::optional<gid_t> group)
    : access_(access), own_(geteuid()), group_(group) {}

Result<gid_t> Doorkeeper::group_of(const std::string& name) {
  std::vector<char> buffer(kEntryBytes);
  group entry{};
  group* found = nullptr;
  if (getgrnam_r(name.c_str(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr) {
    return fail(Error(BaseError::invalid_argument, "this host knows no group \"" + name + "\"")
                    .with_remedy("create it (groupadd --system " + name + ") or name another"));
  }
  return found->gr_gid;
}

Result<Caller> Doorkeeper::admit_local(const http::PeerCredentials& peer) const {
  const bool admitted =
      peer.uid == 0 || peer.uid == own_ || (group_ && (peer.gid == *group_ || is_member(peer.uid, *group_)));
  if (!admitted) {
    return fail(Error(ApiError::not_admitted, "user " + std::to_string(peer.uid) +
                                                  " may not use this socket: it is for root, for the user that "
                                                  "the service runs as, and for the configured group")
                    .with_remedy(group_ ? "add the user to the service's socket_group"
                                        : "set [server] socket_group and add the user to that group"));
  }
  Caller caller;
  caller.kind = Caller::Kind::local;
  caller.holds_the_server = peer.uid == 0 || peer.uid == own_;
  caller.actor = audit::Actor::local(peer.uid);
  caller.rights = access::local_rights();
  return caller;
}

Result<Caller> Doorkeeper::admit_token(std::string_view secret, access::Source source,
                                       std::string_view request_id) const {
  MW_TRY(auto use, access_.tokens.look(secret, source, request_id));
  Caller caller;
  caller.source = std::move(source);
  caller.set(std::move(use));
  return caller;
}

Result<Caller> Doorkeeper::admit_session(std::string token, access::Source source, bool in_background) const {
  Caller caller;
  caller.source = std::move(source);
  if (token.empty()) return caller;
  auto session = access_.sessions.look(token, in_background ? access::Look::peek : access::Look::use);
  if (!session && session.error().is(access::AccessError::not_signed_in)) return caller;
  if (!session) return fail(std::move(session.error()));
  caller.session_token = std::move(token);
  caller.set(*std::move(session));
  return caller;
}

std::optional<Caller> Doorkeeper::again(const Caller& caller) const {
  Caller now = caller;
  if (caller.kind == Caller::Kind::session) {
    auto session = access_.sessions.look(caller.session_token, access::Look::peek);
    if (!session) return std::nullopt;
    now.set(*std::move(session));
  } else if (caller.token) {
    auto use = access_.tokens.peek(*caller.token);
    if (!use) return std::nullopt;
    now.set(*std::move(use));
  }
  return now;
}

Result<Caller> Doorkeeper::admit(const http::Request& request, const http::Connection& connection,
                                 std::string_view request_id) const {
  if (connection.credentials) return admit_local(*connection.credentials);
  access::Source source{.address = connection.peer ? connection.peer->ip.text() : std::string(),
                        .user_agent = std::string(request.headers.get("User-Agent"))};
  constexpr std::string_view kBearer = "Bearer ";
  const std::string_view authorization = request.headers.get("Authorization");
  if (authorization.starts_with(kBearer)) {
    return admit_token(authorization.substr(kBearer.size()), std::move(source), request_id);
  }
  const bool in_background = request.headers.find("X-Background") != nullptr;
  return admit_session(session_cookie_of(request), std::move(source), in_background);
}

std::string session_cookie_of(const http::Request& request) {
  for (std::string_view rest : request.headers.all("Cookie")) {
    while (!rest.empty()) {
      const std::size_t end = rest.find(';');
      std::string_view pair = rest.substr(0, end);
      while (pair.starts_with(' ')) pair.remove_prefix(1);
      const std::size_t equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == kSessionCookie) {
        return std::string(pair.substr(equals + 1));
      }
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
    }
  }
  return {};
}

std::string set_session_cookie(std::string_view token) {
  std::string cookie(kSessionCookie);
  cookie.append("=").append(token).append("; Path=/; Secure; HttpOnly; SameSite=Strict");
  if (token.empty()) cookie += "; Max-Age=0";
  return cookie;
}

}  // namespace mailward::api
