#include "exchange_sim/control_guard.h"

#include "base/bytes.h"
#include "exchange_sim/control_answers.h"

namespace mailward::exchange_sim {
namespace {

/// "127.0.0.1:8440", "[::1]", "localhost:8440".
bool names_this_machine(std::string_view host) {
  const auto colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) host = host.substr(0, colon);
  if (http::equal_ignoring_case(host, "localhost")) return true;
  const auto address = IpAddress::parse(host);
  return address && is_loopback(*address);
}

http::Handler guarded(const http::Handler& handler) {
  return [handler](const http::Request& request, http::Connection& connection) -> http::Reply {
    const std::string_view host = request.headers.get("Host");
    if (!names_this_machine(host)) {
      return refuse(403,
                    "the control API answers to a loopback address or localhost in Host, not to " + printable(host));
    }
    const std::string_view origin = request.headers.get("Origin");
    if (!origin.empty() && !http::equal_ignoring_case(origin, "http://" + std::string(host))) {
      return refuse(403, "the control API is not for pages of " + printable(origin));
    }
    return handler(request, connection);
  };
}

}  // namespace

bool is_loopback(const IpAddress& address) {
  return address.is_v4() ? address.raw()[0] == 127 : address.text() == "::1";
}

std::shared_ptr<const http::Router> only_for_this_machine(const http::Router& router) {
  auto guard = std::make_shared<http::Router>();
  for (const auto& route : router.routes()) {
    guard->add(route.method, route.pattern, guarded(route.handler), route.options);
  }
  return guard;
}

}  // namespace mailward::exchange_sim
