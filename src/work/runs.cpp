#include "work/runs.h"

#include "work/json_text.h"

namespace mailward::work {

namespace {

constexpr std::string_view kRunColumns =
    "id, kind, subject, actor, state, request_id, input, result, created, started, ended, seq, last_seq";

std::string channel_of(RunId id) {
  return "run/" + id.text();
}

Result<Run> run_of(const db::Row& row) {
  Run run;
  run.id = row.id<RunId>(0);
  run.kind = row.text(1);
  run.subject = row.text(2);
  MW_TRY(run.actor, audit::Actor::parse(row.text(3)));
  MW_TRY(run.state, parse_run_state(row.text(4)));
  run.request_id = row.text(5);
  run.input = row.text(6);
  run.result = row.text(7);
  run.created = row.time(8);
  run.started = row.maybe_time(9);
  run.ended = row.maybe_time(10);
  run.seq = row.integer(11);
  return run;
}

Error unknown(RunId id) {
  return {WorkError::unknown_run, "there is no run " + id.text()};
}

/// The run's state and last number, its row locked.
struct Locked {
  RunState state = RunState::queued;
  std::int64_t last_seq = 0;
};

Result<Locked> lock_run(db::Transaction& tx, RunId id) {
  MW_TRY(const auto row,
         tx.query_row("SELECT state, last_seq FROM run WHERE id = $1" + std::string(tx.lock_rows()), {id}));
  if (!row) return fail(unknown(id));
  Locked run;
  MW_TRY(run.state, parse_run_state(row->text(0)));
  run.last_seq = row->integer(1);
  return run;
}

/// The run's next number, for a change of one of its steps.
Result<std::int64_t> next_seq(db::Transaction& tx, RunId id) {
  MW_TRY(const Locked run, lock_run(tx, id));
  if (run.state != RunState::running) {
    return fail(WorkError::illegal_transition,
                "run " + id.text() + " is " + std::string(name_of(run.state)) + " and takes no steps");
  }
  MW_CHECK(tx.execute("UPDATE run SET last_seq = $2 WHERE id = $1", {id, run.last_seq + 1}));
  tx.notify(channel_of(id));
  tx.notify("runs");
  return run.last_seq + 1;
}

/// Steps that still run when their run ends end with it.
Status end_open_steps(db::Transaction& tx, RunId id, RunState state, std::int64_t seq, Timestamp now) {
  const StepOutcome outcome = state == RunState::cancelled ? StepOutcome::skipped : StepOutcome::failed;
  MW_CHECK(
      tx.execute("UPDATE run_step SET outcome = $2, seq = $3, milliseconds = ($4 - started) / 1000 "
                 "WHERE run_id = $1 AND outcome = 'running'",
                 {id, name_of(outcome), seq, now}));
  return {};
}

Status change_state(db::Transaction& tx, RunId id, RunState state, std::string_view result, Timestamp now) {
  MW_TRY(const Locked run, lock_run(tx, id));
  if (!allowed(run.state, state)) {
    return fail(WorkError::illegal_transition, "run " + id.text() + " is " + std::string(name_of(run.state)) +
                                                   " and cannot become " + std::string(name_of(state)));
  }
  const std::int64_t seq = run.last_seq + 1;
  if (state == RunState::running) {
    MW_CHECK(tx.execute("UPDATE run SET state = $2, started = $3, seq = $4, last_seq = $4 WHERE id = $1",
                        {id, name_of(state), now, seq}));
  } else {
    MW_CHECK(end_open_steps(tx, id, state, seq, now));
    MW_CHECK(tx.execute("UPDATE run SET state = $2, ended = $3, result = $4, seq = $5, last_seq = $5 WHERE id = $1",
                        {id, name_of(state), now, result, seq}));
  }
  tx.notify(channel_of(id));
  tx.notify("runs");
  return {};
}

}  // namespace

Runs::Runs(db::Database& database, std::string process, const Clock& clock)
    : database_(database), process_(std::move(process)), clock_(clock) {}

Result<RunId> Runs::create(db::Transaction& tx, const NewRun& run) {
  MW_CHECK(check_json(run.input, "the input of a run"));
  const RunId id = RunId::make(clock_);
  MW_CHECK(
      tx.execute("INSERT INTO run (id, kind, subject, actor, state, request_id, input, result, process, created, seq, "
                 "last_seq) VALUES ($1, $2, $3, $4, 'queued', $5, $6, '{}', $7, $8, 1, 1)",
                 {id, run.kind, run.subject, run.actor.text(), run.request_id, run.input, process_, clock_.now()}));
  tx.notify("runs");
  return id;
}

Result<RunId> Runs::create(const NewRun& run) {
  return database_.transaction([&](db::Transaction& tx) { return create(tx, run); });
}

Status Runs::start(db::Transaction& tx, RunId id) {
  return change_state(tx, id, RunState::running, {}, clock_.now());
}

Status Runs::start(RunId id) {
  return database_.transaction([&](db::Transaction& tx) { return start(tx, id); });
}

Status Runs::finish(db::Transaction& tx, RunId id, RunState state, std::string_view result) {
  MW_CHECK(check_json(result, "the result of a run"));
  if (!ended(state))
    return fail(WorkError::illegal_transition, "a run does not finish as " + std::string(name_of(state)));
  return change_state(tx, id, state, result, clock_.now());
}

Status Runs::finish(RunId id, RunState state, std::string_view result) {
  return database_.transaction([&](db::Transaction& tx) { return finish(tx, id, state, result); });
}

Result<std::int64_t> Runs::begin_step(db::Transaction& tx, RunId id, std::string_view name) {
  MW_TRY(const std::int64_t seq, next_seq(tx, id));
  MW_TRY(const auto last, tx.query_row("SELECT COALESCE(MAX(position), 0) FROM run_step WHERE run_id = $1", {id}));
  const std::int64_t position = last->integer(0) + 1;
  MW_CHECK(tx.execute(
      "INSERT INTO run_step (run_id, position, name, outcome, evidence, remedy, offer, started, milliseconds, seq) "
      "VALUES ($1, $2, $3, 'running', '{}', '', '', $4, 0, $5)",
      {id, position, name, clock_.now(), seq}));
  return position;
}

Result<std::int64_t> Runs::begin_step(RunId id, std::string_view name) {
  return database_.transaction([&](db::Transaction& tx) { return begin_step(tx, id, name); });
}

Status Runs::finish_step(db::Transaction& tx, RunId id, std::int64_t position, const StepEnd& end) {
  MW_CHECK(check_json(end.evidence, "the evidence of a step"));
  if (!end.offer.empty()) MW_CHECK(check_json(end.offer, "the offer of a step"));
  MW_TRY(const std::int64_t seq, next_seq(tx, id));
  MW_TRY(const std::int64_t changed,
         tx.execute(
             "UPDATE run_step SET outcome = $3, evidence = $4, remedy = $5, seq = $6, "
             "milliseconds = COALESCE($8, $7 - started) / 1000, offer = $9 "
             "WHERE run_id = $1 AND position = $2 AND outcome = 'running'",
             {id, position, name_of(end.outcome), end.evidence, end.remedy, seq, clock_.now(), end.took, end.offer}));
  if (changed == 1) return {};
  return fail(WorkError::unknown_step, "run " + id.text() + " has no step " + std::to_string(position) + " under way");
}

Status Runs::finish_step(RunId id, std::int64_t position, const StepEnd& end) {
  return database_.transaction([&](db::Transaction& tx) { return finish_step(tx, id, position, end); });
}

Status Runs::add_step(RunId id, std::string_view name, const StepEnd& end) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const std::int64_t position, begin_step(tx, id, name));
    return finish_step(tx, id, position, end);
  });
}

