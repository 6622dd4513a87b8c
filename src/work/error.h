#pragma once

#include <string_view>

#include "base/result.h"

namespace mailward::work {

enum class WorkError {
  unknown_run,
  unknown_step,
  /// The run's state does not allow it: it has ended already.
  illegal_transition,
  /// Someone else holds the lease, or it passed to another in the meantime.
  lease_taken,
  /// Input, result, evidence or payload is not JSON.
  bad_json,
};
std::string_view error_subject(WorkError code);
std::string_view error_name(WorkError code);

}  // namespace mailward::work
