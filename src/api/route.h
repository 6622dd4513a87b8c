#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "api/api.h"
#include "api/body.h"
#include "api/callers.h"
#include "api/error.h"
#include "api/view_log.h"
#include "connections/ledger.h"
#include "http/router.h"

namespace mailward::api {

/// What every route's pattern stands below.
inline constexpr std::string_view kApiPrefix = "/api/v1";

/// One request on its way through a route: admitted, its right checked, its body read.
struct Call {
  const Parts& parts;
  ViewLog& views;
  const http::Request& request;
  http::Connection& connection;
  const Caller& caller;
  audit::By by;
  Body body;
  /// For an event stream: whether its caller would still be let in, to this route. Does not count as use of a session.
  /// Outlives the call.
  std::function<bool()> still_admitted;

  std::string_view path(std::string_view name) const { return request.path_value(name); }
  /// A query parameter that must be a whole number within bounds; `otherwise` where it is absent.
  std::expected<std::int64_t, Failure> query_integer(std::string_view name, std::int64_t least, std::int64_t most,
                                                     std::int64_t otherwise) const;
  std::string query_text(std::string_view name) const;
  /// For a route that is sensitive only with what this body holds (a password, another trust). Errors: confirm_sign_in.
  Status require_confirmed() const;
  /// Somebody looks at a form that a secret belongs to: stands in the audit trail (ViewLog says when it is a new view).
  /// The local socket's callers, who may read the database itself, are not written down for looking.
  Status note_view(std::string_view kind, std::string_view id) const;
};

using Outcome = std::expected<http::Reply, Failure>;

/// Whether a route reads a body.
enum class Takes { nothing, object, optional_object };

/// What a route asks for: nothing; that the caller is known, however he comes; a signed-in user; root or the service's
/// own user over the local socket; or a right.
struct Anybody {};
struct Known {};
struct SignedIn {};
struct OnServer {};
using Needs = std::variant<Anybody, Known, SignedIn, OnServer, Right>;

/// A sensitive act is done in a session only if its user has proved lately who he is (confirm_sign_in otherwise), and
/// never by an API token. What is sensitive only with a certain body (require_confirmed()) a token may do.
enum class Sensitive { no, yes };

/// One line of the API's table: what is asked for, what it needs, who answers. Query parameters that a route does not
/// name are refused.
struct Route {
  std::string_view method;
  std::string_view pattern;  ///< below kApiPrefix
  Needs needs;
  Takes takes;
  Outcome (*handler)(Call&);
  std::span<const std::string_view> query = {};
  Sensitive sensitive = Sensitive::no;
};

/// The table, one part a resource.
std::span<const Route> status_routes();
std::span<const Route> connection_routes();
std::span<const Route> connection_test_routes();
std::span<const Route> preparation_routes();
std::span<const Route> account_routes();
std::span<const Route> rotation_routes();
std::span<const Route> schedule_routes();
std::span<const Route> measure_routes();
std::span<const Route> directory_routes();
std::span<const Route> run_routes();
std::span<const Route> event_routes();
std::span<const Route> audit_routes();
std::span<const Route> key_routes();
std::span<const Route> secret_routes();
std::span<const Route> renewal_routes();
std::span<const Route> session_routes();
std::span<const Route> profile_routes();
std::span<const Route> user_routes();
std::span<const Route> invitation_routes();
std::span<const Route> token_routes();
std::span<const Route> notice_routes();
std::span<const Route> notice_channel_routes();
std::span<const Route> document_routes();

/// All of them, in that order.
std::vector<const Route*> all_routes();

/// Strangers are not told what broke inside.
enum class Tell { everything, strangers };
/// The error as a problem document (RFC 9457).
http::Response problem_response(const Failure& failure, std::string_view request_id, Tell tell = Tell::everything);

}  // namespace mailward::api
