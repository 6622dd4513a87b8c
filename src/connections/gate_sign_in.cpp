#include <algorithm>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/directory_settings.h"
#include "connections/failure_class.h"
#include "connections/gate_state.h"
#include "connections/rows.h"
#include "ews/operations/get_server_time_zones.h"
#include "work/leases.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::chrono::seconds kLeaseSpan = 60s;
constexpr std::chrono::milliseconds kGlance = 20ms;
constexpr std::chrono::minutes kTicketReserve{5};
/// Clocks of controllers and ours, where nothing better is known.
constexpr std::chrono::seconds kClockDoubt = 2s;
/// For a look at the directory beside a sign-in.
constexpr std::chrono::seconds kLook = 15s;
/// Between a try that was cut short and the next, where nobody can say what became of it: ten of them take longer than
/// any usual lock-out window.
constexpr std::chrono::minutes kAfterInterruption{5};

By by_gate() {
  return {.actor = audit::Actor::system("gate"), .source = {}, .token = {}, .request_id = {}};
}

void note(const Status& kept) {
  if (!kept) log::failure("gate.books_not_kept", kept.error());
}

/// What a KDC's refusal means; nothing where the password was not judged.
std::optional<FailureClass> refusal_of(const Error& error) {
  using enum kerberos::KerberosError;
  if (error.is(bad_password)) return FailureClass::bad_password;
  if (error.is(password_expired)) return FailureClass::password_expired;
  if (error.is(must_change_password)) return FailureClass::must_change_password;
  if (error.is(account_disabled)) return FailureClass::account_disabled;
  if (error.is(account_locked) || error.is(account_revoked)) return FailureClass::account_locked;
  if (error.is(account_expired)) return FailureClass::account_expired;
  if (error.is(not_allowed_now)) return FailureClass::logon_not_allowed;
  if (error.is(unknown_user)) return FailureClass::account_unknown;
  return std::nullopt;
}

/// Whom one's turn is taken from.
enum class Among { threads, processes };

/// The right to show a password, for one at a time: among all processes where nobody knows it to be right, else among
/// this one's threads, so that the first refusal is the only one.
class Alone {
 public:
  Alone(Gate::State& state, AccountId account, Among among = Among::processes)
      : state_(state), account_(account), among_(among) {}
  ~Alone() {
    if (lease_) {
      note(state_.parts.ledger.database().transaction(
          [&](db::Transaction& tx) { return work::leases::release(tx, *lease_); }));
    }
    if (!held_) return;
    const std::scoped_lock lock(state_.mutex);
    state_.keys[account_].alone = false;
    state_.changed.notify_all();
  }
  Alone(const Alone&) = delete;
  Alone& operator=(const Alone&) = delete;

  Status take(Deadline deadline, const std::stop_token& stop) {
    std::unique_lock lock(state_.mutex);
    const auto ended = [&]() -> Status {
      if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
      if (deadline.expired(state_.parts.clock)) return fail(BaseError::timed_out, "another sign-in took all the time");
      return {};
    };
    while (state_.keys[account_].alone) {
      MW_CHECK(ended());
      state_.changed.wait_until(lock, stop, deadline.moment(), [&] { return !state_.keys[account_].alone; });
    }
    state_.keys[account_].alone = held_ = true;
    if (among_ == Among::threads) return {};
    const std::string holder = state_.parts.process + "/" + Id<struct AloneTag>::make(state_.parts.clock).text();
    for (;;) {
      lock.unlock();
      auto lease = state_.parts.ledger.database().transaction([&](db::Transaction& tx) {
        return work::leases::acquire(tx, "sign_in/" + account_.text(), holder, kLeaseSpan, state_.parts.clock.now());
      });
      if (lease) {
        lease_ = *std::move(lease);
        return {};
      }
      if (!lease.error().is(work::WorkError::lease_taken)) return fail(std::move(lease).error());
      lock.lock();
      MW_CHECK(ended());
      state_.changed.wait_until(lock, stop, std::min(deadline.moment(), state_.parts.clock.monotonic() + kGlance),
                                [] { return false; });
    }
  }

 private:
  Gate::State& state_;
  AccountId account_;
  Among among_;
  bool held_ = false;
  std::optional<work::Lease> lease_;
};

