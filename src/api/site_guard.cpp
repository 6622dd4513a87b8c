#include "api/site_guard.h"

#include <algorithm>
#include <utility>

#include "api/error.h"
#include "base/bytes.h"

namespace mailward::api {

namespace {

/// The host of "host:port", in lower case, an IPv6 address without its brackets.
std::string host_of(std::string_view authority) {
  std::string_view host = authority;
  if (host.starts_with('[')) {
    host = host.substr(1, host.find(']') - 1);
  } else {
    host = host.substr(0, host.find(':'));
  }
  std::string lower(host);
  std::ranges::transform(lower, lower.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower.ends_with('.')) lower.pop_back();
  return lower;
}

}  // namespace

SiteGuard::SiteGuard(std::vector<std::string> names) : names_(std::move(names)) {}

bool SiteGuard::knows(std::string_view host, const http::Connection& connection) const {
  if (host == "localhost" || std::ranges::find(names_, host) != names_.end()) return true;
  // Nobody but the person at the browser can name an address: a name that leads here would stand there instead.
  const auto address = IpAddress::parse(host);
  return address && connection.local && connection.local->ip == *address;
}

Status SiteGuard::check_host(const http::Request& request, const http::Connection& connection) const {
  const std::string_view authority = request.headers.get("Host");
  const std::string host = host_of(authority);
  if (!knows(host, connection)) {
    return fail(Error(ApiError::wrong_host, "this service is not known as \"" + printable(host, 80) + "\"")
                    .with_remedy("use an address or name that it has, or add this one to server.names in its "
                                 "configuration"));
  }
  return {};
}

Status SiteGuard::check_origin(const http::Request& request) {
  const std::string_view authority = request.headers.get("Host");
  const auto* const origin = request.headers.find("Origin");
  if (origin != nullptr && *origin != "https://" + std::string(authority)) {
    return fail(ApiError::cross_site, "the request comes from another site: " + printable(*origin, 80));
  }
  const std::string_view fetched_from = request.headers.get("Sec-Fetch-Site", "none");
  if (fetched_from != "none" && fetched_from != "same-origin") {
    return fail(ApiError::cross_site, "the request comes from another site");
  }
  return {};
}

}  // namespace mailward::api
