#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "http/connection.h"
#include "http/request.h"

namespace mailward::api {

/// Keeps other web sites from making a browser talk to this service: by a name of their own that leads here (DNS
/// rebinding; the Host header), or by a request across sites (Origin, Sec-Fetch-Site). Thread-safe.
class SiteGuard {
 public:
  /// `names`: under which the service is reached, in lower case, besides "localhost" and the very address that a
  /// connection came to.
  explicit SiteGuard(std::vector<std::string> names);
  /// For every request over TCP. Errors: wrong_host.
  Status check_host(const http::Request& request, const http::Connection& connection) const;
  /// For what is not a page that a person may follow a link to. Errors: cross_site.
  static Status check_origin(const http::Request& request);

 private:
  bool knows(std::string_view host, const http::Connection& connection) const;
  std::vector<std::string> names_;
};

}  // namespace mailward::api
