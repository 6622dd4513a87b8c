#pragma once

#include <string_view>

#include "api/callers.h"
#include "api/route.h"
#include "api/site_guard.h"

namespace mailward::api {

/// What stands between a request and its route: which site it comes from, who calls, and whether he may. Thread-safe.
class Admission {
 public:
  Admission(const Parts& parts, const Doorkeeper& doorkeeper, SiteGuard guard);

  /// Errors: wrong_host, cross_site, not_admitted, not_signed_in, csrf, forbidden, confirm_sign_in, person_needed. What
  /// a known caller is refused stands in the audit trail, but for confirm_sign_in, which is a question.
  Result<Caller> admit(const Route& route, const http::Request& request, const http::Connection& connection,
                       std::string_view request_id) const;
  /// Writes it into the trail where the route itself refused a caller what he may not do.
  void note_refusal(const Route& route, const Caller& caller, const http::Request& request, const Error& why,
                    std::string_view request_id) const;
  /// Whether somebody who was admitted would still be.
  bool still(const Route& route, const Caller& caller) const;
  /// For what is not part of the API. Errors: wrong_host.
  Status admit_page(const http::Request& request, const http::Connection& connection) const;

 private:
  Status check(const Route& route, const Caller& caller, const http::Request& request) const;

  const Parts& parts_;
  Doorkeeper doorkeeper_;
  SiteGuard guard_;
};

/// Errors: confirm_sign_in for a session whose user has not proved lately who he is.
Status check_confirmed(const Caller& caller);

}  // namespace mailward::api
