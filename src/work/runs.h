#pragma once

#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "work/run.h"

namespace mailward::work {

struct NewRun {
  std::string kind;
  std::string subject;
  audit::Actor actor;
  std::string request_id;
  std::string input = "{}";
};

struct StepEnd {
  StepOutcome outcome = StepOutcome::ok;
  std::string evidence = "{}";
  std::string remedy;
  std::string offer;  ///< a JSON object, or empty
  /// In place of the time between begin and end, where the caller measured it better.
  std::optional<Duration> took = {};
};

/// The runs in the database. The tables are the truth; the wake-up is a hint. Thread-safe. Those with a Transaction
/// write within it; the others are one durable transaction each.
class Runs {
 public:
  /// `process` names this process for ever ("host:pid:start"); runs that it makes are its own until they end.
  Runs(db::Database& database, std::string process, const Clock& clock = Clock::system());

  Result<RunId> create(db::Transaction& tx, const NewRun& run);
  Result<RunId> create(const NewRun& run);
  /// queued → running. Errors here and below: unknown_run, illegal_transition.
  Status start(db::Transaction& tx, RunId id);
  Status start(RunId id);
  /// To one of the states that end. Steps that still run become skipped where it was cancelled, else failed.
  Status finish(db::Transaction& tx, RunId id, RunState state, std::string_view result = "{}");
  Status finish(RunId id, RunState state, std::string_view result = "{}");

  /// Begins a step; returns its position.
  Result<std::int64_t> begin_step(db::Transaction& tx, RunId id, std::string_view name);
  Result<std::int64_t> begin_step(RunId id, std::string_view name);
  Status finish_step(db::Transaction& tx, RunId id, std::int64_t position, const StepEnd& end);
  Status finish_step(RunId id, std::int64_t position, const StepEnd& end);
  /// Begun and ended in one: for what took no time of its own, or was measured by the caller (StepEnd::took).
  Status add_step(RunId id, std::string_view name, const StepEnd& end);

  /// The run, and its steps that changed after `seq` (0: all). Errors: unknown_run.
  Result<RunChanges> changes_after(RunId id, std::int64_t seq) const;
  static Result<RunChanges> changes_after(db::Session& session, RunId id, std::int64_t seq);
  /// Waits until something changed after `seq`, then as changes_after; at the deadline or when stopped, what there is.
  Result<RunChanges> wait_for_change(RunId id, std::int64_t seq, Deadline deadline,
                                     const std::stop_token& stop = {}) const;
  /// The newest first; an empty kind or subject stands for any.
  Result<std::vector<Run>> list(std::string_view kind, std::string_view subject, std::size_t limit) const;

  /// What the newest run of that kind and subject says in its steps of that name, among those that `wanted` takes: the
  /// 50 newest that have such a step are looked at, cancelled and interrupted ones are not. Nothing where there is
  /// none.
  struct StepsSeen {
    Run run;
    std::vector<Step> steps;
  };
  static Result<std::optional<StepsSeen>> last_steps(db::Session& session, std::string_view kind,
                                                     std::string_view subject, std::string_view name,
                                                     const std::function<bool(const Run&)>& wanted);

  /// Drops runs of that kind and actor that ended before, with their steps; returns how many.
  Result<std::int64_t> drop_before(std::string_view kind, const audit::Actor& actor, Timestamp before);

  /// At start, before anything else is taken up: the leases of processes that are gone ("<process>/…" holds them) are
  /// free, whatever they were taken for.
  Status free_orphaned_leases();
  /// At start: runs of that kind which have not ended and belong to a process that is gone become this process's, to be
  /// gone on with; the steps that were under way have failed. Before interrupt_orphans().
  Result<std::vector<RunId>> adopt_orphans(std::string_view kind);
  /// At start: runs that have not ended and belong to another process, unless that process holds the lease
  /// "process/<its name>", become interrupted; returns them.
  Result<std::vector<RunId>> interrupt_orphans();
  const std::string& process() const { return process_; }

 private:
  db::Database& database_;
  const std::string process_;
  const Clock& clock_;
};

}  // namespace mailward::work
