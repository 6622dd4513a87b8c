#include "connections/autodiscover_try.h"

#include <algorithm>

#include "connections/failure_class.h"

namespace mailward::connections {
namespace {

using Password = ews::AutodiscoverStep::Password;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

/// A server that was still at work when the search ended counts a little later.
constexpr std::chrono::minutes kCountedLate = 2min;
/// Clocks of controllers and ours.
constexpr std::chrono::minutes kClockDoubt = 1min;
constexpr std::chrono::seconds kLook = 8s;

Error parked(const std::string& what, std::string remedy) {
  return Error(ConnectionsError::account_parked, what + ": Autodiscover does not try it again")
      .with_remedy(std::move(remedy));
}

}  // namespace

AutodiscoverTry::AutodiscoverTry(Parts parts, std::string account, const SecretString& password,
                                 std::optional<CredentialVersion> active)
    : parts_(std::move(parts)), account_(std::move(account)), password_(password), active_(std::move(active)) {}

std::string AutodiscoverTry::own_name() const {
  return active_ ? "autodiscover/" + account_ : account_;
}

Status AutodiscoverTry::check(Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(const auto tested, parts_.refusals.recall(account_, password_));
  if (tested && tested->state == TriedPassword::State::refused) {
    return fail(
        parked("this password was refused at " + format_timestamp(tested->at), "type the one that is in force"));
  }
  if (tested) MW_CHECK(check_open(account_, tested->at, deadline, stop));
  if (!active_) {
    MW_TRY(const auto until, parts_.refusals.braked_until(account_));
    if (!until) return {};
    return fail(parked("five passwords of this account were refused within half an hour, and one more may lock it",
                       "wait until " + format_timestamp(*until) +
                           (parts_.directory ? "; mailward connection test asks the directory how many tries are left"
                                             : "; with a directory reader it is known how many tries are left")));
  }
  MW_TRY(const auto shown, parts_.refusals.recall(own_name(), password_));
  return shown ? check_open(own_name(), shown->at, deadline, stop) : Status();
}

Status AutodiscoverTry::check_open(const std::string& name, Timestamp since, Deadline deadline,
                                   const std::stop_token& stop) const {
  const Timestamp now = parts_.clock.now();
  const Timestamp again = since + window(deadline, stop);
  if (now >= again) return {};
  const Counted counted = counted_since(since - kClockDoubt, deadline, stop);
  if (counted == Counted::no && now >= since + kCountedLate) return {};
  if (counted == Counted::yes && !active_) {
    MW_CHECK(parts_.refusals.refused(name, password_, name_of(FailureClass::bad_password)));
    return fail(
        parked("this password was tried at " + format_timestamp(since) + ", and a controller counted it as wrong",
               "type the one that is in force"));
  }
  return fail(parked("what became of the last try of this password, at " + format_timestamp(since) + ", is not known",
                     "ask again from " + format_timestamp(again) +
                         " on; mailward connection test says whether the "
                         "password holds"));
}

Duration AutodiscoverTry::window(Deadline deadline, const std::stop_token& stop) const {
  if (!parts_.directory) return kUsualLockoutWindow;
  const Deadline soon = deadline.earlier_of(Deadline::after(kLook));
  const auto account = parts_.directory->find_account(account_, soon, stop);
  if (!account) return kUsualLockoutWindow;
  const auto policy = parts_.directory->lockout_policy(*account, soon, stop);
  return policy ? Duration(policy->observation_window) : Duration(kUsualLockoutWindow);
}

AutodiscoverTry::Counted AutodiscoverTry::counted_since(Timestamp since, Deadline deadline,
                                                        const std::stop_token& stop) const {
  if (!parts_.directory) return Counted::unknown;
  const Deadline soon = deadline.earlier_of(Deadline::after(kLook));
  const auto account = parts_.directory->find_account(account_, soon, stop);
  if (!account) return Counted::unknown;
  Counted counted = Counted::unknown;
  std::optional<Timestamp> set = account->pwd_last_set;
  for (const auto& one : parts_.directory->sign_in_counters(*account, soon, stop)) {
    if (one.error) return Counted::unknown;
    if (one.pwd_last_set && (!set || *one.pwd_last_set > *set)) set = one.pwd_last_set;
    if (one.bad_password_time && *one.bad_password_time >= since) counted = Counted::yes;
    if (counted == Counted::unknown) counted = Counted::no;
  }
  if (!active_) return counted;
  // One of the last two before it is not counted either; the very one that is in force was not what was counted.
  if (active_->was_replaced(set)) return Counted::unknown;
  if (set && active_->pwd_last_set == set) return Counted::no;
  return counted;
}

Status AutodiscoverTry::begin() {
  begun_ = parts_.clock.now();
  return parts_.refusals.begin_try(own_name(), password_, std::nullopt);
}

Status AutodiscoverTry::settle(const ews::AutodiscoverResult& result) const {
  const auto any = [&](Password what) {
    return std::ranges::find(result.steps, what, &ews::AutodiscoverStep::password) != result.steps.end();
  };
  if (any(Password::taken)) {
    if (active_) MW_CHECK(parts_.refusals.forget(account_, password_));
    return parts_.refusals.forget(own_name(), password_);
  }
  if (any(Password::refused)) {
    if (!active_) {
      return parts_.refusals.refused(own_name(), password_, name_of(FailureClass::refused_or_overloaded));
    }
    // However soon the client goes.
    const bool is_right = counted_since(begun_ - kClockDoubt, Deadline::after(kLook), {}) == Counted::no;
    return is_right ? parts_.refusals.forget(own_name(), password_) : Status();
  }
  return any(Password::unknown) ? Status() : parts_.refusals.forget(own_name(), password_);
}

}  // namespace mailward::connections
