#include "ews/failure.h"

namespace mailward::ews {
namespace {

EwsError code_for(const Error& below) {
  if (below.is(EwsError::token_failed)) return EwsError::token_failed;
  if (below.is(BaseError::timed_out)) return EwsError::timed_out;
  if (below.is(BaseError::cancelled)) return EwsError::cancelled;
  return EwsError::invalid_request;
}

}  // namespace

Failure::Failure(EwsError failure_code, std::string message)
    : code(failure_code), error(failure_code, std::move(message)), evidence(std::make_shared<Evidence>()) {}

Failure::Failure(Error below)
    : code(code_for(below)), error(std::move(below)), evidence(std::make_shared<Evidence>()) {}

}  // namespace mailward::ews