/// The version's password, its try written down; nothing has been shown yet. Errors: account_parked where it is known
/// to be refused by now.
struct Trial {
  Gate::State& state;
  const GateView& view;
  const SecretString& password;
  CredentialVersionId version;
  Timestamp begun;

  Status begin() {
    begun = state.parts.clock.now();
    MW_TRY(const auto account, state.parts.ledger.account(view.account.id));
    const CredentialVersion* active = account.active();
    if (active == nullptr || active->id != version || active->refused) {
      return fail(ConnectionsError::account_parked,
                  "the password of " + view.account.name + " was refused or replaced meanwhile");
    }
    MW_TRY(const auto rotation, state.parts.ledger.database().read([&](db::Session& session) {
      return rotation_rows::open_of(session, view.account.id);
    }));
    if (rotation && info_of(rotation->state).door == Door::closed) {
      return fail(ConnectionsError::account_busy, "the sign-in door was closed meanwhile");
    }
    MW_TRY(const auto tried, state.parts.refusals.recall(view.account.normalised, password));
    if (tried && tried->state == TriedPassword::State::refused) {
      MW_CHECK(state.parts.ledger.mark_refused(view.account.id, version, tried->failure_class, by_gate()));
      return fail(ConnectionsError::account_parked,
                  "the password of " + view.account.name + " was refused at " + format_timestamp(tried->at));
    }
    if (tried) MW_CHECK(resume(tried->at));
    return state.parts.refusals.begin_try(view.account.normalised, password, std::nullopt);
  }
  /// A try of it was cut short: whether it may be made again. A process that dies in each of its tries must not lock
  /// the account.
  Status resume(Timestamp interrupted) const;
  void forget() const { note(state.parts.refusals.forget(view.account.normalised, password)); }
  void accepted() const {
    forget();
    const std::scoped_lock lock(state.mutex);
    GateKeys& keys = state.keys[view.account.id];
    keys.version = version;
    keys.proven = true;
    keys.doubted.reset();
  }
};

/// What the directory shows of the account after a refusal.
struct Shown {
  bool readable = false;
  bool counted = false;  ///< a controller counted a bad password since
  bool behind = false;   ///< a controller shows an older password than the active one
  std::optional<Timestamp> pwd_last_set;
  std::string controller;  ///< that shows it
};

Shown ask_directory(Gate::State& state, const GateView& view, Timestamp since, Deadline deadline,
                    const std::stop_token& stop) {
  Shown shown;
  if (!view.directory) return shown;
  const auto reader = state.parts.readers.open(*view.directory);
  if (!reader || !reader->directory) return shown;
  const auto account = reader->directory->find_account(view.account.name, deadline, stop);
  if (!account) return shown;
  for (const auto& one : reader->directory->sign_in_counters(*account, deadline, stop)) {
    if (one.error) continue;
    shown.readable = true;
    const auto& known = view.account.active()->pwd_last_set;
    if (known && one.pwd_last_set && *one.pwd_last_set < *known) shown.behind = true;
    if (one.bad_password_time && *one.bad_password_time + kClockDoubt >= since) shown.counted = true;
    if (one.pwd_last_set && (!shown.pwd_last_set || *one.pwd_last_set > *shown.pwd_last_set)) {
      shown.pwd_last_set = one.pwd_last_set;
      shown.controller = one.controller;
    }
  }
  return shown;
}

Shown ask_directory(const Trial& trial, Deadline deadline, const std::stop_token& stop) {
  return ask_directory(trial.state, trial.view, trial.begun, deadline, stop);
}

/// The controllers that show an older password than the active one, and so would count it as wrong; none where nobody
/// can tell.
std::vector<std::string> behind(Gate::State& state, const GateView& view, Deadline deadline,
                                const std::stop_token& stop) {
  std::vector<std::string> hosts;
  const CredentialVersion& active = *view.account.active();
  if (!active.pwd_last_set || !view.directory) return hosts;
  const auto reader = state.parts.readers.open(*view.directory);
  if (!reader || !reader->directory) return hosts;
  const auto account = reader->directory->find_account(view.account.name, deadline, stop);
  if (!account) return hosts;
  for (const auto& one : reader->directory->sign_in_counters(*account, deadline, stop)) {
    if (!one.error && one.pwd_last_set && *one.pwd_last_set < *active.pwd_last_set) hosts.push_back(one.controller);
  }
  return hosts;
}

