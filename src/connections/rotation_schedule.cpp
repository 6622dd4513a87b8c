#include "connections/rotation_schedule.h"

#include <algorithm>
#include <array>
#include <map>

#include "base/log.h"
#include "connections/rows.h"

namespace mailward::connections {
namespace {

using std::chrono::days;
using std::chrono::hours;

constexpr Duration kFirstPause = hours(1);
constexpr Duration kLongestPause = hours(24);
constexpr std::array kBefore{days(14), days(7), days(3), days(1), days(0)};
constexpr days kAfterwards{7};

/// Since when the account's password is in force.
std::optional<Timestamp> set_of(const ServiceAccount& account) {
  const CredentialVersion* active = account.active();
  if (active == nullptr) return std::nullopt;
  if (active->pwd_last_set) return active->pwd_last_set;
  return active->promoted.value_or(active->created);
}

/// The password that the connections use: of twins that of the one that they sign in as.
struct InUse {
  Timestamp set;
  std::optional<Timestamp> expires;  ///< as the directory shows of this one
};
std::optional<InUse> in_use_of(const ServiceAccount& account) {
  const auto set = set_of(account);
  if (!set) return std::nullopt;
  const bool is_of_this_one = account.password_expires && *account.password_expires > *set;
  return InUse{.set = *set, .expires = is_of_this_one ? account.password_expires : std::nullopt};
}
Result<std::optional<InUse>> in_use(db::Session& session, const RotationPlan& plan, const ServiceAccount& account) {
  if (plan.mode != RotationMode::twin || !account.twin) return in_use_of(account);
  MW_TRY(const auto twin, rows::account(session, *account.twin));
  MW_TRY(const auto users, rows::connections_of(session, twin.id));
  return in_use_of(users.empty() ? account : twin);
}

/// Whether a rotation of any account of the organisation has not ended: those of the directory, or the account itself.
Result<bool> organisation_is_busy(db::Session& session, const ServiceAccount& account) {
  MW_TRY(const auto row,
         session.query_row("SELECT COUNT(*) FROM rotation JOIN service_account ON service_account.id = "
                           "rotation.account_id WHERE rotation.ended IS NULL AND (rotation.account_id = $1 OR "
                           "service_account.directory_id = $2)",
                           {account.id, account.directory}));
  return row && row->integer(0) > 0;
}

/// The last moment of a reminder that has come.
std::optional<Timestamp> reminder_due(Timestamp deadline, Timestamp now) {
  std::optional<Timestamp> last;
  for (const days before : kBefore) {
    if (deadline - before <= now) last = deadline - before;
  }
  if (now > deadline) {
    const auto weeks = (now - deadline) / Duration(kAfterwards);
    last = deadline + weeks * Duration(kAfterwards);
  }
  return last;
}

}  // namespace

Result<std::optional<Error>> obstacle_to(db::Session& session, const ServiceAccount& account, RotationMode mode) {
  using enum ConnectionsError;
  if (!account.enabled) {
    return Error(account_disabled, "the service account " + account.name + " is disabled")
        .with_remedy("mailward account enable " + account.id.text());
  }
  // Of twins the one that rests may have none yet (idle_twin); what is handed over may be the first.
  const bool needs_password = mode != RotationMode::external && mode != RotationMode::twin;
  if (account.active() == nullptr && needs_password) {
    return Error(no_password, "no password of " + account.name + " has signed in yet")
        .with_remedy("type one and test a connection: mailward account password");
  }
  if (mode == RotationMode::manual) {
    return Error(cannot_rotate, "the password of " + account.name + " is renewed by hand")
        .with_remedy("reset it in Active Directory and type it: mailward account password " + account.id.text() +
                     "; or choose another way: mailward account schedule " + account.id.text() + " --mode");
  }
  if (!account.directory) {
    return Error(cannot_rotate,
                 "the account " + account.name + " lives in no directory, so nobody can set its password there")
        .with_remedy(
            "name its directory first: mailward account edit --directory; or renew the password by hand: "
            "mailward account password");
  }
  if (mode == RotationMode::delegated_reset && !account.reset_account) {
    return Error(cannot_rotate, "no account is named that may set the password of " + account.name)
        .with_remedy("name one: mailward account reset-account " + account.id.text() +
                     " --name NAME --ask-password (docs/active-directory.md says what it needs), or renew the "
                     "password by hand: mailward account password");
  }
  if (mode == RotationMode::twin && !account.twin) {
    return Error(cannot_rotate, "no twin of " + account.name + " is named")
        .with_remedy("name one: mailward account twin " + account.id.text() + " --name NAME --ask-password");
  }
  if (mode == RotationMode::external) {
    MW_TRY(const auto row, session.query_row("SELECT 1 FROM external_source WHERE account_id = $1", {account.id}));
    if (!row) {
      return Error(cannot_rotate, "nobody has said where the passwords of " + account.name + " are had from")
          .with_remedy("mailward account source " + account.id.text() + " --command … or --url …");
    }
    return std::nullopt;
  }
  MW_TRY(const auto directory, rows::directory(session, *account.directory));
  if (mode == RotationMode::self_change && !directory.reader_secret) {
    return Error(cannot_rotate, "the directory " + directory.form.name +
                                    " has no reader: what became of a change that was cut short "
                                    "could not be read")
        .with_remedy("name one: mailward directory edit --reader NAME --ask-password");
  }
  return std::nullopt;
}

Result<std::size_t> RotationSchedule::tick() {
  const Timestamp now = parts_.clock.now();
  struct Planned {
    RotationPlan plan;
    ServiceAccount account;
    InUse password;
  };
  std::vector<Planned> planned;
  MW_CHECK(parts_.ledger.database().read([&](db::Session& session) -> Status {
    MW_TRY(const auto plans, rotation_plans::all(session));
    for (const RotationPlan& plan : plans) {
      if (plan.every_days == 0) continue;
      MW_TRY(auto account, rows::account(session, plan.account));
      MW_TRY(const auto password, in_use(session, plan, account));
      if (account.enabled && password) planned.push_back({plan, std::move(account), *password});
    }
    return {};
  }));
  // The one whose password is the oldest first, so that no account waits for ever behind the others of its directory.
  std::ranges::sort(planned, {}, [](const Planned& one) { return std::pair(one.password.set, one.account.id); });
  std::size_t begun = 0;
  for (const auto& [plan, account, password] : planned) {
    const auto started =
        tick_one(plan, account, next_rotation(plan, password.set, password.expires), password.set, now);
    if (!started) {
      log::failure("schedule.account", started.error());
      continue;
    }
    if (*started) ++begun;
  }
  return begun;
}

Result<bool> RotationSchedule::tick_one(const RotationPlan& plan, const ServiceAccount& account,
                                        const std::optional<NextRotation>& next, Timestamp set, Timestamp now) {
  if (!next) return false;
  if (plan.mode == RotationMode::manual) {
    MW_CHECK(remind_of(plan, account, *next, now));
    return false;
  }
  if (now < next->due || !is_open(plan.window, now)) return false;
  MW_TRY(const auto obstacle,
         parts_.ledger.database().read([&](db::Session& session) { return obstacle_to(session, account, plan.mode); }));
  // What keeps it from being begun is somebody's to mend: he hears of it in time.
  if (obstacle) {
    MW_CHECK(remind_of(plan, account, *next, now));
    return false;
  }
  MW_TRY(const bool waits, parts_.ledger.database().read([&](db::Session& session) -> Result<bool> {
    MW_TRY(const bool busy, organisation_is_busy(session, account));
    if (busy) return true;
    MW_TRY(const auto failures, rotation_rows::failures_since(session, account.id, set));
    if (failures.count == 0 || !failures.last) return false;
    const Duration pause =
        std::min(kLongestPause, kFirstPause * (std::int64_t{1} << std::min<std::int64_t>(failures.count - 1, 5)));
    return now < *failures.last + pause;
  }));
  if (waits) return false;
  MW_TRY(const auto run, parts_.start(account.id));
  log::info("schedule.rotation", {{"run", run.text()}, {"account", account.name}});
  return true;
}

Status RotationSchedule::remind_of(const RotationPlan& plan, const ServiceAccount& account, const NextRotation& next,
                                   Timestamp now) {
  const auto due = reminder_due(next.deadline, now);
  // What a clock that had run ahead has written down is no reminder.
  if (!due || (plan.reminded && *plan.reminded >= *due && *plan.reminded <= now)) return {};
  return parts_.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(rotation_plans::note_reminded(tx, account.id, now));
    return parts_.remind(tx, {.account = account.id,
                              .account_name = account.name,
                              .deadline = next.deadline,
                              .by_expiry = next.by_expiry,
                              .days_left = static_cast<int>(std::chrono::floor<days>(next.deadline - now).count())});
  });
}

