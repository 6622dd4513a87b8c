#include "work/error.h"

namespace mailward::work {

std::string_view error_subject(WorkError) {
  return "work";
}

std::string_view error_name(WorkError code) {
  switch (code) {
    case WorkError::unknown_run:
      return "unknown_run";
    case WorkError::unknown_step:
      return "unknown_step";
    case WorkError::illegal_transition:
      return "illegal_transition";
    case WorkError::lease_taken:
      return "lease_taken";
    case WorkError::bad_json:
      return "bad_json";
  }
  return "unknown";
}

}  // namespace mailward::work