/// Exchange may ask a controller that has not heard of the password: it is not shown there before all have.
void await_replication(Gate::State& state, const GateView& view) {
  const std::scoped_lock lock(state.mutex);
  state.keys[view.account.id].awaits_replication = true;
}

/// Fails, and lets the connection rest, while replication is awaited and some controller is behind still.
Status check_replicated(Gate::State& state, const GateView& view, Deadline deadline, const std::stop_token& stop) {
  {
    const std::scoped_lock lock(state.mutex);
    if (!state.keys[view.account.id].awaits_replication) return {};
  }
  const auto late = behind(state, view, deadline, stop);
  if (!late.empty()) {
    state.rest(view.connection.id, std::nullopt);
    return fail(
        Error(ConnectionsError::account_busy,
              "the controller " + late.front() + " has not heard of the new password yet: nobody shows it there")
            .with_remedy("let it replicate: repadmin /syncall /AdeP"));
  }
  const std::scoped_lock lock(state.mutex);
  state.keys[view.account.id].awaits_replication = false;
  return {};
}

/// Somebody else has set another password since. Where it is not known how the directory knew this one, by the moment
/// when it was promoted, which is of our clock.
bool was_changed(const GateView& view, const Shown& shown) {
  const CredentialVersion& active = *view.account.active();
  if (!shown.pwd_last_set) return false;
  if (active.pwd_last_set) return *shown.pwd_last_set > *active.pwd_last_set;
  return active.promoted && *shown.pwd_last_set > *active.promoted + kClockDoubt;
}

/// The directory shows that nobody has set another since: whatever was counted, it was not this password.
bool is_in_force(const GateView& view, const Shown& shown) {
  const auto& known = view.account.active()->pwd_last_set;
  return known && shown.pwd_last_set && *shown.pwd_last_set == *known;
}

Status Trial::resume(Timestamp interrupted) const {
  const Shown shown = ask_directory(state, view, interrupted, Deadline::after(kLook), {});
  if (is_in_force(view, shown)) return {};
  if (shown.readable && !shown.counted) return {};
  const Timestamp again = interrupted + kAfterInterruption;
  if (state.parts.clock.now() >= again) return {};
  state.rest(view.connection.id, std::nullopt);
  return fail(ConnectionsError::account_busy,
              "a sign-in of " + view.account.name + " was cut short at " + format_timestamp(interrupted) +
                  " and nobody can say what became of it: the next one is due at " + format_timestamp(again));
}

/// The password was refused: the account's door closes, and its connections say so. One that is replaced by now, or is
/// being replaced, was refused in the nature of things: nothing is noted.
Error park(const Trial& trial, FailureClass failure, const Shown& shown) {
  const GateView& view = trial.view;
  std::string sentence(info_of(failure).title);
  if (failure == FailureClass::password_changed_elsewhere) {
    sentence = "The password of " + view.account.name + " was changed at " + format_timestamp(*shown.pwd_last_set) +
               ", as " + printable(shown.controller, 100) + " shows, and not by Mailward";
  }
  bool is_replaced = false;
  note(trial.state.parts.ledger.database().transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto account, rows::account(tx, view.account.id, tx.lock_rows()));
    MW_TRY(const auto rotation, rotation_rows::open_of(tx, view.account.id));
    is_replaced = account.active() == nullptr || account.active()->id != trial.version ||
                  (rotation && info_of(rotation->state).door == Door::closed);
    if (is_replaced) return {};
    MW_TRY(const auto users, trial.state.parts.ledger.connections_of(tx, view.account.id));
    for (const ServerConnection& user : users) {
      MW_CHECK(trial.state.parts.ledger.note_state(tx, user.id, ConnectionState::needs_credential, name_of(failure),
                                                   sentence, {}, by_gate()));
    }
    return trial.state.parts.ledger.mark_refused(tx, view.account.id, trial.version, name_of(failure), by_gate());
  }));
  if (is_replaced) {
    trial.forget();
    return Error(ConnectionsError::account_busy, "the password of " + view.account.name + " is being renewed");
  }
  note(trial.state.parts.refusals.refused(view.account.normalised, trial.password, name_of(failure)));
  log::warn("gate.account_parked", {{"account", view.account.id.text()}, {"why", std::string(name_of(failure))}});
  return Error(ConnectionsError::account_parked, sentence)
      .with_remedy("type the new password: mailward account password " + view.account.id.text());
}

