#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/course.h"
#include "connections/password.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""min;

/// Tries that are never used up: the administrator needs some too.
constexpr int kTriesKept = 2;
constexpr std::chrono::minutes kCountedLate = 2min;

/// What the account's flags alone say: nothing need be tried then.
std::optional<FailureClass> state_of(const directory::Account& account) {
  if (account.locked) return FailureClass::account_locked;
  if (!account.enabled) return FailureClass::account_disabled;
  if (account.account_expired) return FailureClass::account_expired;
  if (account.must_change_password) return FailureClass::must_change_password;
  if (account.password_expired) return FailureClass::password_expired;
  return std::nullopt;
}

void count_tries(Course& course, Facts& facts) {
  LockoutReading& reading = course.reading;
  int worst = 0;
  std::string counts;
  for (const directory::SignInCounters& one : reading.counters) {
    if (one.pwd_last_set && (!reading.pwd_last_set || *one.pwd_last_set > *reading.pwd_last_set)) {
      reading.pwd_last_set = one.pwd_last_set;
    }
    if (!one.bad_password_count) continue;
    int count = *one.bad_password_count;
    // The count stands until the next sign-in, but begins anew once the window has passed.
    const bool stale = reading.policy && one.bad_password_time &&
                       course.parts.clock.now() - *one.bad_password_time > reading.policy->observation_window;
    if (stale) count = 0;
    worst = std::max(worst, count);
    counts += fmt::format("{}{}: {}", counts.empty() ? "" : ", ", one.controller, count);
  }
  facts.add("bad_password_counts", counts);
  if (reading.pwd_last_set) facts.add("password_last_set", format_timestamp(*reading.pwd_last_set));
  if (!reading.policy) return;
  facts.add("lockout_policy", reading.policy->name);
  facts.add("lockout_threshold", static_cast<std::int64_t>(reading.policy->threshold));
  if (reading.policy->threshold > 0 && !counts.empty()) {
    reading.tries_left = std::max(0, reading.policy->threshold - worst);
    facts.add("tries_left", static_cast<std::int64_t>(*reading.tries_left));
  }
}

/// The policy in force; where a fine-grained one may apply and cannot be read, the domain's, and that is said.
void read_policy(Course& course, const directory::Account& account, Deadline deadline, Facts& facts,
                 work::StepOutcome& outcome, std::string& remedy) {
  auto policy = course.directory->lockout_policy(account, deadline, course.stop);
  if (!policy) {
    facts.add("fine_grained_policy", policy.error().message());
    remedy = policy.error().remedy();
    outcome = work::StepOutcome::note;
    policy = course.directory->domain_lockout_policy(deadline, course.stop);
  }
  if (policy) course.reading.policy = *std::move(policy);
}

/// Reads the account. An unreachable directory is no failure of the connection: the test goes on and says what it could
/// not tell. False where the account itself cannot be signed in with.
bool read_account(Course& course, Facts& facts, work::StepOutcome& outcome, std::string& remedy) {
  const Deadline deadline = course.step_deadline();
  auto found = course.directory->find_account(course.input.account, deadline, course.stop);
  if (!found) {
    facts.add("error", found.error().message());
    remedy = found.error().remedy();
    if (found.error().is(directory::DirectoryError::not_found)) {
      Finding unknown = course.finding(FailureClass::account_unknown, found.error().message());
      outcome = work::StepOutcome::failed;
      remedy = unknown.remedy;
      course.note(std::move(unknown));
      return false;
    }
    outcome = work::StepOutcome::warning;
    return true;
  }
  course.reading.account = *found;
  facts.add("account", found->dn).add("sid", found->sid).add("upn", found->user_principal_name);
  facts.add("controller", found->controller).add("recipient", directory::recipient_kind_name(found->recipient));
  // The same account may be known here by another name too; by its SID it is held once.
  if (const Status held = course.parts.hold.take("sid:" + found->sid); !found->sid.empty() && !held) {
    Finding busy = course.finding(FailureClass::account_busy, held.error().message());
    outcome = work::StepOutcome::failed;
    facts.add("error", busy.sentence);
    course.note(std::move(busy));
    return false;
  }
  read_policy(course, *found, deadline, facts, outcome, remedy);
  course.reading.counters = course.directory->sign_in_counters(*found, deadline, course.stop);
  course.reading.pwd_last_set = found->pwd_last_set;
  count_tries(course, facts);
  if (const auto state = state_of(*found)) {
    Finding finding = course.finding(*state, fmt::format("Active Directory shows the account {} so", found->dn));
    finding.sentence = std::string(info_of(*state).title);
    outcome = work::StepOutcome::failed;
    remedy = finding.remedy;
    facts.add("error", finding.sentence);
    course.note(std::move(finding));
    return false;
  }
  return true;
}

/// Whether an interrupted try turns out to have failed: a controller counted a bad password since.
std::optional<bool> counted_since(const Course& course, Timestamp since) {
  bool readable = false;
  for (const directory::SignInCounters& one : course.reading.counters) {
    if (one.error) return std::nullopt;
    readable = true;
    // Controllers keep the time to their own clock; a minute of difference is common.
    if (one.bad_password_time && *one.bad_password_time + 1min >= since) return true;
  }
  return readable ? std::optional(false) : std::nullopt;
}

/// A password that has served and that nobody has changed since: it may be used however few tries are left, and
/// whatever became of the last one.
bool is_proven(const Course& course) {
  const auto& version = course.input.version;
  const auto& set = course.reading.pwd_last_set;
  if (!version || version->state != CredentialState::active || version->refused || !set) return false;
  if (version->pwd_last_set) return *set == *version->pwd_last_set;
  return version->promoted && *set <= *version->promoted;
}

