#include "connections/test_runs.h"

#include <fmt/format.h>

#include <atomic>
#include <condition_variable>
#include <list>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>

#include "base/log.h"
#include "connections/course.h"
#include "connections/destination.h"
#include "connections/notices.h"
#include "connections/rotation_rows.h"
#include "connections/rows.h"
#include "secrets/inventory.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

constexpr std::size_t kThreads = 4;
constexpr std::size_t kQueue = 32;
constexpr int kSearches = 4;
constexpr std::chrono::seconds kLongestTest = 60s;
constexpr std::chrono::minutes kProofLasts = 5min;
constexpr std::size_t kMostProofs = 256;
constexpr std::chrono::milliseconds kBetweenAttempts{100};

/// All that a test needs, gathered before it starts.
struct Job {
  work::RunId run;
  By by;
  std::optional<ConnectionId> connection;
  bool unsaved = false;
  std::optional<ServiceAccount> account;  ///< where it is stored
  CourseInput input;
};

audit::Act audit_line_of(const Job& job, const CourseResult& result) {
  const nlohmann::ordered_json details{{"verdict", name_of(result.failure)},
                                       {"run", job.run.text()},
                                       {"unsaved", job.unsaved},
                                       {"deep", job.input.deep}};
  return {.by = job.by,
          .action = "connection.test",
          .object_kind = job.connection ? "connection" : "form",
          .object_id = job.connection ? job.connection->text() : job.input.account,
          .outcome = std::string(name_of(result.state)),
          .details = details.dump()};
}

/// Whether the test got hold of its account; one that did not says nothing about the connection.
enum class Begun { no, yes };

/// That a test of a form found a typed password to be right.
struct Proof {
  std::string account;
  std::string destination;
  Sha256 password{};
  Timestamp at;
  CourseResult result;
  std::string run;
  /// Whose form it was; nothing for one that was not stored yet.
  std::optional<ConnectionId> connection;
};

}  // namespace

struct TestRuns::State {
  explicit State(const Parts& given) : parts(given) {}

  Result<Job> prepare(TestRequest request, const By& by);
  Status take(const Job& job, AccountHold& hold, const std::stop_token& stop) const;
  Status read_directory_again(Job& job) const;
  void read_proxy_password(Job& job) const;
  void run(Job& job, const std::stop_token& stop);
  CourseResult test(Job& job, AccountHold& hold, StepLog& steps, const std::stop_token& stop);
  Status keep(const Job& job, const CourseResult& result, const AccountHold& hold, Begun begun, work::RunState end);
  Status keep_in_books(db::Transaction& tx, const Job& job, const CourseResult& result) const;
  Status note_verdict(db::Transaction& tx, ConnectionId connection, const CourseResult& result, std::string_view run,
                      const By& by, std::optional<Timestamp> at = std::nullopt) const;
  Status keep_refusal(ConnectionId connection, const ServiceAccount& account, const Ledger::OpenedPassword& saved,
                      const TriedPassword& tried, const By& by) const;
  Result<Sha256> hash(const std::string& account, const SecretString& password) const;

  Parts parts;
  std::mutex mutex;
  std::map<work::RunId, std::stop_source> running;
  std::atomic<int> searches{0};  ///< under way
  std::list<Proof> proofs;
  Pool pool{"tests", kThreads, kQueue};  // last: its threads use all of the above
};

TestRuns::TestRuns(const Parts& parts) : state_(std::make_unique<State>(parts)) {}

TestRuns::~TestRuns() {
  const std::lock_guard lock(state_->mutex);
  for (auto& [run, stop] : state_->running) stop.request_stop();
}

