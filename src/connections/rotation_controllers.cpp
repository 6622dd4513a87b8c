#include <algorithm>
#include <condition_variable>

#include "base/log.h"
#include "connections/audit_lines.h"
#include "connections/rotation_state.h"

/// The controllers other than the one that took the password: what they show is read, and only where they show the
/// change is the new password tried, once.
namespace mailward::connections {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::chrono::milliseconds kBetweenReadings = 1000ms;
constexpr std::chrono::seconds kOneStep = 30s;

enum class Shows { the_change, the_one_before, another };

Shows shown_by(const directory::SignInCounters& one, Timestamp changed) {
  if (one.error || !one.pwd_last_set || *one.pwd_last_set < changed) return Shows::the_one_before;
  return *one.pwd_last_set == changed ? Shows::the_change : Shows::another;
}

std::string list_of(const std::vector<std::string>& hosts) {
  std::string text;
  for (const std::string& host : hosts) text += (text.empty() ? "" : ", ") + host;
  return text;
}

bool holds(const std::vector<std::string>& hosts, const std::string& host) {
  return std::ranges::find(hosts, host) != hosts.end();
}

}  // namespace

void pause(std::chrono::milliseconds span, const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any nobody;
  nobody.wait_for(lock, stop, span, [] { return false; });
}

const directory::SignInCounters* newest_of(const std::vector<directory::SignInCounters>& counters) {
  const directory::SignInCounters* newest = nullptr;
  for (const directory::SignInCounters& one : counters) {
    if (one.error || !one.pwd_last_set) continue;
    if (newest == nullptr || *one.pwd_last_set > *newest->pwd_last_set) newest = &one;
  }
  return newest;
}

Result<std::shared_ptr<const directory::Directory>> Rotations::State::directory_of(const ServiceAccount& account) {
  if (account.reset_account) {
    if (auto opened = resets.open(account)) return opened;
  }
  if (!account.directory) return fail(ConnectionsError::cannot_rotate, account.name + " lives in no directory");
  MW_TRY(const auto record, parts.ledger.directory(*account.directory));
  MW_TRY(const auto reader, parts.readers.open(record));
  if (!reader.directory) return fail(ConnectionsError::cannot_rotate, "the directory has no reader");
  return reader.directory;
}

void RotationCourse::follow_controllers() {
  const auto stored = parts().ledger.account(rotation.account);
  const auto skip = [&](const std::string& why) {
    steps.add("controllers", work::StepOutcome::skipped, Facts().add("directory", why));
  };
  if (!stored || stored->active() == nullptr || stored->active()->id != rotation.version) {
    return skip("another password is in force by now");
  }
  // After a restart all has to be asked anew.
  if (!directory) {
    auto opened = state.directory_of(*stored);
    if (!opened) return skip(opened.error().message());
    directory = *std::move(opened);
  }
  if (!account) {
    auto found = directory->find_account(stored->name, step_deadline(), stop);
    if (!found) return skip(found.error().message());
    account = *std::move(found);
  }
  const auto changed = rotation.pwd_last_set_after ? rotation.pwd_last_set_after : stored->active()->pwd_last_set;
  if (!changed) return skip("it does not say when the password was set");
  if (password.empty()) {
    auto secret = parts().ledger.open_in_directory(*stored, *stored->active());
    if (!secret) return skip(secret.error().message());
    password = *std::move(secret);
  }
  const auto record = parts().ledger.directory(*stored->directory);
  const std::string name = bind_name(*account, record ? record->form.domain : std::string());

  steps.begin("controllers");
  Facts facts;
  facts.add("taken_by", rotation.controller);
  const Deadline deadline = Deadline::after(parts().replication_wait, parts().clock);
  std::vector<std::string> accepted;
  std::vector<std::string> refused;
  std::vector<std::string> others;  // show a third password
  for (;;) {
    rotation.behind.clear();
    others.clear();
    for (const auto& one : directory->sign_in_counters(*account, step_deadline(), stop)) {
      const std::string& host = one.controller;
      if (!one.error) {
        baseline.try_emplace(
            host, WatchedController{.bad_password_time = one.bad_password_time, .lockout_time = one.lockout_time});
      }
      if (host == rotation.controller || holds(accepted, host) || holds(refused, host)) continue;
      const Shows shows = shown_by(one, *changed);
      if (shows == Shows::the_one_before) rotation.behind.push_back(host);
      if (shows == Shows::another) others.push_back(host);
      if (shows != Shows::the_change) continue;
      const Status took = directory->try_password(host, name, password, step_deadline(), stop);
      (took ? accepted : refused).push_back(host);
      if (!took) facts.add("error", host + ": " + took.error().message());
    }
    keep_loads();
    if (rotation.behind.empty() || deadline.expired(parts().clock) || stop.stop_requested()) break;
    pause(kBetweenReadings, stop);
  }
  facts.add("accepted_by", list_of(accepted)).add("behind", list_of(rotation.behind));
  if (!others.empty()) facts.add("show_another_password", list_of(others));
  const bool well = rotation.behind.empty() && refused.empty() && others.empty();
  degraded = degraded || !well;
  std::string advice;
  if (!rotation.behind.empty()) {
    advice = "Let them replicate: repadmin /syncall /AdeP; Mailward does not sign in there before, and does once then.";
  } else if (!others.empty()) {
    advice = "Somebody has set another password since: find out who, then rotate again.";
  }
  steps.end(well ? work::StepOutcome::ok : work::StepOutcome::warning, facts, advice);
}

