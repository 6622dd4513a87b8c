#include "work/run.h"

#include <algorithm>
#include <array>

namespace mailward::work {

namespace {

constexpr std::array kStates{RunState::queued, RunState::running,     RunState::succeeded,
                             RunState::failed, RunState::interrupted, RunState::cancelled};
constexpr std::array kOutcomes{StepOutcome::running, StepOutcome::ok,     StepOutcome::note,
                               StepOutcome::warning, StepOutcome::failed, StepOutcome::skipped};

}  // namespace

std::string_view name_of(RunState state) {
  switch (state) {
    case RunState::queued:
      return "queued";
    case RunState::running:
      return "running";
    case RunState::succeeded:
      return "succeeded";
    case RunState::failed:
      return "failed";
    case RunState::interrupted:
      return "interrupted";
    case RunState::cancelled:
      return "cancelled";
  }
  return "unknown";
}

Result<RunState> parse_run_state(std::string_view name) {
  const auto* const found = std::ranges::find(kStates, name, [](RunState state) { return name_of(state); });
  if (found == kStates.end()) return fail(BaseError::malformed, "a run has no state '" + std::string(name) + "'");
  return *found;
}

bool ended(RunState state) {
  return state != RunState::queued && state != RunState::running;
}

bool allowed(RunState from, RunState to) {
  switch (from) {
    case RunState::queued:
      return to == RunState::running || to == RunState::cancelled || to == RunState::interrupted;
    case RunState::running:
      return ended(to);
    default:
      return false;
  }
}

std::string_view name_of(StepOutcome outcome) {
  switch (outcome) {
    case StepOutcome::running:
      return "running";
    case StepOutcome::ok:
      return "ok";
    case StepOutcome::note:
      return "note";
    case StepOutcome::warning:
      return "warning";
    case StepOutcome::failed:
      return "failed";
    case StepOutcome::skipped:
      return "skipped";
  }
  return "unknown";
}

Result<StepOutcome> parse_step_outcome(std::string_view name) {
  const auto* const found = std::ranges::find(kOutcomes, name, [](StepOutcome outcome) { return name_of(outcome); });
  if (found == kOutcomes.end()) return fail(BaseError::malformed, "a step has no outcome '" + std::string(name) + "'");
  return *found;
}

}  // namespace mailward::work