Result<Job> TestRuns::State::prepare(TestRequest request, const By& by) {
  Job job;
  job.by = by;
  job.connection = request.connection;
  job.unsaved = request.form.has_value();
  std::optional<DirectoryId> directory = request.directory;
  if (request.connection) {
    MW_TRY(auto stored, parts.ledger.connection(*request.connection));
    if (!request.form && stored.state == ConnectionState::disabled) {
      return fail(Error(ConnectionsError::connection_disabled, "the connection is disabled")
                      .with_remedy("mailward connection enable " + stored.id.text()));
    }
    job.input.form = std::move(stored.form);
  }
  if (request.form) {
    if (const auto problems = check_form(*request.form); !problems.empty()) return fail(form_error(problems));
    job.input.form = trimmed(*std::move(request.form));
  } else if (!request.connection) {
    return fail(ConnectionsError::invalid_form, "neither a connection nor a form was given to test");
  }
  if (!request.mailbox_check.empty()) {
    MW_TRY(const std::string mailbox_check, checked_smtp_address(request.mailbox_check));
    // What another mailbox shows is not the state of the stored connection.
    job.unsaved = job.unsaved || mailbox_check != job.input.form.mailbox_check;
    job.input.form.mailbox_check = mailbox_check;
  }
  MW_TRY(job.input.account, normalised_account_name(job.input.form.master_mailbox));
  if (auto account = parts.ledger.find_account(job.input.account)) {
    job.account = *std::move(account);
    if (!job.account->enabled) {
      return fail(Error(ConnectionsError::account_disabled, "the service account " + job.account->name + " is disabled")
                      .with_remedy("mailward account enable " + job.account->id.text()));
    }
    directory = job.account->directory;
  } else if (!account.error().is(ConnectionsError::unknown_account)) {
    return fail(std::move(account).error());
  }
  if (directory) {
    MW_TRY(job.input.directory, parts.ledger.directory(*directory));
  }
  MW_TRY(
      job.input.destination,
      destination_text(job.input.form, job.input.directory ? std::optional(job.input.directory->form) : std::nullopt));
  MW_CHECK(check_shown(request.password, job.input.destination));
  MW_CHECK(check_shown(request.proxy_password, job.input.destination));
  if (request.password) {
    job.input.password = std::move(request.password->secret);
    job.input.password_confirmed = request.password->confirmed;
  }
  if (request.proxy_password) job.input.proxy_password = std::move(request.proxy_password->secret);
  job.input.try_again = request.try_again;
  job.input.deep = request.deep;
  job.input.by_schedule = by.actor == audit::Actor::system(kHeartbeat);
  job.input.request_id = by.request_id;
  nlohmann::ordered_json input{{"account", job.input.account},
                               {"ews_url", job.input.form.ews_url},
                               {"mailbox_check", job.input.form.mailbox_check},
                               {"unsaved", job.unsaved},
                               {"deep", job.input.deep},
                               {"password", job.input.password ? "typed" : "stored"}};
  const std::string subject = job.connection ? "connection:" + job.connection->text() : "form:" + job.input.account;
  MW_TRY(job.run, parts.runs.create({.kind = std::string(kTestRun),
                                     .subject = subject,
                                     .actor = by.actor,
                                     .request_id = by.request_id,
                                     .input = input.dump()}));
  return job;
}

const TestRuns::Parts& TestRuns::parts() const {
  return state_->parts;
}

Result<std::shared_ptr<void>> TestRuns::search_place() {
  std::atomic<int>& searches = state_->searches;
  if (searches.fetch_add(1) >= kSearches) {
    --searches;
    return fail(Error(BaseError::pool_full, "four searches by Autodiscover are under way")
                    .with_remedy("try again when one of them has ended: within a minute"));
  }
  return std::shared_ptr<void>(nullptr, [&searches](void*) { --searches; });
}

Result<work::RunId> TestRuns::start(TestRequest request, const By& by) {
  MW_TRY(auto prepared, state_->prepare(std::move(request), by));
  auto job = std::make_shared<Job>(std::move(prepared));
  const work::RunId run = job->run;
  std::stop_source stop;
  {
    const std::lock_guard lock(state_->mutex);
    state_->running.emplace(run, stop);
  }
  const Status submitted = state_->pool.submit([state = state_.get(), job, stop] {
    try {
      state->run(*job, stop.get_token());
    } catch (const std::exception& broken) {
      // A broken invariant ends this test, not the service; a try that was written down stays so.
      log::error("connection_test.broken", {{"run", job->run.text()}, {"what", broken.what()}});
      if (auto ended = state->parts.runs.finish(job->run, work::RunState::failed); !ended) {
        log::failure("connection_test.not_finished", ended.error());
      }
    }
    const std::lock_guard lock(state->mutex);
    state->running.erase(job->run);
  });
  if (!submitted) {
    const std::lock_guard lock(state_->mutex);
    state_->running.erase(run);
    MW_CHECK(state_->parts.runs.finish(run, work::RunState::cancelled));
    return fail(submitted.error());
  }
  return run;
}

