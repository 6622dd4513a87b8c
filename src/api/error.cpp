#include "api/error.h"

#include <utility>

namespace mailward::api {

std::string_view error_subject(ApiError) {
  return "api";
}

std::string_view error_name(ApiError code) {
  switch (code) {
    case ApiError::not_admitted:
      return "not_admitted";
    case ApiError::wrong_host:
      return "wrong_host";
    case ApiError::cross_site:
      return "cross_site";
    case ApiError::csrf:
      return "csrf";
    case ApiError::forbidden:
      return "forbidden";
    case ApiError::confirm_sign_in:
      return "confirm_sign_in";
    case ApiError::person_needed:
      return "person_needed";
    case ApiError::no_such_resource:
      return "no_such_resource";
    case ApiError::method_not_allowed:
      return "method_not_allowed";
    case ApiError::unsupported_media_type:
      return "unsupported_media_type";
    case ApiError::malformed_body:
      return "malformed_body";
    case ApiError::invalid_request:
      return "invalid_request";
    case ApiError::too_large:
      return "too_large";
    case ApiError::overloaded:
      return "overloaded";
    case ApiError::internal:
      return "internal";
  }
  std::unreachable();
}

}  // namespace mailward::api