/// The name to send with NTLM and Basic.
std::string sign_in_name(const GateView& view) {
  return view.account.name;
}

bool allowed(const Authentication& authentication, ews::Scheme scheme) {
  switch (scheme) {
    case ews::Scheme::negotiate:
      return authentication.negotiate;
    case ews::Scheme::ntlm:
      return authentication.ntlm;
    case ews::Scheme::basic:
      return authentication.basic;
  }
  return false;
}

bool showed_password(const ews::Evidence& evidence) {
  using enum ews::SignInStage;
  const auto stage = evidence.sign_in.stage;
  return stage == basic_sent || stage == negotiate_sent || stage == ntlm_type3_sent;
}

/// A connected session at one of the addresses, and what the server offers there.
struct Offered {
  std::unique_ptr<ews::Session> session;
  std::vector<ews::Scheme> schemes;
};

ews::Outcome<Offered> connect(Gate::State& state, const GateView& view, const EwsUrl& url,
                              const CertificateTrust& trust, Deadline deadline, const std::stop_token& stop) {
  MW_TRY(const auto addresses, state.addresses(view.connection.id, url, deadline));
  std::optional<ews::Failure> last;
  for (const SocketAddress& address : addresses) {
    ews::SessionSettings settings;
    settings.user_agent = view.connection.form.user_agent;
    auto session = std::make_unique<ews::Session>(
        state.parts.transport,
        ews::Endpoint{.host = url.host, .port = url.port, .address = address, .trust = trust, .path = url.path},
        settings);
    const auto answer = session->send({.method = ews::Method::get, .with_credential = false}, deadline, stop);
    if (answer && answer->evidence.status == 401) {
      Offered offered{std::move(session), answer->evidence.offer.schemes};
      std::erase_if(offered.schemes,
                    [&](ews::Scheme scheme) { return !allowed(view.connection.form.authentication, scheme); });
      return offered;
    }
    if (answer) {
      auto read = ews::read_answer(*answer, "GetFolder");
      last = read ? ews::Failure(ews::EwsError::unexpected_status, "EWS answered without a sign-in")
                  : std::move(read).error();
      continue;
    }
    last = answer.error();
    if (stop.stop_requested() || deadline.expired()) break;
  }
  return std::unexpected(*std::move(last));
}

ews::Outcome<std::unique_ptr<ews::Session>> show(Offered offered, ews::Credential credential, Deadline deadline,
                                                 const std::stop_token& stop) {
  if (auto taken = offered.session->sign_in_with(std::move(credential)); !taken) {
    return std::unexpected(ews::Failure(std::move(taken).error()));
  }
  ews::GetServerTimeZones operation;
  operation.ids = {"UTC"};
  auto reply = ews::call(*offered.session, operation, {}, deadline, stop);
  if (!reply) return std::unexpected(std::move(reply).error());
  return std::move(offered.session);
}

/// A 401 to a password that nobody has judged.
ews::Failure judge(const Trial& trial, ews::Failure failure, Deadline deadline, const std::stop_token& stop) {
  const Shown shown = ask_directory(trial, deadline, stop);
  if (was_changed(trial.view, shown)) {
    return gate_failure(park(trial, FailureClass::password_changed_elsewhere, shown));
  }
  if (shown.behind) {
    trial.forget();
    await_replication(trial.state, trial.view);
    trial.state.rest(trial.view.connection.id, std::nullopt);
    return failure;
  }
  if (shown.counted && !is_in_force(trial.view, shown))
    return gate_failure(park(trial, FailureClass::bad_password, shown));
  if (!shown.readable) return gate_failure(park(trial, FailureClass::refused_or_overloaded, shown));
  // Not counted, and nobody has set another: the password is right, and the server refuses it for a reason of its own.
  trial.forget();
  trial.state.rest(trial.view.connection.id, std::nullopt);
  return failure;
}

}  // namespace