Status TestRuns::cancel(work::RunId run) {
  const std::lock_guard lock(state_->mutex);
  if (const auto found = state_->running.find(run); found != state_->running.end()) found->second.request_stop();
  return {};
}

void TestRuns::State::run(Job& job, const std::stop_token& stop) {
  if (auto started = parts.runs.start(job.run); !started) {
    log::failure("connection_test.not_started", started.error());
    return;
  }
  StepLog steps(parts.ledger.database(), parts.runs, job.run);
  AccountHold hold(parts.ledger.database(), parts.runs.process() + "/" + job.run.text(), parts.clock);
  const Status held = take(job, hold, stop);
  CourseResult result;
  if (!held) {
    result = plain_result(
        held.error().is(work::WorkError::lease_taken) ? FailureClass::account_busy : FailureClass::internal_error,
        held.error().message());
    steps.add("account", work::StepOutcome::failed, Facts().add("error", result.sentence), result.remedy);
  } else {
    result = test(job, hold, steps, stop);
  }
  const auto end_with = [&] {
    if (stop.stop_requested()) return work::RunState::cancelled;
    return result.failure == FailureClass::internal_error ? work::RunState::failed : work::RunState::succeeded;
  };
  Status kept = steps.flush();
  if (kept) kept = keep(job, result, hold, held ? Begun::yes : Begun::no, end_with());
  if (kept) return;
  log::failure("connection_test.result_not_kept", kept.error());
  result = plain_result(FailureClass::internal_error, kept.error().message());
  // At once: whoever sees the end may test again.
  const Status finished = parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(hold.give_back(tx));
    return parts.runs.finish(tx, job.run, end_with(), result.json);
  });
  if (!finished) log::failure("connection_test.not_finished", finished.error());
}

/// Another's test of the account ends this one, but for that of a password that was just typed: it is waited for.
Status TestRuns::State::take(const Job& job, AccountHold& hold, const std::stop_token& stop) const {
  const Deadline patience = Deadline::after(kLongestTest, parts.clock);
  for (;;) {
    Status held = hold.take(job.input.account);
    if (held || !job.account || !held.error().is(work::WorkError::lease_taken)) return held;
    MW_TRY(const auto rotation, parts.ledger.database().read([&](db::Session& session) {
      return rotation_rows::open_of(session, job.account->id);
    }));
    const bool is_proof = rotation && rotation->mode == RotationMode::manual;
    if (!is_proof || stop.stop_requested() || patience.expired(parts.clock)) return held;
    std::mutex nobodys;
    std::unique_lock lock(nobodys);
    std::condition_variable_any never;
    never.wait_for(lock, stop, kBetweenAttempts, [] { return false; });
  }
}

/// Whether its reader's password still stands, or was refused, shows only now. A password never goes elsewhere than it
/// was asked for: a test whose directory is another by now does not begin.
Status TestRuns::State::read_directory_again(Job& job) const {
  std::optional<DirectoryId> id;
  if (job.account) {
    id = job.account->directory;
  } else if (job.input.directory) {
    id = job.input.directory->id;
  }
  job.input.directory.reset();
  if (id) {
    MW_TRY(job.input.directory, parts.ledger.directory(*id));
  }
  const auto form = job.input.directory ? std::optional(job.input.directory->form) : std::nullopt;
  MW_TRY(const auto destination, destination_text(job.input.form, form));
  if (destination == job.input.destination) return {};
  return fail(ConnectionsError::account_busy, "the directory was changed while the test waited; test again");
}

/// The stored one opens for the proxy that it was typed for, and for no other that a form names.
void TestRuns::State::read_proxy_password(Job& job) const {
  CourseInput& input = job.input;
  if (!job.connection) {
    input.no_proxy_password = Error(ConnectionsError::no_password, "the proxy's password was not given");
    return;
  }
  const auto stored = parts.ledger.connection(*job.connection);
  auto opened = stored ? parts.ledger.open_proxy_password(*stored, input.form.proxy) : fail(stored.error());
  if (opened && *opened) {
    input.proxy_password = **std::move(opened);
  } else {
    input.no_proxy_password =
        Error(ConnectionsError::no_password, "no password of the proxy is stored that was typed for this one");
  }
}

