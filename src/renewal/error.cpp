#include "renewal/error.h"

#include <utility>

namespace mailward::renewal {

std::string_view error_subject(RenewalError) {
  return "renewal";
}

std::string_view error_name(RenewalError code) {
  switch (code) {
    case RenewalError::unknown_measure:
      return "unknown_measure";
    case RenewalError::nothing_to_accept:
      return "nothing_to_accept";
    case RenewalError::invalid_acceptance:
      return "invalid_acceptance";
    case RenewalError::not_accepted:
      return "not_accepted";
  }
  std::unreachable();
}

}  // namespace mailward::renewal
