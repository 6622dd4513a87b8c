#include "connections/proxy_door.h"

#include "base/log.h"
#include "connections/text.h"

namespace mailward::connections {
namespace {

constexpr std::string_view kRefused = "proxy_sign_in";
/// Of one that the proxy had taken before.
constexpr std::string_view kRefusedOnce = "proxy_sign_in_once";
/// Between a try whose outcome nobody knows and the next: ten of them take longer than any usual lock-out window.
constexpr std::chrono::minutes kAfterDoubt{5};
constexpr std::chrono::minutes kTicketReserve{5};

/// Under which the refusal memory knows it: whoever he is elsewhere, at this proxy it was refused.
Result<std::string> memory_name(const ProxyForm& form) {
  MW_TRY(const auto url, ProxyUrl::parse(form.url));
  return "proxy:" + lower_case(form.user) + "@" + url.text();
}

void note(const Status& kept) {
  if (!kept) log::failure("proxy.books_not_kept", kept.error());
}

Error refused_before(const ProxyForm& form, Timestamp at) {
  return Error(ConnectionsError::proxy_refused, "the proxy " + form.url + " refused the password of " + form.user +
                                                    " at " + format_timestamp(at) + ", so it is not tried again")
      .with_remedy(
          "type the proxy's password as it is in force; where this is the one, a test with --try-again shows it "
          "once more from " +
          format_timestamp(at + kUsualLockoutWindow) + " on");
}

Error refused_once(const ProxyForm& form, Timestamp at) {
  return Error(ConnectionsError::proxy_in_doubt,
               "the proxy " + form.url + " refused the password of " + form.user + " at " + format_timestamp(at) +
                   ", which it had taken before: it is shown once more at " + format_timestamp(at + kAfterDoubt))
      .with_remedy("see to the proxy; where its password was changed, type the new one");
}

Error in_doubt(const ProxyForm& form, Timestamp at) {
  return Error(ConnectionsError::proxy_in_doubt,
               "a sign-in of " + form.user + " to the proxy " + form.url + " at " + format_timestamp(at) +
                   " ended without an answer: the next one is due at " + format_timestamp(at + kAfterDoubt))
      .with_remedy("see to the proxy; another password is tried at once");
}

/// What the KDC thinks of the password.
ews::ProxyVerdict verdict_of(const Result<kerberos::Tickets>& got) {
  if (got) return ews::ProxyVerdict::taken;
  if (got.error().is(kerberos::KerberosError::bad_password)) return ews::ProxyVerdict::refused;
  const bool unanswered = got.error().is(kerberos::KerberosError::unanswered);
  return unanswered ? ews::ProxyVerdict::silent : ews::ProxyVerdict::unjudged;
}

}  // namespace

/// The right to show one password, for one at a time, and the books of that.
class ProxyDoor::Turn {
 public:
  Turn(ProxyDoor& door, std::string name, const SecretString& password)
      : door_(door), name_(std::move(name)), password_(password.clone()) {}
  ~Turn() {
    if (!has_) return;
    {
      const std::scoped_lock lock(door_.mutex_);
      door_.keys_[name_].alone = false;
    }
    door_.changed_.notify_all();
  }
  Turn(const Turn&) = delete;
  Turn& operator=(const Turn&) = delete;

  /// Errors: timed_out, cancelled.
  Status take(Deadline deadline, const std::stop_token& stop) {
    std::unique_lock lock(door_.mutex_);
    Key& key = door_.keys_[name_];
    while (key.alone) {
      if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
      if (deadline.expired(door_.parts_.clock)) {
        return fail(BaseError::timed_out, "other sign-ins to the proxy took all the time");
      }
      door_.changed_.wait_until(lock, stop, deadline.moment(), [&] { return !key.alone; });
    }
    key.alone = has_ = true;
    is_proven_ = key.proven && key.proven->equals(password_);
    return {};
  }
  /// Writes down what nobody knows to be right; nothing was shown yet. Errors: those of check().
  Status begin_try(const ProxyForm& form, WhatWasRefused what_was_refused) {
    if (is_proven_) return {};
    MW_TRY(before_, door_.check(form, password_, what_was_refused));
    RefusalMemory& refusals = door_.parts_.refusals;
    // What was refused stays so over a try that tells nothing, and over the end of this process.
    if (was_refused()) return refusals.refused(name_, password_, before_->failure_class);
    return refusals.begin_try(name_, password_, std::nullopt);
  }
  void ended(ews::ProxyVerdict verdict) {
    switch (verdict) {
      case ews::ProxyVerdict::taken:
        forget();
        return set_proven(password_.clone());
      case ews::ProxyVerdict::refused:
        return refused(is_proven_ ? kRefusedOnce : kRefused);
      case ews::ProxyVerdict::unjudged:
        if (was_refused()) return note(door_.parts_.refusals.restore(name_, password_, *before_));
        return forget();
      case ews::ProxyVerdict::silent:
        // A proxy waits for the server behind it; a refusal it would have told at once.
        return;
      case ews::ProxyVerdict::cut_off:
        return set_proven(std::nullopt);
    }
  }

