#include "renewal/measures.h"

#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/log.h"
#include "base/pool.h"

namespace mailward::renewal {

namespace {

using connections::ReadingTask;

constexpr std::chrono::days kLongestAcceptance{366};
constexpr std::size_t kLongestReason = 500;
constexpr std::chrono::hours kReadAgain{24};
constexpr std::chrono::seconds kOneReading{30};
constexpr std::chrono::minutes kAllReadings{30};

/// Whether the line rests on nothing but what was accepted.
bool is_covered(const Measure& measure, const Acceptance& acceptance) {
  return std::ranges::all_of(measure.grounds, [&](const std::string& ground) {
    return std::ranges::find(acceptance.grounds, ground) != acceptance.grounds.end();
  });
}

bool can_be_accepted(const Measure& measure) {
  return measure.outcome == MeasureOutcome::to_do || measure.outcome == MeasureOutcome::cannot_tell;
}

/// In which order the page has them.
int place_of(const ListedMeasure& one) {
  const std::string_view state = one.state();
  if (state == "to_do") return static_cast<int>(one.measure.urgency);
  if (state == "cannot_tell") return 10;
  if (state == "accepted") return 11;
  return state == "ok" ? 12 : 13;
}

Status check_reason(std::string_view reason) {
  const bool has_words = reason.find_first_not_of(" \t") != std::string_view::npos;
  const bool is_line = std::ranges::none_of(reason, [](unsigned char c) { return c < 0x20 || c == 0x7f; });
  if (has_words && is_line && is_utf8(reason) && reason.size() <= kLongestReason) return {};
  return fail(MeasureError::invalid_acceptance, "the reason must be one line of 1 to 500 characters");
}

}  // namespace

std::string_view ListedMeasure::state() const {
  return acceptance && can_be_accepted(measure) ? "accepted" : name_of(measure.outcome);
}

struct Measures::State {
  explicit State(Parts given) : parts(std::move(given)) {}

  Result<std::vector<Measure>> all() const;
  Result<Measure> line(std::string_view measure, std::string_view subject) const;
  Status note(db::Transaction& tx, const audit::By& by, const std::string& action, const Acceptance& acceptance,
              std::string_view why = {}) const;
  Status end_acceptances() const;
  void read_all(work::RunId run) const;
  Status read_one(work::RunId run, const ReadingTask& task, Deadline deadline) const;