void Rotations::State::look_at_controllers(const Rotation& rotation) {
  const MonotonicTime now = parts.clock.monotonic();
  {
    const std::scoped_lock lock(mutex);
    const auto seen = looked_at.find(rotation.run);
    if (seen != looked_at.end() && now - seen->second < parts.replication_wait) return;
    if (!driven.insert(rotation.run).second) return;
    looked_at[rotation.run] = now;
  }
  const auto done = [this, run = rotation.run] {
    const std::scoped_lock lock(mutex);
    driven.erase(run);
  };
  const Status taken = pool.submit([this, rotation, done] {
    if (const Status looked = catch_up(rotation); !looked) log::failure("rotation.controllers", looked.error());
    done();
  });
  if (!taken) done();
}

Status Rotations::State::catch_up(Rotation rotation) {
  const auto stopping = stop.get_token();
  const auto deadline = [&] { return Deadline::after(kOneStep, parts.clock); };
  MW_TRY(const auto stored, parts.ledger.account(rotation.account));
  const CredentialVersion* active = stored.active();
  if (active == nullptr || active->id != rotation.version || active->refused) return {};
  const auto changed = rotation.pwd_last_set_after ? rotation.pwd_last_set_after : active->pwd_last_set;
  if (!changed || !stored.directory) return {};
  MW_TRY(const auto directory, directory_of(stored));
  MW_TRY(const auto account, directory->find_account(stored.name, deadline(), stopping));
  MW_TRY(const auto record, parts.ledger.directory(*stored.directory));
  for (const auto& one : directory->sign_in_counters(account, deadline(), stopping)) {
    if (!holds(rotation.behind, one.controller)) continue;
    const Shows shows = shown_by(one, *changed);
    if (shows == Shows::the_one_before) continue;
    CaughtUp caught{.controller = one.controller, .at = parts.clock.now(), .accepted = false};
    std::string error = "it shows another password than the one that was set here";
    if (shows == Shows::the_change) {
      MW_TRY(const auto password, parts.ledger.open_in_directory(stored, *active));
      const Status took = directory->try_password(one.controller, bind_name(account, record.form.domain), password,
                                                  deadline(), stopping);
      // It did not judge the password: it is asked again another time.
      if (!took && !took.error().is(directory::DirectoryError::bad_password)) continue;
      caught.accepted = took.has_value();
      error = took ? std::string() : took.error().message();
    }
    std::erase(rotation.behind, one.controller);
    rotation.caught_up.push_back(caught);
    const nlohmann::json details = {{"run", rotation.run.text()},
                                    {"controller", caught.controller},
                                    {"accepted", caught.accepted},
                                    {"error", error}};
    MW_CHECK(parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(rotation_rows::note_controllers(tx, rotation));
      return audit_lines::append(
          tx, parts.trail, {.actor = audit::Actor::system("rotation"), .source = {}, .token = {}, .request_id = {}},
          {"account.controller_caught_up", "account", rotation.account.text(), details,
           caught.accepted ? "ok" : "refused"});
    }));
  }
  return {};
}

}  // namespace mailward::connections
