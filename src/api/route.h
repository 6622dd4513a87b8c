#pragma once

#include <chrono>
#include <expected>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "api/api.h"
#include "api/body.h"
#include "api/callers.h"
#include "api/error.h"
#include "connections/ledger.h"
#include "http/router.h"

namespace mailward::api {

/// One request on its way through a route: admitted, its right checked, its body read.
struct Call {
  const Parts& parts;
  const http::Request& request;
  http::Connection& connection;
  connections::By by;
  Body body;

  std::string_view path(std::string_view name) const { return request.path_value(name); }
  /// A query parameter that must be a whole number within bounds; `otherwise` where it is absent.
  std::expected<std::int64_t, Failure> query_integer(std::string_view name, std::int64_t least, std::int64_t most,
                                                     std::int64_t otherwise) const;
  std::string query_text(std::string_view name) const;
};

using Outcome = std::expected<http::Reply, Failure>;

/// Whether a route reads a body.
enum class Takes { nothing, object, optional_object };

/// One line of the API's table: what is asked for, what right it needs, who answers. Query parameters that a route does
/// not name are refused.
struct Route {
  std::string_view method;
  std::string_view pattern;  ///< below /api/v1
  Right right;
  Takes takes;
  Outcome (*handler)(Call&);
  std::span<const std::string_view> query = {};
};

/// The table, one part a resource.
std::span<const Route> status_routes();
std::span<const Route> connection_routes();
std::span<const Route> connection_test_routes();
std::span<const Route> account_routes();
std::span<const Route> directory_routes();
std::span<const Route> run_routes();
std::span<const Route> audit_routes();
std::span<const Route> key_routes();

/// The error as a problem document (RFC 9457).
http::Response problem_response(const Failure& failure, std::string_view request_id);

}  // namespace mailward::api