  Parts parts;
  std::mutex mutex;
  std::optional<work::RunId> under_way;
  std::stop_source stop;
  Pool pool{"measures", 1, 1};  // last: its thread uses all of the above
};

Measures::Measures(Parts parts) : state_(std::make_unique<State>(std::move(parts))) {}
Measures::~Measures() {
  state_->stop.request_stop();
}

Result<std::vector<Measure>> Measures::State::all() const {
  MW_TRY(const auto readings,
         parts.database.read([](db::Session& session) { return measure_rows::readings(session); }));
  std::vector<Measure> lines;
  for (const auto& source : parts.sources) {
    MW_TRY(auto more, source->lines(readings));
    std::ranges::move(more, std::back_inserter(lines));
  }
  return lines;
}

Result<Measure> Measures::State::line(std::string_view measure, std::string_view subject) const {
  MW_TRY(auto lines, all());
  for (Measure& one : lines) {
    if (one.info->id == measure && one.subject.text() == subject) return std::move(one);
  }
  return fail(Error(MeasureError::unknown_measure,
                    "there is no line " + printable(measure, 60) + " on " + printable(subject, 60))
                  .with_remedy("mailward measures list --all shows each line's id and subject"));
}

Result<std::vector<ListedMeasure>> Measures::list(const MeasureFilter& filter) const {
  std::vector<std::string> subjects;
  if (filter.connection) {
    MW_TRY(const auto connection, state_->parts.ledger.connection(*filter.connection));
    subjects = {"connection:" + connection.id.text(), "account:" + connection.account.text()};
  }
  if (filter.account) subjects.push_back("account:" + filter.account->text());
  MW_TRY(auto lines, state_->all());
  MW_TRY(auto accepted,
         state_->parts.database.read([](db::Session& session) { return measure_rows::acceptances(session); }));
  std::map<std::pair<std::string_view, std::string>, const Acceptance*> by_line;
  for (const Acceptance& one : accepted) by_line[{one.measure, one.subject}] = &one;
  const Timestamp now = state_->parts.clock.now();
  std::map<int, std::vector<ListedMeasure>> by_place;
  for (Measure& line : lines) {
    const std::string subject = line.subject.text();
    if (!subjects.empty() && std::ranges::find(subjects, subject) == subjects.end()) continue;
    const auto found = by_line.find({line.info->id, subject});
    const bool in_force = found != by_line.end() && found->second->until > now && is_covered(line, *found->second);
    ListedMeasure one{std::move(line), in_force ? std::optional(*found->second) : std::nullopt};
    if (filter.state.empty() || one.state() == filter.state) by_place[place_of(one)].push_back(std::move(one));
  }
  std::vector<ListedMeasure> listed;
  for (auto& [place, some] : by_place) std::ranges::move(some, std::back_inserter(listed));
  return listed;
}

Status Measures::State::note(db::Transaction& tx, const audit::By& by, const std::string& action,
                             const Acceptance& acceptance, std::string_view why) const {
  nlohmann::ordered_json details{
      {"subject", acceptance.subject}, {"reason", acceptance.reason}, {"until", format_timestamp(acceptance.until)}};
  if (!why.empty()) details["why"] = why;
  const audit::Act act{.by = by,
                       .action = action,
                       .object_kind = "measure",
                       .object_id = acceptance.measure,
                       .outcome = "ok",
                       .details = details.dump()};
  MW_CHECK(parts.trail.append(tx, act));
  return {};
}

Result<ListedMeasure> Measures::accept(std::string_view measure, std::string_view subject, std::string_view reason,
                                       Timestamp until, const audit::By& by) {
  MW_CHECK(check_reason(reason));
  const Timestamp now = state_->parts.clock.now();
  if (until <= now || until - now > kLongestAcceptance) {
    return fail(MeasureError::invalid_acceptance, "the day must be to come, and at most 366 days away");
  }
  MW_TRY(Measure line, state_->line(measure, subject));
  if (!can_be_accepted(line)) {
    return fail(MeasureError::nothing_to_accept, "there is nothing to accept: " + line.sentence);
  }
  const Acceptance acceptance{.measure = std::string(measure),
                              .subject = std::string(subject),
                              .reason = std::string(reason),
                              .by = by.actor.text(),
                              .until = until,
                              .created = now,
                              .grounds = line.grounds};
  MW_CHECK(state_->parts.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(measure_rows::put(tx, acceptance));
    return state_->note(tx, by, "measure.accept", acceptance);
  }));
  return ListedMeasure{std::move(line), acceptance};
}

Status Measures::withdraw(std::string_view measure, std::string_view subject, const audit::By& by) {
  return state_->parts.database.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto stands, measure_rows::acceptance(tx, measure, subject));
    if (!stands) {
      return fail(MeasureError::not_accepted,
                  "nothing is accepted of " + printable(measure, 60) + " on " + printable(subject, 60));
    }
    MW_CHECK(measure_rows::remove(tx, measure, subject));
    return state_->note(tx, by, "measure.withdraw", *stands);
  });
}

/// Those whose day has come, and those whose line has got worse: for good, so that they do not come back when it mends
/// and breaks again. Those whose subject is gone go too.
Status Measures::State::end_acceptances() const {
  MW_TRY(const auto accepted,
         parts.database.read([](db::Session& session) { return measure_rows::acceptances(session); }));
  if (accepted.empty()) return {};
  MW_TRY(const auto lines, all());
  const audit::By by{.actor = audit::Actor::system(kMeasuresPart), .source = {}, .token = {}, .request_id = {}};
  for (const Acceptance& one : accepted) {
    const auto line = std::ranges::find_if(lines, [&](const Measure& measure) {
      return measure.info->id == one.measure && measure.subject.text() == one.subject;
    });
    const std::string_view why = one.until <= parts.clock.now() ? "its day has come"
                                 : line == lines.end()          ? "what it was about is gone"
                                 : !is_covered(*line, one)      ? "what was seen has got worse"
                                                                : "";
    if (why.empty()) continue;
    MW_CHECK(parts.database.transaction([&](db::Transaction& tx) -> Status {
      MW_TRY(const auto stands, measure_rows::acceptance(tx, one.measure, one.subject));
      if (!stands || stands->created != one.created) return {};  // accepted anew meanwhile
      MW_CHECK(measure_rows::remove(tx, one.measure, one.subject));
      return note(tx, by, "measure.acceptance_ended", one, why);
    }));
  }
  return {};
}

