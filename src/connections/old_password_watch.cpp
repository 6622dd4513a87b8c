#include "connections/old_password_watch.h"

#include <algorithm>
#include <array>
#include <utility>

#include "connections/powershell.h"

namespace mailward::connections {
namespace {

using Kind = OldPasswordSign::Kind;

constexpr std::array kKinds{std::pair{Kind::wrong_password, "wrong_password"}, std::pair{Kind::our_own, "our_own"},
                            std::pair{Kind::locked_out, "locked_out"},         std::pair{Kind::unlocked, "unlocked"},
                            std::pair{Kind::not_unlocked, "not_unlocked"},     std::pair{Kind::events, "events"}};

/// How far a controller's clock may be from ours, and a refusal from what it counted.
constexpr Duration kNear = std::chrono::seconds(10);
/// Controllers that count for themselves lock the account one after another: that is one lock-out.
constexpr Duration kSameLockOut = std::chrono::minutes(2);

/// Whether a lock-out that a controller shows is the one that is known already. Once that is over, a controller that
/// hears late of it shows the very same time.
bool is_known(const std::optional<LockOut>& known, Timestamp at) {
  return known && at <= known->at + (known->over ? Duration(0) : Duration(kSameLockOut));
}

}  // namespace

std::string_view name_of(Kind kind) {
  for (const auto& [one, name] : kKinds) {
    if (one == kind) return name;
  }
  std::unreachable();
}

std::optional<Kind> sign_kind_named(std::string_view name) {
  for (const auto& [kind, known] : kKinds) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

bool add_sign(OldPasswordWatch& watch, OldPasswordSign sign) {
  const bool gathers = sign.kind == Kind::wrong_password || sign.kind == Kind::our_own;
  const auto same = std::ranges::find_if(watch.seen, [&](const OldPasswordSign& one) {
    return gathers && one.kind == sign.kind && one.controller == sign.controller;
  });
  if (same != watch.seen.end()) {
    same->last = sign.at;
    same->text = std::move(sign.text);
    ++same->times;
    return false;
  }
  if (watch.seen.size() < kMostSigns) {
    watch.seen.push_back(std::move(sign));
  } else {
    ++watch.unlisted;
  }
  return true;
}

std::vector<OldPasswordSign> signs_in(OldPasswordWatch& watch, const directory::SignInCounters& counters,
                                      const std::vector<Timestamp>& ours, Timestamp now) {
  std::vector<OldPasswordSign> signs;
  if (counters.error) return signs;
  const bool is_first = !watch.controllers.contains(counters.controller);
  WatchedController& before = watch.controllers[counters.controller];
  const auto moved = [&](const std::optional<Timestamp>& then, const std::optional<Timestamp>& shown) {
    return !is_first && shown && (!then || *shown > *then);
  };
  if (moved(before.bad_password_time, counters.bad_password_time)) {
    const Timestamp at = *counters.bad_password_time;
    const bool own = std::ranges::any_of(ours, [&](Timestamp one) { return one < at + kNear && at < one + kNear; });
    std::string text = own ? "Mailward itself was refused at that moment."
                           : "Somebody showed a wrong password of the account; the controller says not who.";
    if (counters.bad_password_count) text += " badPwdCount is " + std::to_string(*counters.bad_password_count) + ".";
    signs.push_back({.at = at,
                     .kind = own ? Kind::our_own : Kind::wrong_password,
                     .controller = counters.controller,
                     .text = std::move(text)});
  }
  if (moved(before.lockout_time, counters.lockout_time)) {
    const Timestamp at = std::min(*counters.lockout_time, now + kNear);
    if (is_known(watch.lock_out, at)) {
      watch.lock_out->at = std::max(watch.lock_out->at, at);
    } else {
      watch.lock_out = {.at = at};
      signs.push_back({.at = at,
                       .kind = Kind::locked_out,
                       .controller = counters.controller,
                       .text = "The account was locked out: something goes on showing a wrong password."});
    }
  }
  before = {.bad_password_time = counters.bad_password_time, .lockout_time = counters.lockout_time};
  for (OldPasswordSign& sign : signs) {
    if (sign.at > now + kNear) sign.at = now;
  }
  return signs;
}

void look_whether_over(OldPasswordWatch& watch, const std::vector<directory::SignInCounters>& counters, bool locked,
                       Timestamp now) {
  if (!watch.lock_out || watch.lock_out->over) return;
  const auto is_read = [](const directory::SignInCounters& one) { return !one.error; };
  const auto shows_it = [](const directory::SignInCounters& one) { return one.lockout_time.has_value(); };
  if (std::ranges::none_of(counters, is_read)) return;
  const bool shown = std::ranges::any_of(counters, [&](const auto& one) { return is_read(one) && shows_it(one); });
  // lockoutTime stays where the lock-out has run out. What a controller has in force may be older than it by the time
  // that replication takes.
  watch.lock_out->over = !shown || (!locked && now > watch.lock_out->at + kSameLockOut);
}

std::string unlock_line(const std::string& sam_account_name) {
  const auto name = powershell_literal(sam_account_name);
  return name ? "Unlock-ADAccount -Identity " + *name : "Unlock-ADAccount";
}

std::string_view what_counters_cannot_show() {
  return "For an hour after a change Active Directory takes the password before by NTLM and by a simple bind, and "
         "counts "
         "nothing; the same holds for the one before that, which is refused and not counted. Who uses the old password "
         "in these ways stands in the controllers' event logs alone.";
}

}  // namespace mailward::connections