ews::Outcome<std::shared_ptr<kerberos::Tickets>> Gate::State::tickets_of(const GateView& view,
                                                                         const SecretString& password,
                                                                         Deadline deadline,
                                                                         const std::stop_token& stop) {
  const CredentialVersion& active = *view.account.active();
  if (!view.directory || view.directory->form.realm.empty()) return nullptr;
  const auto held = [&]() -> std::shared_ptr<kerberos::Tickets> {
    const std::scoped_lock lock(mutex);
    const GateKeys& one = keys[view.account.id];
    const bool good =
        one.tickets && one.version == active.id && one.tickets->expires() > parts.clock.now() + kTicketReserve;
    return good ? one.tickets : nullptr;
  };
  if (auto tickets = held()) return tickets;
  Alone alone(*this, view.account.id);
  MW_CHECK(alone.take(deadline, stop));
  if (auto tickets = held()) return tickets;
  const auto late = behind(*this, view, deadline, stop);
  const auto settings = realm_settings(*view.directory, parts.resolver, parts.destinations, deadline,
                                       {.first = active.controller, .behind = late});
  if (!settings) {
    if (!late.empty()) await_replication(*this, view);
    return nullptr;
  }
  Trial trial{.state = *this, .view = view, .password = password, .version = active.id, .begun = {}};
  if (Status begun = trial.begin(); !begun) return std::unexpected(gate_failure(std::move(begun).error()));
  auto got = kerberos::acquire(*settings, view.account.name, password, deadline, stop);
  if (got) {
    trial.accepted();
    auto tickets = std::make_shared<kerberos::Tickets>(*std::move(got));
    const std::scoped_lock lock(mutex);
    keys[view.account.id].tickets = tickets;
    return tickets;
  }
  const auto refusal = refusal_of(got.error());
  if (refusal == FailureClass::bad_password) {
    const Shown shown = ask_directory(trial, deadline, stop);
    const bool elsewhere = was_changed(view, shown);
    return std::unexpected(gate_failure(
        park(trial, elsewhere ? FailureClass::password_changed_elsewhere : FailureClass::bad_password, shown)));
  }
  if (got.error().is(kerberos::KerberosError::unanswered)) {
    rest(view.connection.id, std::nullopt);
    return std::unexpected(gate_failure(std::move(got).error()));
  }
  trial.forget();
  if (!refusal && !late.empty()) await_replication(*this, view);
  if (!refusal) return nullptr;
  // It is the account that is refused, whatever its password: a person mends it, and the gate looks again by and by.
  rest(view.connection.id, std::nullopt);
  return std::unexpected(gate_failure(std::move(got).error()));
}

Status Gate::State::settle_doubt(const GateView& view, const SecretString& password, Deadline deadline,
                                 const std::stop_token& stop) {
  const CredentialVersion& active = *view.account.active();
  const auto doubted = [&]() -> std::optional<Timestamp> {
    const std::scoped_lock lock(mutex);
    const GateKeys& one = keys[view.account.id];
    return one.version == active.id ? one.doubted : std::nullopt;
  };
  if (!doubted()) return {};
  Alone alone(*this, view.account.id);
  MW_CHECK(alone.take(deadline, stop));
  const auto since = doubted();
  if (!since) return {};
  const Trial trial{.state = *this, .view = view, .password = password, .version = active.id, .begun = *since};
  const Shown shown = ask_directory(trial, deadline, stop);
  const auto let_go = [&](bool is_right) {
    const std::scoped_lock lock(mutex);
    GateKeys& one = keys[view.account.id];
    one.doubted.reset();
    one.proven = is_right;
    if (!is_right) one.tickets.reset();
  };
  if (was_changed(view, shown)) return fail(park(trial, FailureClass::password_changed_elsewhere, shown));
  if (shown.counted && !is_in_force(view, shown)) return fail(park(trial, FailureClass::bad_password, shown));
  if (shown.readable) {
    // The password is right, and the server refuses it for a reason of its own, or asks a controller that is behind.
    let_go(true);
    if (shown.behind) await_replication(*this, view);
    rest(view.connection.id, std::nullopt);
    return fail(ConnectionsError::account_busy, "the server refused a password that is right");
  }
  const bool kdc_can_tell = view.directory && !view.directory->form.realm.empty();
  if (!kdc_can_tell) return fail(park(trial, FailureClass::refused_or_overloaded, shown));
  let_go(false);
  return {};
}