CourseResult TestRuns::State::test(Job& job, AccountHold& hold, StepLog& steps, const std::stop_token& stop) {
  CourseInput& input = job.input;
  // Read again now that the account is held: it may have been edited since the test was asked for.
  if (job.account) {
    auto account = parts.ledger.account(job.account->id);
    if (!account) return plain_result(FailureClass::internal_error, account.error().message());
    job.account = *std::move(account);
    if (!job.account->enabled)
      return plain_result(FailureClass::cancelled, "the service account is disabled in Mailward");
  }
  if (Status same = read_directory_again(job); !same) {
    return plain_result(FailureClass::account_busy, same.error().message());
  }
  if (!input.password && job.account) {
    auto opened = parts.ledger.open_password(*job.account, input.destination);
    if (opened) {
      input.password = std::move(opened->secret);
      input.version = std::move(opened->version);
    } else {
      input.no_password =
          Finding{FailureClass::password_missing, opened.error().message(), Weight::parked,
                  opened.error().remedy().empty() ? std::string(info_of(FailureClass::password_missing).remedy)
                                                  : opened.error().remedy()};
    }
  }
  if (!input.proxy_password && input.form.proxy.signs_in()) read_proxy_password(job);
  if (input.directory) {
    auto reader = parts.readers.open(*input.directory);
    if (!reader) return plain_result(FailureClass::internal_error, reader.error().message());
    input.reader = *std::move(reader);
  }
  const CourseParts course_parts{parts.ledger,       parts.refusals, parts.proxies, parts.transport, parts.resolver,
                                 parts.destinations, parts.clock,    hold,          parts.runs};
  return run_course(course_parts, input, steps, Deadline::after(kLongestTest, parts.clock), stop);
}

/// What the test's end changes, all at once: the books, the audit line, and the run's end. Only the steps (for those
/// who watch) and the refusal memory (before and after each try, so that a kill costs none) are written as it goes.
Status TestRuns::State::keep(const Job& job, const CourseResult& result, const AccountHold& hold, Begun begun,
                             work::RunState end) {
  std::optional<Sha256> password;
  if (job.input.password && (result.password_refused || (!job.input.version && result.password_right))) {
    MW_TRY(password, hash(job.input.account, *job.input.password));
  }
  MW_CHECK(parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    if (begun == Begun::yes) MW_CHECK(keep_in_books(tx, job, result));
    // Heartbeats are many: what they find stands in the trail where it changes the connection's state.
    if (job.by.actor != audit::Actor::system(kHeartbeat)) MW_CHECK(parts.trail.append(tx, audit_line_of(job, result)));
    MW_CHECK(hold.give_back(tx));
    return parts.runs.finish(tx, job.run, end, result.json);
  }));
  const bool was_typed = job.input.password && !job.input.version;
  if (begun == Begun::no || (!password && !was_typed)) return {};
  const std::lock_guard lock(mutex);
  // The last test of a typed password counts, and no other.
  std::erase_if(proofs, [&](const Proof& one) {
    return one.account == job.input.account && (was_typed || equal_digests(one.password, *password));
  });
  if (!password) return {};
  if (result.password_right) {
    proofs.push_front({job.input.account, job.input.destination, *password, parts.clock.now(), result, job.run.text(),
                       job.connection});
  }
  if (proofs.size() > kMostProofs) proofs.pop_back();
  return {};
}

