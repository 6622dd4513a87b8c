#include "connections/rotation_plan.h"

#include <algorithm>

#include "base/log.h"
#include "connections/error.h"

namespace mailward::connections {
namespace {

using std::chrono::days;
using std::chrono::hours;

/// Well before Active Directory lets the password expire: a week, or a third of what is left where that is less.
constexpr days kAheadOfExpiry{7};
constexpr days kMostJitter{3};

/// From 0 to 1, always the same for one account, and unlike for accounts that were made together: SplitMix64's mixing
/// (Steele, Lea, Flood: Fast splittable pseudorandom number generators, 2014).
double fraction_of(AccountId account) {
  auto value = static_cast<std::uint64_t>(account.value()) + 0x9e3779b97f4a7c15U;
  value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9U;
  value = (value ^ value >> 27) * 0x94d049bb133111ebU;
  value ^= value >> 31;
  return static_cast<double>(value >> 11) / 9007199254740992.0;
}

Duration part_of(Duration span, double fraction) {
  return Duration(static_cast<std::int64_t>(static_cast<double>(span.count()) * fraction));
}

}  // namespace

RotationPlan default_plan(const ServiceAccount& account) {
  RotationPlan plan;
  plan.account = account.id;
  plan.mode = account.reset_account ? RotationMode::delegated_reset : RotationMode::manual;
  return plan;
}

RotationMode way_of(const RotationPlan& plan) {
  const bool chose = plan.version > 0 || plan.mode != RotationMode::manual;
  return chose ? plan.mode : RotationMode::delegated_reset;
}

std::optional<NextRotation> next_rotation(const RotationPlan& plan, Timestamp set, std::optional<Timestamp> expires) {
  if (plan.every_days == 0) return std::nullopt;
  NextRotation next;
  const Duration interval = days(plan.every_days);
  next.deadline = set + interval;
  if (expires) {
    const Timestamp ahead = *expires - std::min<Duration>(kAheadOfExpiry, (*expires - set) / 3);
    next.by_expiry = ahead < next.deadline;
    if (next.by_expiry) next.deadline = std::max(ahead, set);
  }
  const Duration span = next.deadline - set;
  const double fraction = fraction_of(plan.account);
  const Timestamp wanted = next.deadline - part_of(std::min<Duration>(kMostJitter, span / 10), fraction);
  // The last window that opens before that, unless the password is younger than it; somewhere in its first half.
  WindowTime window = open_or_next(plan.window, wanted);
  if (window.begin > wanted) {
    const WindowTime earlier = last_before(plan.window, wanted);
    if (earlier.begin > set) window = earlier;
  }
  next.due = window.begin + part_of((window.end - window.begin) / 2, fraction);
  return next;
}

namespace rotation_plans {
namespace {

constexpr std::string_view kSelect =
    "SELECT account_id, version, mode, every_days, days, from_minute, minutes, unlocks, reminded, updated, updated_by "
    "FROM rotation_plan ";

/// A way that nobody knows (somebody edited the database) is none: the account is a person's until its plan is saved
/// anew, and no other is held up.
RotationPlan read(const db::Row& row) {
  RotationPlan plan;
  plan.account = row.id<AccountId>(0);
  plan.version = row.integer(1);
  const auto mode = parse_rotation_mode(row.text(2));
  if (mode) {
    plan.mode = *mode;
    plan.every_days = static_cast<int>(row.integer(3));
  } else {
    log::failure("rotation.plan_unreadable", mode.error());
  }
  plan.window.days = static_cast<std::uint8_t>(row.integer(4));
  plan.window.from = std::chrono::minutes(row.integer(5));
  plan.window.length = std::chrono::minutes(row.integer(6));
  plan.unlocks = row.flag(7);
  plan.reminded = row.maybe_time(8);
  plan.updated = row.time(9);
  plan.updated_by = row.text(10);
  return plan;
}

}  // namespace

Result<RotationPlan> of(db::Session& session, const ServiceAccount& account) {
  MW_TRY(const auto row, session.query_row(std::string(kSelect) + "WHERE account_id = $1", {account.id}));
  return row ? read(*row) : default_plan(account);
}

Result<std::vector<RotationPlan>> all(db::Session& session) {
  MW_TRY(const auto rows, session.query(std::string(kSelect) + "ORDER BY account_id"));
  std::vector<RotationPlan> plans;
  plans.reserve(rows.size());
  for (const db::Row& row : rows) {
    plans.push_back(read(row));
  }
  return plans;
}

Status save(db::Transaction& tx, const RotationPlan& plan) {
  const auto conflict = [] {
    return fail(Error(ConnectionsError::version_conflict, "somebody else has changed the schedule meanwhile")
                    .with_remedy("look at it again and repeat the change"));
  };
  MW_TRY(const auto stands, tx.query_row("SELECT version FROM rotation_plan WHERE account_id = $1", {plan.account}));
  if (plan.version != (stands ? stands->integer(0) : 0)) return conflict();
  MW_TRY(
      const auto written,
      tx.execute("INSERT INTO rotation_plan (account_id, version, mode, every_days, days, from_minute, minutes, "
                 "unlocks, reminded, updated, updated_by) VALUES ($1, $2 + 1, $3, $4, $5, $6, $7, $8, NULL, $9, $10) "
                 "ON CONFLICT (account_id) DO UPDATE SET version = excluded.version, mode = excluded.mode, "
                 "every_days = excluded.every_days, days = excluded.days, from_minute = excluded.from_minute, "
                 "minutes = excluded.minutes, unlocks = excluded.unlocks, reminded = NULL, "
                 "updated = excluded.updated, updated_by = excluded.updated_by WHERE rotation_plan.version = $2",
                 {plan.account, plan.version, name_of(plan.mode), std::int64_t{plan.every_days},
                  std::int64_t{plan.window.days}, std::int64_t{plan.window.from.count()},
                  std::int64_t{plan.window.length.count()}, plan.unlocks, plan.updated, plan.updated_by}));
  return written == 1 ? Status() : Status(conflict());
}

Status note_reminded(db::Transaction& tx, AccountId account, Timestamp at) {
  MW_CHECK(tx.execute("UPDATE rotation_plan SET reminded = $2 WHERE account_id = $1", {account, at}));
  return {};
}

Status forget(db::Transaction& tx, AccountId account) {
  MW_CHECK(tx.execute("DELETE FROM rotation_plan WHERE account_id = $1", {account}));
  return {};
}

}  // namespace rotation_plans

}  // namespace mailward::connections