Result<RunChanges> Runs::changes_after(db::Session& session, RunId id, std::int64_t seq) {
  const std::string run_query = "SELECT " + std::string(kRunColumns) + " FROM run WHERE id = $1";
  MW_TRY(const auto row, session.query_row(run_query, {id}));
  if (!row) return fail(unknown(id));
  RunChanges changes;
  MW_TRY(changes.run, run_of(*row));
  changes.seq = row->integer(12);
  if (changes.seq <= seq) return changes;
  MW_TRY(const auto rows,
         session.query("SELECT position, name, outcome, evidence, remedy, started, milliseconds, seq, offer "
                       "FROM run_step WHERE run_id = $1 AND seq > $2 ORDER BY position",
                       {id, seq}));
  changes.steps.reserve(rows.size());
  for (const db::Row& step : rows) {
    MW_TRY(const StepOutcome outcome, parse_step_outcome(step.text(2)));
    changes.steps.push_back({.position = step.integer(0),
                             .name = step.text(1),
                             .outcome = outcome,
                             .evidence = step.text(3),
                             .remedy = step.text(4),
                             .offer = step.text(8),
                             .started = step.time(5),
                             .milliseconds = step.integer(6),
                             .seq = step.integer(7)});
  }
  return changes;
}

Result<RunChanges> Runs::changes_after(RunId id, std::int64_t seq) const {
  return database_.read([&](db::Session& session) { return changes_after(session, id, seq); });
}

Result<RunChanges> Runs::wait_for_change(RunId id, std::int64_t seq, Deadline deadline,
                                         const std::stop_token& stop) const {
  const std::string channel = channel_of(id);
  for (;;) {
    const std::uint64_t seen = database_.wakes(channel);
    MW_TRY(auto changes, changes_after(id, seq));
    if (changes.seq > seq) return changes;
    if (database_.wait(channel, seen, deadline, stop) != db::Woken::notified) return changes;
  }
}