ews::Outcome<std::unique_ptr<ews::Session>> Gate::State::sign_in(const GateView& view, Deadline deadline,
                                                                 const std::stop_token& stop) {
  const CredentialVersion& active = *view.account.active();
  MW_TRY(const auto url, EwsUrl::parse(view.connection.form.ews_url));
  CertificateTrust trust = CertificateTrust::system();
  if (!view.connection.form.trust_pem.empty()) {
    MW_TRY(trust, CertificateTrust::from_pem(view.connection.form.trust_pem));
  }
  MW_TRY(const auto opened, parts.ledger.open_active(view.account, view.destination));
  if (Status settled = settle_doubt(view, opened.secret, deadline, stop); !settled) {
    return std::unexpected(gate_failure(std::move(settled).error()));
  }
  MW_TRY(const auto tickets, tickets_of(view, opened.secret, deadline, stop));
  MW_TRY(Offered offered, connect(*this, view, url, trust, deadline, stop));

  ews::Credential credential;
  credential.account = view.account.id.text();
  const bool negotiate = std::ranges::find(offered.schemes, ews::Scheme::negotiate) != offered.schemes.end();
  if (negotiate && tickets) {
    if (const auto ticket = kerberos::fetch_service_ticket(*tickets, "HTTP", url.host, deadline, stop)) {
      credential.scheme = ews::Scheme::negotiate;
      credential.tickets = ews::TicketHandle(tickets, tickets->credential());
      credential.service = ticket->principal;
    }
  }
  std::erase(offered.schemes, ews::Scheme::negotiate);
  if (!credential.tickets) {
    if (offered.schemes.empty()) {
      return std::unexpected(ews::Failure(ews::EwsError::scheme_not_offered,
                                          "the server offers no scheme that this connection may sign in with"));
    }
    credential.scheme = offered.schemes.front();
    credential.user = sign_in_name(view);
    credential.password = opened.secret.clone();
  }
  if (!credential.tickets) {
    if (Status may = check_replicated(*this, view, deadline, stop); !may) {
      return std::unexpected(gate_failure(std::move(may).error()));
    }
  }
  const bool known = [&] {
    const std::scoped_lock lock(mutex);
    const GateKeys& one = keys[view.account.id];
    return one.proven && one.version == active.id;
  }();
  if (known) {
    // A ticket shows no password; where one is shown, the first refusal is to be the only one.
    Alone turn(*this, view.account.id, Among::threads);
    if (!credential.tickets) {
      MW_CHECK(turn.take(deadline, stop));
      const std::scoped_lock lock(mutex);
      const GateKeys& one = keys[view.account.id];
      if (!one.proven || one.version != active.id) {
        return std::unexpected(gate_failure(Error(ConnectionsError::account_busy, "it was refused meanwhile")));
      }
    }
    auto session = show(std::move(offered), std::move(credential), deadline, stop);
    if (!session && session.error().is(ews::EwsError::unauthorized)) doubt(view, active.id);
    return session;
  }
  Alone alone(*this, view.account.id);
  MW_CHECK(alone.take(deadline, stop));
  Trial trial{.state = *this, .view = view, .password = opened.secret, .version = active.id, .begun = {}};
  if (Status begun = trial.begin(); !begun) return std::unexpected(gate_failure(std::move(begun).error()));
  auto session = show(std::move(offered), std::move(credential), deadline, stop);
  if (session) {
    trial.accepted();
    return session;
  }
  if (session.error().is(ews::EwsError::unauthorized) && showed_password(*session.error().evidence)) {
    return std::unexpected(judge(trial, std::move(session).error(), deadline, stop));
  }
  if (!showed_password(*session.error().evidence) || session.error().said) trial.forget();
  return session;
}

}  // namespace mailward::connections
