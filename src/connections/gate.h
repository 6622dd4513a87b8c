#pragma once

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/net.h"
#include "connections/ledger.h"
#include "connections/load_report.h"
#include "connections/reader_door.h"
#include "connections/refusal_memory.h"
#include "ews/soap.h"
#include "ews/transport.h"
#include "kerberos/tickets.h"

namespace mailward::connections {

/// Whether a call may be sent again when its answer was lost.
enum class Repeat { never, safe };

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
    ews::Transport& transport;
    const Resolver& resolver;
    DestinationPolicy destinations;
    const Clock& clock;
    /// Of this process, for ever (work::Runs::process()).
    std::string process;
    /// How long a call is held at a door at most.
    std::chrono::milliseconds hold_limit{10'000};
  };
  explicit Gate(Parts parts);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  /// Runs one operation as the connection's account. A throttled call is repeated after the server's back-off, and with
  /// Repeat::safe one that was cut off, as long as the deadline allows it. Errors: as ews::call; Failure::error is
  /// gate_timeout or account_parked where the gate itself ended it.
  template <typename Operation>
  ews::Outcome<ews::Reply<typename Operation::Response>> call(ConnectionId connection, std::string_view load,
                                                              const Operation& operation,
                                                              const ews::CallContext& context, Deadline deadline,
                                                              std::stop_token stop = {},
                                                              Repeat repeat = Repeat::never) {
    Passage passage(*this, connection, load, deadline, stop, repeat);
    for (;;) {
      MW_TRY(ews::Session * session, passage.enter());
      auto reply = ews::call(*session, operation, context, deadline, stop);
      if (reply) {
        if (auto failure = reply->response.first_error(); failure && failure->is(ews::EwsError::throttled)) {
          reply = std::unexpected(ews::with_evidence(*std::move(failure), std::move(reply->evidence)));
        }
      }
      if (!passage.leave(reply ? nullptr : &reply.error())) return reply;
    }
  }

  /// For rotation. Closes the sign-in door of the account in this process, and waits until those sign-ins that have
  /// begun have ended, at most until the deadline. (Other processes read the rotation's row, under the same lock.)
  void close_door(AccountId account, Deadline deadline);
  /// Opens it again. `tickets`, where given, are the new version's, so that nobody has to ask for them anew.
  void open_door(AccountId account, std::optional<CredentialVersionId> version = std::nullopt,
                 std::shared_ptr<kerberos::Tickets> tickets = nullptr);
  /// Closes the account's sessions that rest, of all versions but this one (which is its twin's where that has taken
  /// its place); those in use close as their calls end. How many are left in use.
  std::size_t retire_old(AccountId account, CredentialVersionId only);

  std::vector<LoadReport> loads(AccountId account) const;
  /// Begins to count anew; or goes on from what a process before this one has counted.
  void reset_loads(AccountId account, const std::vector<LoadReport>& counted = {});

  struct State;  ///< gate_state.h

 private:
  /// One call's way through.
  class Passage {
   public:
    Passage(Gate& gate, ConnectionId connection, std::string_view load, Deadline deadline, std::stop_token stop,
            Repeat repeat);
    ~Passage();
    Passage(const Passage&) = delete;
    Passage& operator=(const Passage&) = delete;
    /// A slot, and a session that is signed in.
    ews::Outcome<ews::Session*> enter();
    /// What came of it, nothing where all went well; whether to try again.
    bool leave(const ews::Failure* failure);

   private:
    struct Inner;
    std::unique_ptr<Inner> inner_;
  };
  std::unique_ptr<State> state_;
};

}  // namespace mailward::connections