Result<std::vector<Run>> Runs::list(std::string_view kind, std::string_view subject, std::size_t limit) const {
  return database_.read([&](db::Session& session) -> Result<std::vector<Run>> {
    MW_TRY(const auto rows, session.query("SELECT " + std::string(kRunColumns) +
                                              " FROM run WHERE ($1 = '' OR kind = $1) AND ($2 = '' OR subject = $2) "
                                              "ORDER BY id DESC LIMIT $3",
                                          {kind, subject, static_cast<std::int64_t>(limit)}));
    std::vector<Run> runs;
    runs.reserve(rows.size());
    for (const db::Row& row : rows) {
      MW_TRY(Run run, run_of(row));
      runs.push_back(std::move(run));
    }
    return runs;
  });
}

Result<std::optional<Runs::StepsSeen>> Runs::last_steps(db::Session& session, std::string_view kind,
                                                        std::string_view subject, std::string_view name,
                                                        const std::function<bool(const Run&)>& wanted) {
  MW_TRY(const auto rows,
         session.query("SELECT " + std::string(kRunColumns) +
                           " FROM run WHERE kind = $1 AND subject = $2 AND state NOT IN ('cancelled', 'interrupted') "
                           "AND EXISTS (SELECT 1 FROM run_step WHERE run_step.run_id = run.id AND run_step.name = $3 "
                           "AND run_step.outcome <> 'running') ORDER BY id DESC LIMIT 50",
                       {kind, subject, name}));
  for (const db::Row& row : rows) {
    MW_TRY(Run run, run_of(row));
    if (!wanted(run)) continue;
    MW_TRY(RunChanges changes, changes_after(session, run.id, 0));
    StepsSeen seen{.run = std::move(run), .steps = {}};
    for (Step& step : changes.steps) {
      if (step.name == name) seen.steps.push_back(std::move(step));
    }
    return seen;
  }
  return std::nullopt;
}

Result<std::int64_t> Runs::drop_before(std::string_view kind, const audit::Actor& actor, Timestamp before) {
  return database_.transaction([&](db::Transaction& tx) {
    return tx.execute("DELETE FROM run WHERE kind = $1 AND actor = $2 AND ended < $3", {kind, actor.text(), before});
  });
}

namespace {

/// Whose process holds no lease "process/<its name>" any more.
constexpr std::string_view kOfTheDead =
    " process <> $1 AND NOT EXISTS (SELECT 1 FROM lease WHERE lease.name = 'process/' || run.process AND "
    "lease.expires > $2) ";

}  // namespace

Status Runs::free_orphaned_leases() {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(
        tx.execute("UPDATE lease SET expires = $2 WHERE expires > $2 AND holder LIKE '%/%' AND holder NOT LIKE $1 "
                   "|| '/%' AND NOT EXISTS (SELECT 1 FROM lease AS alive WHERE alive.name LIKE 'process/%' AND "
                   "alive.expires > $2 AND lease.holder LIKE substr(alive.name, 9) || '/%')",
                   {process_, clock_.now()}));
    return {};
  });
}

Result<std::vector<RunId>> Runs::adopt_orphans(std::string_view kind) {
  return database_.transaction([&](db::Transaction& tx) -> Result<std::vector<RunId>> {
    const Timestamp now = clock_.now();
    MW_TRY(const auto rows, tx.query("SELECT id, process FROM run WHERE state IN ('queued', 'running') AND kind = $3 "
                                     "AND" +
                                         std::string(kOfTheDead) + "ORDER BY id",
                                     {process_, now, kind}));
    std::vector<RunId> adopted;
    for (const db::Row& row : rows) {
      const auto id = row.id<RunId>(0);
      adopted.push_back(id);
      MW_TRY(
          const auto steps,
          tx.query("SELECT position FROM run_step WHERE run_id = $1 AND outcome = 'running' ORDER BY position", {id}));
      for (const db::Row& step : steps) {
        MW_CHECK(finish_step(tx, id, step.integer(0),
                             {.outcome = StepOutcome::failed,
                              .evidence = R"({"error":"the service ended in the middle of it"})",
                              .remedy = {},
                              .offer = {}}));
      }
      MW_CHECK(tx.execute("UPDATE run SET process = $2 WHERE id = $1", {id, process_}));
    }
    return adopted;
  });
}

Result<std::vector<RunId>> Runs::interrupt_orphans() {
  return database_.transaction([&](db::Transaction& tx) -> Result<std::vector<RunId>> {
    const Timestamp now = clock_.now();
    MW_TRY(const auto rows, tx.query("SELECT id, process FROM run WHERE state IN ('queued', 'running') AND" +
                                         std::string(kOfTheDead) + "ORDER BY id",
                                     {process_, now}));
    std::vector<RunId> orphans;
    orphans.reserve(rows.size());
    for (const db::Row& row : rows) {
      orphans.push_back(row.id<RunId>(0));
      MW_CHECK(change_state(tx, orphans.back(), RunState::interrupted, "{}", now));
    }
    return orphans;
  });
}

}  // namespace mailward::work
