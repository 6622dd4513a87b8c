#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "base/tls.h"
#include "connections/gate.h"
#include "connections/proxy_way.h"
#include "connections/rotation_rows.h"

/// What the gate keeps in memory. Internal to connections/.
namespace mailward::connections {

/// A ticket that ends so soon is not used any more.
constexpr std::chrono::minutes kTicketReserve{5};

/// The rows that one call depends on, as they stood at one moment.
struct GateView {
  ServerConnection connection;
  ServiceAccount account;
  std::optional<DirectoryRecord> directory;
  std::string destination;
  Door door = Door::open;  ///< as the account's rotation has it
};

/// A session at rest.
struct RestingSession {
  std::unique_ptr<ews::Session> session;
  CredentialVersionId version;
  MonotonicTime since;
  /// What has a ticket in each request is of no use when that ends. Greatest: it never does.
  Timestamp usable_until = Timestamp::max();
};

/// One connection.
struct GateLane {
  std::shared_ptr<const GateView> view;
  MonotonicTime viewed;
  std::vector<SocketAddress> addresses;
  MonotonicTime resolved;
  std::size_t next_address = 0;
  unsigned in_flight = 0;
  unsigned limit = 0;             ///< how many may be: falls when the server throttles, rises again with what goes well
  unsigned went_well = 0;         ///< since it last changed
  std::set<std::uint64_t> queue;  ///< who waits for a slot, in the order of their coming
  std::uint64_t next_place = 0;
  MonotonicTime rests_until;
  std::chrono::milliseconds pause{0};  ///< the last one: doubled by the next
  std::vector<RestingSession> resting;
  RepetitionBudget budget;
  bool replacing = false;  ///< one session of an old version is being replaced: they are, one by one
  /// The sessions of this version alone may rest: those of all others are retired, until another comes into force.
  std::optional<CredentialVersionId> only;
  std::map<CredentialVersionId, Lent> lent;  ///< the sessions in use
};

/// One account.
struct GateKeys {
  bool closed = false;      ///< the sign-in door, in this process
  unsigned signing_in = 0;  ///< who has passed it and not ended
  unsigned streams = 0;     ///< of notifications
  bool alone = false;       ///< somebody shows the password that nobody knows to be right
  CredentialVersionId version;
  std::shared_ptr<kerberos::Tickets> tickets;
  bool awaits_replication = false;  ///< Exchange refused it while a controller was behind
  bool proven = false;              ///< a KDC or Exchange took that version's password from this process
  /// When a server first refused what was proven: nobody shows it until that is judged.
  std::optional<Timestamp> doubted;
  std::map<std::string, LoadReport, std::less<>> loads;
};

struct Gate::State {
  explicit State(Parts given) : parts(std::move(given)) {}

  /// The rows, at most a quarter of a second old; `fresh`: as they are now.
  Result<std::shared_ptr<const GateView>> view(ConnectionId connection, bool fresh);
  Result<std::vector<SocketAddress>> addresses(ConnectionId connection, const EwsUrl& url, Deadline deadline);
  /// The tickets of the account's active version, asked of the KDC where this process has none; nothing where no KDC
  /// can be asked. Errors: the KDC refused.
  ews::Outcome<std::shared_ptr<kerberos::Tickets>> tickets_of(const GateView& view, const SecretString& password,
                                                              Deadline deadline, const std::stop_token& stop);
  /// A session that has signed in with the account's active version. Errors: what stood in the way; the lane may rest
  /// then. The caller has passed the door.
  ews::Outcome<std::unique_ptr<ews::Session>> sign_in(const GateView& view, Deadline deadline,
                                                      const std::stop_token& stop);
  /// The way to the connection's servers, with its proxy's password where that wants one.
  Result<ProxyWay> way(const GateView& view, Deadline deadline, const std::stop_token& stop);
  void rest(ConnectionId connection, std::optional<std::chrono::milliseconds> asked);
  /// An address that fell silent is left out until the name is resolved again, where there is another.
  void avoid(ConnectionId connection, const SocketAddress& address);
  /// A server refused that version's password, which was proven before: sessions at rest that would show it again are
  /// dropped, and the next sign-in asks the directory before it shows anything.
  void doubt(const GateView& view, CredentialVersionId version);
  /// Finds out what a doubt was worth. Errors: account_parked where the password was changed or counted as wrong; what
  /// the caller has to wait for otherwise.
  Status settle_doubt(const GateView& view, const SecretString& password, Deadline deadline,
                      const std::stop_token& stop);

  Parts parts;
  mutable std::mutex mutex;
  std::condition_variable_any changed;
  std::map<ConnectionId, GateLane> lanes;
  std::map<AccountId, GateKeys> keys;
};

/// The failure that the gate itself ends a call with.
ews::Failure gate_failure(Error error);

}  // namespace mailward::connections
