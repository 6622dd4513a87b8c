#pragma once

#include <string_view>

#include "base/error.h"

namespace mailward::renewal {

enum class MeasureError {
  /// No line of that id stands on that subject.
  unknown_measure,
  /// There is nothing to accept: the line is well, or asks about what is not there.
  nothing_to_accept,
  /// Reason or date of an acceptance do not hold; the message says what is expected.
  invalid_acceptance,
  /// Nothing was accepted there.
  not_accepted,
};
std::string_view error_subject(MeasureError code);
std::string_view error_name(MeasureError code);

}  // namespace mailward::renewal
