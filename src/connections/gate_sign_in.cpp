#include <algorithm>

#include "connections/directory_settings.h"
#include "connections/gate_trial.h"
#include "ews/operations/get_server_time_zones.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

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

bool is_silence(const ews::Failure& failure) {
  return failure.is(ews::EwsError::timed_out) || failure.is(ews::EwsError::connect_timed_out);
}

/// A connected session at one of the addresses, and what the server offers there.
struct Offered {
  std::unique_ptr<ews::Session> session;
  std::vector<ews::Scheme> schemes;
};

ews::Outcome<Offered> connect(Gate::State& state, const GateView& view, const EwsUrl& url,
                              const CertificateTrust& trust, Deadline deadline, const std::stop_token& stop) {
  MW_TRY(const auto addresses, state.addresses(view.connection.id, url, deadline));
  auto way = state.way(view, deadline, stop);
  if (!way) return std::unexpected(gate_failure(std::move(way).error()));
  std::optional<ews::Failure> last;
  for (const SocketAddress& address : addresses) {
    ews::SessionSettings settings;
    settings.user_agent = view.connection.form.user_agent;
    auto session = std::make_unique<ews::Session>(
        state.parts.transport,
        ews::Endpoint{.host = url.host, .port = url.port, .address = address, .trust = trust, .path = url.path},
        settings, way->proxy());
    const auto answer = session->send({.method = ews::Method::get, .with_credential = false},
                                      deadline.earlier_of(Deadline::after(state.parts.patience)), stop);
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
    if (last->is(ews::EwsError::proxy_failed)) break;
    if (stop.stop_requested() || deadline.expired()) break;
    if (is_silence(*last)) state.avoid(view.connection.id, address);
  }
  return std::unexpected(*std::move(last));
}

ews::Outcome<std::unique_ptr<ews::Session>> show(Gate::State& state, const GateView& view, Offered offered,
                                                 ews::Credential credential, Deadline deadline,
                                                 const std::stop_token& stop) {
  if (auto taken = offered.session->sign_in_with(std::move(credential)); !taken) {
    return std::unexpected(ews::Failure(std::move(taken).error()));
  }
  ews::GetServerTimeZones operation;
  operation.ids = {"UTC"};
  auto reply =
      ews::call(*offered.session, operation, {}, deadline.earlier_of(Deadline::after(state.parts.patience)), stop);
  if (reply) return std::move(offered.session);
  if (is_silence(reply.error()) && !deadline.expired()) {
    state.avoid(view.connection.id, offered.session->endpoint().address);
  }
  return std::unexpected(std::move(reply).error());
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
    auto session = show(*this, view, std::move(offered), std::move(credential), deadline, stop);
    const bool refused = !session && session.error().is(ews::EwsError::unauthorized);
    if (refused && showed_password(*session.error().evidence)) doubt(view, active.id);
    return session;
  }
  Alone alone(*this, view.account.id);
  MW_CHECK(alone.take(deadline, stop));
  Trial trial{.state = *this, .view = view, .password = opened.secret, .version = active.id, .begun = {}};
  if (Status begun = trial.begin(); !begun) return std::unexpected(gate_failure(std::move(begun).error()));
  auto session = show(*this, view, std::move(offered), std::move(credential), deadline, stop);
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
