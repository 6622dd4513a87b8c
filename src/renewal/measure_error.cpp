#include "renewal/measure_error.h"

#include <utility>

namespace mailward::renewal {

std::string_view error_subject(MeasureError) {
  return "renewal";
}

std::string_view error_name(MeasureError code) {
  switch (code) {
    case MeasureError::unknown_measure:
      return "unknown_measure";
    case MeasureError::nothing_to_accept:
      return "nothing_to_accept";
    case MeasureError::invalid_acceptance:
      return "invalid_acceptance";
    case MeasureError::not_accepted:
      return "not_accepted";
  }
  std::unreachable();
}

}  // namespace mailward::renewal
