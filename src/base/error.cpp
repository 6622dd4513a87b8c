#include "base/error.h"

namespace mailward {

Error Error::with_remedy(std::string remedy) && {
  remedy_ = std::move(remedy);
  return std::move(*this);
}

Error Error::caused_by(Error cause) && {
  cause_ = std::make_shared<const Error>(std::move(cause));
  return std::move(*this);
}

std::string Error::describe() const {
  std::string text = message_;
  for (const Error* next = cause(); next != nullptr; next = next->cause()) text += ": " + next->message();
  return text;
}

std::string_view error_subject(BaseError) {
  return "base";
}

std::string_view error_name(BaseError code) {
  switch (code) {
    case BaseError::invalid_argument:
      return "invalid_argument";
    case BaseError::io:
      return "io";
    case BaseError::not_found:
      return "not_found";
    case BaseError::timed_out:
      return "timed_out";
    case BaseError::cancelled:
      return "cancelled";
    case BaseError::limit_exceeded:
      return "limit_exceeded";
    case BaseError::refused_destination:
      return "refused_destination";
    case BaseError::crypto:
      return "crypto";
    case BaseError::malformed:
      return "malformed";
    case BaseError::pool_full:
      return "pool_full";
  }
  return "unknown";
}

}  // namespace mailward
