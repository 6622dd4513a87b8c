#pragma once

#include <algorithm>
#include <chrono>
#include <limits>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "connections/batch_size.h"
#include "connections/ledger.h"
#include "connections/load_report.h"
#include "connections/mailbox_group.h"
#include "connections/proxy_door.h"
#include "connections/pull_progress.h"
#include "connections/reader_door.h"
#include "connections/refusal_memory.h"
#include "connections/repetition.h"
#include "ews/soap.h"
#include "ews/transport.h"
#include "kerberos/tickets.h"

namespace mailward::connections {

class GroupListening;

/// How many sessions somebody uses.
struct Lent {
  std::size_t calls = 0;
  std::size_t streams = 0;  ///< of notifications; such a one may stand for half an hour
};

/// Every EWS call of every product passes here. The gate bounds how many are in flight on a connection, obeys the
/// server's back-off, counts, keeps signed-in sessions, and has two doors for each account. The *sign-in door* is
/// closed by a rotation: no new session signs in with the password that is being replaced, while calls on sessions that
/// are signed in go on; where each request carries the credential (Basic, Persistent-Auth: false), calls wait. A call
/// that waits longer than the hold limit ends as gate_timeout. The *account door* closes when a domain controller has
/// refused the password, and opens when another is in force. Thread-safe; blocks its callers.
///
/// A password is asked of the KDC before Exchange sees it, wherever a realm is known. What Exchange alone refuses is
/// held against the directory's counters before it is taken for refused: an overloaded Exchange answers 401 too, and
/// then the connection rests for a moment and is tried again.
class Gate {
 public:
  struct Parts {
    Ledger& ledger;
    RefusalMemory& refusals;
    ReaderDoor& readers;
    ProxyDoor& proxies;
    ews::Transport& transport;
    const Resolver& resolver;
    DestinationPolicy destinations;
    const Clock& clock;
    /// Of this process, for ever (work::Runs::process()).
    std::string process;
    /// How long a call is held at a door at most.
    std::chrono::milliseconds hold_limit{10'000};
    /// How long a server may take for an answer on the way to a sign-in, for which all others of the account may wait.
    /// One that takes longer is left for another.
    std::chrono::milliseconds patience{15'000};
  };
  explicit Gate(Parts parts);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Runs one operation as the connection's account. A call that the server was too busy for is made again after its
  /// back-off, as long as the deadline allows; one whose answer was lost, as far as `repeat` and the operation allow,
  /// at most three times and within the connection's budget. A batch that the server broke off when some of it was done
  /// is given as it is, unless doing it again is harmless. Errors: as ews::call; Failure::error is gate_timeout or
  /// account_parked where the gate itself ended it; throttled where the time did not suffice.
  template <typename Operation>
  ews::Outcome<ews::Reply<typename Operation::Response>> call(ConnectionId connection, std::string_view load,
                                                              const Operation& operation,
                                                              const ews::CallContext& context, Deadline deadline,
                                                              std::stop_token stop = {},
                                                              Repeat repeat = Repeat::harmless) {
    Passage passage(*this, connection, load, deadline, stop, may_send_again(Operation::kName, repeat));
    for (;;) {
      MW_TRY(ews::Session * session, passage.enter());
      auto reply = ews::call(*session, operation, context, deadline, stop);
      if (!reply) {
        if (passage.leave(&reply.error())) continue;
        return reply;
      }
      const auto busy = first_busy(reply->response, now());
      if (!busy) {
        passage.leave(nullptr);
        return reply;
      }
      const bool undone = may_send_again(Operation::kName, Repeat::harmless) || nothing_done(reply->response);
      auto failure =
          ews::with_evidence(ews::failure_of(reply->response.messages[*busy].status), ews::Evidence(reply->evidence));
      if (passage.leave(&failure, undone)) continue;
      if (undone) return std::unexpected(std::move(failure));
      return reply;
    }
  }

  /// The same for an answer that is taken while it arrives (ews::pull). The slot and the session are the call's until
  /// the last byte is taken: a taker that makes calls of its own on this connection may wait for itself. What is asked
  /// for by a list is gone on with where a try ended, each unit given once; of anything else nothing is repeated once a
  /// unit was given. See PullProgress for values. Errors: as call(), and the taker's, which ends it.
  template <typename Operation>
  ews::Outcome<ews::Reply<typename Operation::Response>> pull(
      ConnectionId connection, std::string_view load, const Operation& operation, const ews::PullTo<Operation>& to,
      const ews::CallContext& context, Deadline deadline, std::stop_token stop = {}, Repeat repeat = Repeat::harmless,
      const ews::PullLimits& limits = {}) {
    PullProgress<Operation> progress(operation, to);
    Hindrance met;
    MW_TRY(auto pulled, advance(connection, load, progress, kAllOfIt, context, deadline, stop, repeat, limits, met));
    return ews::Reply<typename Operation::Response>{std::move(progress.response()), std::move(pulled.version),
                                                    std::move(pulled.evidence)};
  }

  /// Pulls what a long list asks for in batches whose size follows from what they cost. Each batch has `each` for
  /// itself; one that is too much for the server is asked for in smaller ones. Errors: as pull(); what was given before
  /// is the caller's.
  template <AskedByList Operation>
  ews::Outcome<typename Operation::Response> pull_in_batches(ConnectionId connection, std::string_view load,
                                                             const Operation& operation,
                                                             const ews::PullTo<Operation>& to, BatchSize& size,
                                                             const ews::CallContext& context,
                                                             std::chrono::milliseconds each, std::stop_token stop = {},
                                                             const ews::PullLimits& limits = {}) {
    PullProgress<Operation> progress(operation, to);
    const std::size_t all = (operation.*Operation::kList).size();
    while (progress.answered() < all) {
      const std::size_t before = progress.answered();
      const std::size_t until = std::min(all, before + size.next());
      Hindrance met;
      const auto deadline = Deadline::after(each, clock());
      auto pulled = advance(connection, load, progress, until, context, deadline, stop, Repeat::harmless, limits, met);
      if (pulled) {
        size.went_well(until - before, pulled->evidence, met);
        if (progress.answered() >= until) continue;
        return std::unexpected(ews::with_evidence(
            ews::Failure(ews::EwsError::not_soap, "the server answered fewer things than it was asked for"),
            std::move(pulled->evidence)));
      }
      const bool fewer = size.failed(until - before, pulled.error());
      if (!fewer || !progress.may_go_on() || stop.stop_requested()) return std::unexpected(std::move(pulled).error());
    }
    return std::move(progress.response());
  }

  /// Listens to a group of mailboxes until it is stopped: subscribes, connects again when the server closes the
  /// connection or it breaks, with growing pauses, over renewals of the password too. `take` is told on this thread,
  /// and may make calls of its own; while it works the server waits. Takes a slot only until its connection stands:
  /// Exchange counts these by themselves, ten for an account: one more is told so, and tries again. A connection that
  /// is disabled is left within a minute. What it leaves subscribed ends at the server within half an hour. Errors:
  /// invalid_argument for the group, cancelled, the taker's, and what waiting does not help against: a connection that
  /// is gone or disabled, an account that is disabled or was never proven.
  ews::Outcome<void> listen(ConnectionId connection, std::string_view load, const MailboxGroup& group,
                            const TakeNews& take, std::stop_token stop);

  /// For rotation. Closes the sign-in door of the account in this process, and waits until those sign-ins that have
  /// begun have ended, at most until the deadline. (Other processes read the rotation's row, under the same lock.)
  void close_door(AccountId account, Deadline deadline);
  /// Opens it again. `tickets`, where given, are the new version's, so that nobody has to ask for them anew.
  void open_door(AccountId account, std::optional<CredentialVersionId> version = std::nullopt,
                 std::shared_ptr<kerberos::Tickets> tickets = nullptr);
  /// Closes the account's sessions that rest, of all versions but this one (which is its twin's where that has taken
  /// its place); those in use close as their calls end. Which are left in use.
  Lent retire_old(AccountId account, CredentialVersionId only);

  std::vector<LoadReport> loads(AccountId account) const;
  /// Begins to count anew; or goes on from what a process before this one has counted.
  void reset_loads(AccountId account, const std::vector<LoadReport>& counted = {});

  struct State;  ///< gate_state.h

 private:
  /// One call's way through.
  class Passage {
   public:
    /// `again`: it may be sent again where its answer was lost.
    Passage(Gate& gate, ConnectionId connection, std::string_view load, Deadline deadline, std::stop_token stop,
            bool again);
    ~Passage();
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;
    /// A slot, and a session that is signed in.
    ews::Outcome<ews::Session*> enter();
    /// The answer has begun, so that the sign-in that each request may be has ended well.
    void answered();
    /// What came of it, nothing where all went well; whether to try again, which `may_go_again` = false forbids.
    bool leave(const ews::Failure* failure, bool may_go_again = true);
    /// The same for a stream, which is never tried again here and whose throttling concerns no other call.
    void leave_stream(const ews::Failure* failure);
    const Hindrance& met() const;
    /// What follows hangs, and is counted by the server for itself: another call may have the slot.
    void give_back_slot();
    /// Whether the connection may still be used, for what lasts long. Errors: connection_disabled, account_disabled …
    Status check();

   private:
    struct Inner;
    std::unique_ptr<Inner> inner_;
  };

  static constexpr std::size_t kAllOfIt = std::numeric_limits<std::size_t>::max();

  /// Goes on with a pulled operation up to its response message `until`.
  template <typename Operation>
  ews::Outcome<ews::PulledAnswer> advance(ConnectionId connection, std::string_view load,
                                          PullProgress<Operation>& progress, std::size_t until,
                                          const ews::CallContext& context, Deadline deadline,
                                          const std::stop_token& stop, Repeat repeat, const ews::PullLimits& limits,
                                          Hindrance& met) {
    Passage passage(*this, connection, load, deadline, stop, may_send_again(Operation::kName, repeat));
    for (;;) {
      MW_TRY(ews::Session * session, passage.enter());
      const Operation request = progress.request(until);
      auto pulled = ews::pull_into(*session, request, progress.taking([&] { passage.answered(); }), progress.response(),
                                   context, deadline, stop, limits);
      if (progress.refused()) {
        passage.leave(nullptr);
        return pulled;
      }
      auto failure = pulled ? progress.busy(now()) : std::optional(pulled.error());
      if (pulled && failure) {
        failure = ews::with_evidence(*std::move(failure), ews::Evidence(pulled->evidence));
      }
      const bool cut_after_all = failure && progress.is_done(until);
      const bool again = passage.leave(failure ? &*failure : nullptr, progress.may_go_on() && !cut_after_all);
      met = passage.met();
      if (again) continue;
      if (cut_after_all) return ews::PulledAnswer{.version = {}, .evidence = *failure->evidence};
      if (failure) return std::unexpected(*std::move(failure));
      return pulled;
    }
  }
  ews::Outcome<void> hear_group(ConnectionId connection, std::string_view load, GroupListening& listening,
                                const std::stop_token& stop);
  const Clock& clock() const;
  Timestamp now() const;

  std::unique_ptr<State> state_;
};

}  // namespace mailward::connections
