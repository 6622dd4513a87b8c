#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

#include "access/error.h"
#include "base/error.h"
#include "base/result.h"

namespace mailward::api {

enum class ApiError {
  /// Who is at the other end of the socket has no business here.
  not_admitted,
  /// The Host header names what this service is not known as.
  wrong_host,
  /// A browser sent it for another site's page.
  cross_site,
  /// A browser's request that changes something lacks the session's X-CSRF-Token.
  csrf,
  /// The caller lacks the right that the route names.
  forbidden,
  /// A sensitive act, and its user has not proved lately who he is.
  confirm_sign_in,
  /// An API token came where only a person may.
  person_needed,
  no_such_resource,
  method_not_allowed,
  unsupported_media_type,
  /// The body is not the JSON that it should be.
  malformed_body,
  /// Members of the body or parameters of the query do not hold; `errors` names each.
  invalid_request,
  too_large,
  /// The server is at one of its limits.
  overloaded,
  internal,
};
std::string_view error_subject(ApiError code);
std::string_view error_name(ApiError code);

/// What is wrong with one member of a body.
struct MemberProblem {
  std::string field;
  std::string detail;
};

/// Why a request is not done: the error, and member by member what is wrong where that can be said.
struct Failure {
  Failure(access::Refused refused)  // NOLINT(google-explicit-constructor)
      : error(std::move(refused.error)), retry_after(refused.retry_after) {}
  Failure(Error why) : error(std::move(why)) {}  // NOLINT(google-explicit-constructor): errors pass through MW_TRY
  Failure(Error why, std::vector<MemberProblem> members) : error(std::move(why)), problems(std::move(members)) {}
  Error error;
  std::vector<MemberProblem> problems;
  std::chrono::seconds retry_after{0};  ///< when to come again; 0: nothing said
};

/// The HTTP status (RFC 9110 15) that stands for an error of any room. The whole mapping is http_status.cpp.
int http_status_of(const Error& error);

}  // namespace mailward::api