Status TestRuns::State::keep_in_books(db::Transaction& tx, const Job& job, const CourseResult& result) const {
  Ledger& ledger = parts.ledger;
  const bool about_stored = job.connection && !job.unsaved && result.state != ConnectionState::untested;
  if (about_stored) MW_CHECK(note_verdict(tx, *job.connection, result, job.run.text(), job.by));
  if (about_stored && result.certificate_until) {
    MW_TRY(const auto connection, rows::connection(tx, *job.connection));
    MW_CHECK(notices::certificate_expires(tx, connection, *result.certificate_until, parts.clock.now()));
  }
  if (!job.account) return {};
  const AccountId account = job.account->id;
  if (const auto& version = job.input.version) {
    if (result.password_right) {
      MW_CHECK(ledger.promote(tx, account, version->id, job.by));
      if (result.pwd_last_set && !version->pwd_last_set) {
        MW_CHECK(ledger.note_known(tx, version->id, version->controller, result.pwd_last_set));
      }
      if (version->refused) MW_CHECK(ledger.clear_refused(tx, account, version->id, job.by));
      MW_CHECK(secrets::record_use(tx, "service_account", account.text(), parts.clock.now()));
    }
    // One that is known to be refused is marked so, that the one in force is used in its place.
    if (result.password_refused || result.failure == FailureClass::refused_before) {
      MW_CHECK(ledger.mark_refused(tx, account, version->id, name_of(result.failure), job.by));
    }
  }
  if (result.sid.empty()) return {};
  MW_CHECK(ledger.note_expiry(tx, account, result.password_expires));
  MW_CHECK(notices::password_expires(tx, account, job.account->name, result.password_expires, parts.clock.now()));
  return ledger.note_resolved(tx, account, result.sid, result.resolved);
}

Status TestRuns::State::note_verdict(db::Transaction& tx, ConnectionId connection, const CourseResult& result,
                                     std::string_view run, const By& by, std::optional<Timestamp> at) const {
  const bool healthy = result.failure == FailureClass::none;
  return parts.ledger.note_state(tx, connection, result.state, healthy ? "" : name_of(result.failure),
                                 healthy ? "" : result.sentence, run, by, at);
}

/// A password was saved that is known to be refused: that it is not used in vain, and where no other one serves, that a
/// person is needed.
Status TestRuns::State::keep_refusal(ConnectionId connection, const ServiceAccount& account,
                                     const Ledger::OpenedPassword& saved, const TriedPassword& tried,
                                     const By& by) const {
  if (tried.state != TriedPassword::State::refused) return {};
  const CourseResult result = plain_result(FailureClass::refused_before, "at " + format_timestamp(tried.at));
  const bool is_only = account.active() == nullptr;
  return parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(parts.ledger.mark_refused(tx, account.id, saved.version.id, tried.failure_class, by));
    return is_only ? note_verdict(tx, connection, result, {}, by, tried.at) : Status();
  });
}

Result<Sha256> TestRuns::State::hash(const std::string& account, const SecretString& password) const {
  Bytes data = to_bytes(account);
  data.push_back(0);
  data.insert(data.end(), password.reveal_bytes().begin(), password.reveal_bytes().end());
  auto digest = parts.keyring.keyed_hash("proof", data);
  wipe(data);
  return digest;
}

Status TestRuns::settle_saved(ConnectionId connection, const By& by) {
  MW_TRY(const auto stored, state_->parts.ledger.connection(connection));
  MW_TRY(const auto account, state_->parts.ledger.account(stored.account));
  std::optional<DirectoryForm> directory;
  if (account.directory) {
    MW_TRY(auto record, state_->parts.ledger.directory(*account.directory));
    directory = std::move(record.form);
  }
  MW_TRY(const auto destination, destination_text(stored.form, directory));
  auto opened = state_->parts.ledger.open_password(account, destination);
  if (!opened || opened->version.state != CredentialState::pending) return {};
  MW_TRY(const auto tried, state_->parts.refusals.recall(account.normalised, opened->secret));
  if (tried) return state_->keep_refusal(connection, account, *opened, *tried, by);
  MW_TRY(const Sha256 password, state_->hash(account.normalised, opened->secret));
  std::optional<Proof> proof;
  {
    const std::lock_guard lock(state_->mutex);
    const Timestamp oldest = state_->parts.clock.now() - kProofLasts;
    std::erase_if(state_->proofs, [&](const Proof& one) { return one.at < oldest; });
    for (const Proof& one : state_->proofs) {
      const bool same = one.account == account.normalised && one.destination == destination &&
                        (!one.connection || one.connection == connection) && equal_digests(one.password, password);
      if (same && !proof) proof = one;
    }
  }
  if (!proof) return {};
  return state_->parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(state_->note_verdict(tx, connection, proof->result, proof->run, by, proof->at));
    MW_CHECK(state_->parts.ledger.promote(tx, account.id, opened->version.id, by));
    return state_->parts.ledger.note_known(tx, opened->version.id, {}, proof->result.pwd_last_set);
  });
}

}  // namespace mailward::connections
