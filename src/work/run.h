#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/actor.h"
#include "base/clock.h"
#include "base/id.h"
#include "work/error.h"

namespace mailward::work {

using RunId = Id<struct RunTag>;

enum class RunState { queued, running, succeeded, failed, interrupted, cancelled };
std::string_view name_of(RunState state);
Result<RunState> parse_run_state(std::string_view name);
/// Whether nothing follows that state.
bool ended(RunState state);
/// queued → running, cancelled, interrupted; running → any that ends; an end → nothing.
bool allowed(RunState from, RunState to);

enum class StepOutcome { running, ok, note, warning, failed, skipped };
std::string_view name_of(StepOutcome outcome);
Result<StepOutcome> parse_step_outcome(std::string_view name);

/// A durable piece of work and how it went. `input` and `result` are JSON, without secrets.
struct Run {
  RunId id;
  /// "connection_test", and what it is about ("connection:…").
  std::string kind;
  std::string subject;
  audit::Actor actor;
  RunState state = RunState::queued;
  std::string request_id;
  std::string input = "{}";
  std::string result = "{}";
  Timestamp created;
  std::optional<Timestamp> started;
  std::optional<Timestamp> ended;
  /// The number of the run's own last change of state.
  std::int64_t seq = 0;
};

/// One step of a run. Steps are counted from 1 in the order in which they began.
struct Step {
  std::int64_t position = 0;
  std::string name;
  StepOutcome outcome = StepOutcome::running;
  /// JSON, parsed fields only, without secrets.
  std::string evidence = "{}";
  /// What to do; empty where nothing is to be done.
  std::string remedy;
  /// JSON: what a person may choose to do about it, with all that doing it needs; empty where nothing is offered.
  std::string offer;
  Timestamp started;
  std::int64_t milliseconds = 0;
  /// The number of the step's last change.
  std::int64_t seq = 0;
};

/// What a face shows: with `after` 0 the snapshot, then what followed. Every change of a run or of one of its steps has
/// the run's next number.
struct RunChanges {
  /// The run as it is now.
  Run run;
  /// Only the steps that changed after the number asked for, in the order of their positions.
  std::vector<Step> steps;
  /// The last number; ask for what comes after it next time.
  std::int64_t seq = 0;
};

}  // namespace mailward::work
