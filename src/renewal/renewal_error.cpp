#include "renewal/renewal_error.h"

namespace mailward::renewal {

std::string_view error_subject(RenewalError) {
  return "renewal";
}

std::string_view error_name(RenewalError code) {
  switch (code) {
    case RenewalError::unknown_renewal:
      return "unknown_renewal";
    case RenewalError::invalid_form:
      return "invalid_form";
    case RenewalError::already_open:
      return "already_open";
    case RenewalError::nothing_to_renew:
      return "nothing_to_renew";
    case RenewalError::illegal_transition:
      return "illegal_transition";
    case RenewalError::approval_needed:
      return "approval_needed";
    case RenewalError::approval_void:
      return "approval_void";
    case RenewalError::not_the_approver:
      return "not_the_approver";
  }
  return "unknown";
}

}  // namespace mailward::renewal