Result<std::vector<ScheduledRotation>> RotationSchedule::upcoming(Timestamp until, std::size_t limit) const {
  const Timestamp now = parts_.clock.now();
  std::vector<ScheduledRotation> all;
  MW_CHECK(parts_.ledger.database().read([&](db::Session& session) -> Status {
    MW_TRY(const auto plans, rotation_plans::all(session));
    for (const RotationPlan& plan : plans) {
      if (plan.every_days == 0) continue;
      MW_TRY(const auto account, rows::account(session, plan.account));
      MW_TRY(const auto password, in_use(session, plan, account));
      if (!account.enabled || !password) continue;
      Timestamp set = password->set;
      ScheduledRotation one{.account = account.id,
                            .account_name = account.name,
                            .mode = plan.mode,
                            .by_person = plan.mode == RotationMode::manual};
      if (!one.by_person) {
        MW_TRY(const auto obstacle, obstacle_to(session, account, plan.mode));
        if (obstacle) {
          one.obstacle = obstacle->message();
          one.remedy = obstacle->remedy();
        }
      }
      std::optional<Timestamp> expires = password->expires;
      const std::optional<Duration> age = expires ? std::optional(*expires - set) : std::nullopt;
      for (std::size_t i = 0; i < limit; ++i) {
        const auto next = next_rotation(plan, set, expires);
        if (!next) break;
        one.deadline = next->deadline;
        one.by_expiry = next->by_expiry;
        one.due = next->due;
        if (one.due <= now) {  // late: at the first moment that a window is open
          const WindowTime window = open_or_next(plan.window, now);
          one.due = std::max(now, window.begin);
        }
        if (one.due > until) break;
        all.push_back(one);
        // Renewed then, it expires as long afterwards as this one does.
        set = one.due;
        if (age) expires = set + *age;
      }
    }
    return {};
  }));
  std::ranges::sort(all, {}, [](const ScheduledRotation& one) { return std::pair(one.due, one.account); });
  if (all.size() > limit) all.resize(limit);
  return all;
}

}  // namespace mailward::connections
