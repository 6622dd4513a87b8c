#pragma once

#include <optional>
#include <string>
#include <vector>

#include "connections/failure_class.h"
#include "connections/gate_state.h"
#include "work/leases.h"

/// A password is shown: by whom, when, and what a refusal of it means. Internal to the gate.
namespace mailward::connections {

/// Whom one's turn is taken from.
enum class Among { threads, processes };

/// The right to show a password, for one at a time: among all processes where nobody knows it to be right, else among
/// this one's threads, so that the first refusal is the only one. Held until this object goes.
class Alone {
 public:
  Alone(Gate::State& state, AccountId account, Among among = Among::processes)
      : state_(state), account_(account), among_(among) {}
  ~Alone();
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  /// Errors: timed_out, cancelled, DbError.
  Status take(Deadline deadline, const std::stop_token& stop);

 private:
  Gate::State& state_;
  AccountId account_;
  Among among_;
  bool held_ = false;
  std::optional<work::Lease> lease_;
};

/// A password that is about to be shown.
struct Trial {
  Gate::State& state;
  const GateView& view;
  const SecretString& password;
  CredentialVersionId version;
  Timestamp begun;

  /// Writes the try down; nothing has been shown yet. Errors: account_parked where it is known to be refused by now,
  /// account_busy where it may not be shown at this moment.
  Status begin();
  /// It was never judged.
  void forget() const;
  void accepted() const;

 private:
  /// A try of it was cut short: whether it may be made again. A process that dies in each of its tries must not lock
  /// the account.
  Status resume(Timestamp interrupted) const;
};

/// What the directory shows of the account after a refusal.
struct Shown {
  bool readable = false;
  bool counted = false;    ///< a controller counted a bad password since
  bool behind = false;     ///< a controller shows an older password than the active one
  bool cut_short = false;  ///< the call's time ended before one had answered: nothing follows from its silence
  std::optional<Timestamp> pwd_last_set;
  std::string controller;  ///< that shows it
};
Shown ask_directory(const Trial& trial, Deadline deadline, const std::stop_token& stop);

/// The controllers that show an older password than the active one, and so would count it as wrong; none where nobody
/// can tell.
std::vector<std::string> behind(Gate::State& state, const GateView& view, Deadline deadline,
                                const std::stop_token& stop);
/// Exchange may ask a controller that has not heard of the password: it is not shown there before all have.
void await_replication(Gate::State& state, const GateView& view);
/// Fails, and lets the connection rest, while replication is awaited and some controller is behind still.
Status check_replicated(Gate::State& state, const GateView& view, Deadline deadline, const std::stop_token& stop);

/// Somebody else has set another password since. Where it is not known how the directory knew this one, by the moment
/// when it was promoted, which is of our clock.
bool was_changed(const GateView& view, const Shown& shown);
/// The password was refused: the account's door closes, and its connections say so. One that is replaced by now, or is
/// being replaced, was refused in the nature of things: nothing is noted.
Error park(const Trial& trial, FailureClass failure, const Shown& shown);
/// A 401 to a password that nobody has judged.
ews::Failure judge(const Trial& trial, ews::Failure failure, Deadline deadline, const std::stop_token& stop);

}  // namespace mailward::connections
