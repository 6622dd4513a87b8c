#pragma once

#include <optional>
#include <string>

#include <sys/types.h>

#include "access/access.h"
#include "audit/actor.h"
#include "base/result.h"
#include "http/connection.h"
#include "http/request.h"

namespace mailward::api {

using access::Right;
using access::Rights;

/// The cookie that a browser's session lives in: bound to this very host by its prefix (RFC 6265bis 4.1.3.2).
inline constexpr std::string_view kSessionCookie = "__Host-mailward";

/// Who calls, from where, and what he may do.
struct Caller {
  enum class Kind {
    anonymous,  ///< over TCP, with nothing that says who
    local,      ///< over the local socket
    session,    ///< a signed-in user in a browser
    token,      ///< a program with an API token
  };
  Kind kind = Kind::anonymous;
  /// Over the local socket: root, or the user that the service runs as, who could read the master key as well.
  bool holds_the_server = false;
  audit::Actor actor;
  access::Source source;
  Rights rights;
  std::optional<access::Session> session;  ///< of a session
  std::optional<access::User> user;        ///< of a session or token: whose it is
  std::string session_token;               ///< the cookie's, to look again
  std::optional<access::TokenId> token;    ///< of a token: which

  /// That session's or token's user, and what he may.
  void set(access::Session found);
  void set(access::Tokens::Use found);
  bool may(Right right) const { return rights.has(right); }
  audit::By by(std::string_view request_id) const;
};

/// Tells who calls. Over the local socket: root, the user that the service runs as, and members of the configured
/// group; the file's mode says the same, and this holds even where somebody widened it. Over TCP: whose token or
/// session it is. Thread-safe.
class Doorkeeper {
 public:
  Doorkeeper(access::Access& access, std::optional<gid_t> group);
  /// The group's number. Errors: invalid_argument for a group that this host does not know.
  static Result<gid_t> group_of(const std::string& name);
  /// A cookie whose session has ended is an anonymous caller; a token that opens nothing is an error. With the header
  /// X-Background a request is no use of its session: a page says so of what it asks while nobody touches it. Errors:
  /// not_admitted, access::AccessError::not_signed_in.
  Result<Caller> admit(const http::Request& request, const http::Connection& connection,
                       std::string_view request_id) const;
  /// The same caller as he is now, without counting it as use; nothing where he would not be let in any more.
  std::optional<Caller> again(const Caller& caller) const;

 private:
  Result<Caller> admit_local(const http::PeerCredentials& peer) const;
  Result<Caller> admit_token(std::string_view secret, access::Source source, std::string_view request_id) const;
  Result<Caller> admit_session(std::string token, access::Source source, bool in_background) const;

  access::Access& access_;
  uid_t own_;
  std::optional<gid_t> group_;
};

/// The value of the session's cookie; empty where there is none.
std::string session_cookie_of(const http::Request& request);
/// Set-Cookie for a session's token; for an empty one, the cookie's end.
std::string set_session_cookie(std::string_view token);

}  // namespace mailward::api