/// Whether one more try is due by itself: an active password whose last try was cut short, once the lock-out window is
/// over.
bool may_be_resumed(const Course& course, const TriedPassword& tried) {
  const auto& version = course.input.version;
  return tried.state == TriedPassword::State::being_tried && version && version->state == CredentialState::active &&
         !version->refused;
}

/// An interrupted try: what the directory knows of it by now. Nothing where it cannot tell.
std::optional<bool> was_counted(const Course& course, const TriedPassword& tried) {
  const auto counted = counted_since(course, tried.at);
  // A server that was still at work when the test ended counts a little later.
  if (counted == false && course.parts.clock.now() < tried.at + kCountedLate) return std::nullopt;
  return counted;
}

/// What the memory of refused passwords says. Nothing where the password may be tried.
Result<std::optional<Finding>> recall(Course& course) {
  MW_TRY(const auto tried, course.recall());
  if (!tried) return std::nullopt;
  const auto& now_set = course.reading.pwd_last_set;
  if (now_set && tried->pwd_last_set && *now_set != *tried->pwd_last_set) {
    course.forget_try();  // the account has another password since
    return std::nullopt;
  }
  const Duration window =
      course.reading.policy ? Duration(course.reading.policy->observation_window) : Duration(kUsualLockoutWindow);
  const Timestamp again = tried->at + window;
  const bool over = course.parts.clock.now() >= again;
  if (tried->state == TriedPassword::State::being_tried) {
    if (is_proven(course)) return std::nullopt;
    const auto counted = was_counted(course, *tried);
    if (counted == false) return std::nullopt;
    if (counted == true) {
      course.keep_refusal(class_of_refused(course));
    } else if (over && (course.input.try_again || may_be_resumed(course, *tried))) {
      return std::nullopt;
    } else {
      return course.finding(FailureClass::try_interrupted,
                            fmt::format("a try of this password at {} was interrupted; one more is possible from {} on",
                                        format_timestamp(tried->at), format_timestamp(again)));
    }
  }
  if (course.input.try_again && over) return std::nullopt;
  std::string sentence = fmt::format("this password was refused at {} ({})", format_timestamp(tried->at),
                                     tried->failure_class.empty() ? "interrupted" : tried->failure_class);
  sentence += over ? "; one more try can be asked for"
                   : fmt::format("; one more try is possible from {} on", format_timestamp(again));
  return course.finding(FailureClass::refused_before, std::move(sentence));
}

/// Whether the password may be tried; else the finding that says why not.
Result<std::optional<Finding>> hold_back(Course& course) {
  const CourseInput& input = course.input;
  if (!input.password) {
    return input.no_password ? *input.no_password : course.finding(FailureClass::password_missing);
  }
  if (!input.version && !input.password_confirmed) {
    const auto oddities = password_oddities(*input.password, input.form.authentication);
    if (!oddities.empty()) return course.finding(FailureClass::password_suspicious, oddities.front());
  }
  MW_TRY(auto remembered, recall(course));
  if (remembered) return remembered;
  const bool never_locks = course.reading.policy && course.reading.policy->threshold == 0;
  if (!course.reading.tries_left && !never_locks && !input.version) {
    MW_TRY(const auto until, course.parts.refusals.braked_until(input.account));
    if (until) {
      return course.finding(FailureClass::lockout_near,
                            fmt::format("five passwords of this account were refused within half an hour, and no "
                                        "directory tells how many tries are left: the next is possible from {} on",
                                        format_timestamp(*until)));
    }
  }
  if (course.reading.tries_left && *course.reading.tries_left <= kTriesKept && !is_proven(course)) {
    return course.finding(FailureClass::lockout_near,
                          fmt::format("{} of {} tries are left before Active Directory locks the account",
                                      *course.reading.tries_left, course.reading.policy->threshold));
  }
  return std::nullopt;
}

}  // namespace

FailureClass class_of_refused(const Course& course) {
  const auto& version = course.input.version;
  const bool has_served = version && version->state == CredentialState::active;
  return has_served && version->was_replaced(course.reading.pwd_last_set) ? FailureClass::password_changed_elsewhere
                                                                          : FailureClass::bad_password;
}

bool examine_account(Course& course) {
  course.steps.begin("account");
  Facts facts;
  facts.add("master_mailbox", course.input.form.master_mailbox);
  work::StepOutcome outcome = work::StepOutcome::ok;
  std::string remedy;
  course.directory = course.input.reader.directory;
  if (course.directory) {
    if (!read_account(course, facts, outcome, remedy)) {
      course.steps.end(outcome, facts, remedy);
      return false;
    }
  } else if (!course.input.reader.why_not.empty()) {
    facts.add("error", course.input.reader.why_not);
    remedy = course.input.reader.remedy;
    outcome = work::StepOutcome::warning;
  } else {
    outcome = work::StepOutcome::note;
    facts.add("directory", course.input.directory ? "it has no reader" : "none is set for this account");
    remedy =
        "With a directory reader (mailward directory add, mailward account edit --directory) a refusal can be told "
        "apart "
        "from an overloaded server, and how many tries are left is known.";
  }
  auto held = hold_back(course);
  if (!held) {
    log::failure("connection_test.refusals_unreadable", held.error());
    held = course.finding(FailureClass::internal_error, held.error().message());
  }
  if (*held) {
    course.steps.end(work::StepOutcome::failed, facts.add("error", (*held)->sentence), (*held)->remedy);
    course.note(**std::move(held));
    return false;
  }
  course.steps.end(outcome, facts, remedy);
  return true;
}

}  // namespace mailward::connections