Status Measures::State::read_one(work::RunId run, const ReadingTask& task, Deadline deadline) const {
  const char* name = task.account ? "directory" : "tls_versions";
  MW_TRY(const auto position, parts.runs.begin_step(run, name));
  const auto result = parts.lines.read(task, deadline.earlier_of(Deadline::after(kOneReading)), stop.get_token());
  if (!result) {
    const nlohmann::json evidence{{"of", task.subject.name}, {"error", result.error().message()}};
    return parts.runs.finish_step(run, position,
                                  {.outcome = work::StepOutcome::failed,
                                   .evidence = evidence.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace),
                                   .remedy = result.error().remedy(),
                                   .offer = {}});
  }
  nlohmann::ordered_json evidence{{"of", task.subject.name}};
  evidence.update(nlohmann::ordered_json::parse(result->facts, nullptr, false));
  return parts.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(measure_rows::keep(tx, task.subject.text(), parts.clock.now(), result->reading));
    return parts.runs.finish_step(
        tx, run, position,
        {.outcome = result->seen ? work::StepOutcome::ok : work::StepOutcome::warning,
         .evidence = evidence.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace),
         .remedy = result->remedy,
         .offer = {}});
  });
}

void Measures::State::read_all(work::RunId run) const {
  const auto go = [&]() -> Status {
    MW_CHECK(parts.runs.start(run));
    MW_TRY(const auto tasks, parts.lines.tasks());
    const Deadline deadline = Deadline::after(kAllReadings);
    std::vector<std::string> subjects;
    for (const ReadingTask& task : tasks) {
      if (stop.stop_requested()) return parts.runs.finish(run, work::RunState::interrupted);
      subjects.push_back(task.subject.text());
      MW_CHECK(read_one(run, task, deadline));
    }
    MW_CHECK(parts.database.transaction([&](db::Transaction& tx) { return measure_rows::keep_only(tx, subjects); }));
    MW_CHECK(end_acceptances());
    return parts.runs.finish(run, work::RunState::succeeded);
  };
  const Status gone = go();
  if (gone) return;
  log::failure("measures.not_read", gone.error());
  if (const Status ended = parts.runs.finish(run, work::RunState::failed); !ended) {
    log::failure("measures.not_finished", ended.error());
  }
}

Result<work::RunId> Measures::refresh(const audit::By& by) {
  const std::scoped_lock lock(state_->mutex);
  if (state_->under_way) return *state_->under_way;
  MW_TRY(const work::RunId run, state_->parts.runs.create({.kind = std::string(kMeasuresRun),
                                                           .subject = "installation",
                                                           .actor = by.actor,
                                                           .request_id = by.request_id}));
  const Status submitted = state_->pool.submit([state = state_.get(), run] {
    try {
      state->read_all(run);
    } catch (const std::exception& broken) {
      log::error("measures.broken", {{"run", run.text()}, {"what", broken.what()}});
      if (const Status ended = state->parts.runs.finish(run, work::RunState::failed); !ended) {
        log::failure("measures.not_finished", ended.error());
      }
    }
    const std::scoped_lock done(state->mutex);
    state->under_way.reset();
  });
  if (!submitted) {
    MW_CHECK(state_->parts.runs.finish(run, work::RunState::cancelled));
    return fail(submitted.error());
  }
  state_->under_way = run;
  return run;
}

Status Measures::tidy() {
  MW_CHECK(state_->end_acceptances());
  MW_TRY(const auto last, state_->parts.runs.list(kMeasuresRun, {}, 1));
  const bool fresh = !last.empty() && state_->parts.clock.now() - last.front().created < kReadAgain;
  if (fresh) return {};
  MW_TRY(const auto tasks, state_->parts.lines.tasks());
  if (tasks.empty()) return {};
  MW_CHECK(refresh({.actor = audit::Actor::system(kMeasuresPart), .source = {}, .token = {}, .request_id = {}}));
  return {};
}

}  // namespace mailward::renewal