  /// By a judge who cannot be mistaken.
  void refused_for_good() { refused(kRefused); }

 private:
  bool was_refused() const { return before_ && before_->state == TriedPassword::State::refused; }
  void refused(std::string_view how) {
    set_proven(std::nullopt);
    note(door_.parts_.refusals.refused(name_, password_, how));
  }
  void forget() {
    if (!is_proven_) note(door_.parts_.refusals.forget(name_, password_));
  }
  void set_proven(std::optional<SecretString> password) {
    const std::scoped_lock lock(door_.mutex_);
    door_.keys_[name_].proven = std::move(password);
  }

  ProxyDoor& door_;
  std::string name_;
  SecretString password_;
  std::optional<TriedPassword> before_;  ///< what was known of it, and does not forbid this try
  bool has_ = false;
  bool is_proven_ = false;
};

Result<std::optional<TriedPassword>> ProxyDoor::check(const ProxyForm& form, const SecretString& password,
                                                      WhatWasRefused refused) const {
  MW_TRY(const auto name, memory_name(form));
  MW_TRY(auto tried, parts_.refusals.recall(name, password));
  if (!tried) return std::nullopt;
  const bool doubt_is_over = parts_.clock.now() >= tried->at + kAfterDoubt;
  if (tried->state != TriedPassword::State::refused) {
    if (!doubt_is_over) return fail(in_doubt(form, tried->at));
  } else if (tried->failure_class == kRefusedOnce) {
    if (!doubt_is_over) return fail(refused_once(form, tried->at));
  } else if (refused == WhatWasRefused::stays || parts_.clock.now() < tried->at + kUsualLockoutWindow) {
    return fail(refused_before(form, tried->at));
  }
  return tried;
}

Result<std::unique_ptr<ProxyDoor::Turn>> ProxyDoor::begin(const ProxyForm& form, const SecretString& password,
                                                          WhatWasRefused refused, Deadline deadline,
                                                          const std::stop_token& stop) {
  MW_TRY(auto name, memory_name(form));
  auto turn = std::make_unique<Turn>(*this, std::move(name), password);
  MW_CHECK(turn->take(deadline, stop));
  MW_CHECK(turn->begin_try(form, refused));
  return turn;
}

ews::ProxyWitness ProxyDoor::witness(const ProxyForm& form, const SecretString& password, WhatWasRefused refused) {
  auto secret = std::make_shared<const SecretString>(password.clone());
  return [this, form, secret, refused](Deadline deadline, const std::stop_token& stop) -> Result<ews::ProxyTry> {
    MW_TRY(auto turn, begin(form, *secret, refused, deadline, stop));
    return ews::ProxyTry([turn = std::move(turn)](ews::ProxyVerdict verdict) { turn->ended(verdict); });
  };
}

Result<std::shared_ptr<kerberos::Tickets>> ProxyDoor::tickets(const ProxyForm& form, const SecretString& password,
                                                              const std::string& realm, const Ask& ask,
                                                              WhatWasRefused refused, Deadline deadline,
                                                              const std::stop_token& stop) {
  MW_TRY(const auto name, memory_name(form));
  if (auto had = held(name, password, realm)) return had;
  auto turn = std::make_unique<Turn>(*this, name, password);
  MW_CHECK(turn->take(deadline, stop));
  if (auto had = held(name, password, realm)) return had;
  MW_CHECK(turn->begin_try(form, refused));
  auto got = ask();
  if (const auto verdict = verdict_of(got); verdict == ews::ProxyVerdict::refused) {
    turn->refused_for_good();
  } else {
    turn->ended(verdict);
  }
  if (!got) return fail(std::move(got).error());
  auto tickets = std::make_shared<kerberos::Tickets>(*std::move(got));
  const std::scoped_lock lock(mutex_);
  keys_[name].had = {.password = password.clone(), .realm = realm, .tickets = tickets};
  return tickets;
}

std::shared_ptr<kerberos::Tickets> ProxyDoor::held(const std::string& name, const SecretString& password,
                                                   const std::string& realm) {
  const std::scoped_lock lock(mutex_);
  const Had& had = keys_[name].had;
  const bool good = had.tickets && had.realm == realm && had.password.equals(password) &&
                    had.tickets->expires() > parts_.clock.now() + kTicketReserve;
  return good ? had.tickets : nullptr;
}

ews::ProxyWitness ProxyDoor::witness(const std::shared_ptr<kerberos::Tickets>& tickets) {
  return [this, tickets](Deadline, const std::stop_token&) -> Result<ews::ProxyTry> {
    return ews::ProxyTry([this, tickets](ews::ProxyVerdict verdict) {
      if (verdict != ews::ProxyVerdict::refused) return;
      const std::scoped_lock lock(mutex_);
      for (auto& [name, key] : keys_) {
        if (key.had.tickets == tickets) key.had = {};
      }
    });
  };
}

}  // namespace mailward::connections
