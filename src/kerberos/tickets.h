#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/net.h"
#include "base/result.h"
#include "base/secret.h"

struct gss_cred_id_struct;

/// Kerberos tickets by password (RFC 4120, MS-KILE): MIT's libkrb5 makes and reads the
/// messages, this room carries them over TCP itself. So each request goes once, to an address that the caller has
/// checked, within the caller's deadline, and a password is never tried twice.
namespace mailward::kerberos {

/// The controllers (key distribution centres) of one realm, in the order to ask them. The addresses must have been
/// checked by the destination policy; the port is 88 but in tests.
struct Realm {
  std::string name;  ///< "EXAMPLE.TEST"; made upper case
  std::vector<SocketAddress> controllers;
};

struct Settings {
  Realm home;
  /// The NetBIOS name of the home realm's domain ("EXAMPLE"); empty: only the realm and its first label are known.
  std::string domain{};
  /// Realms that the home realm may refer to (child domains, trusts). One that is not listed is no_kdc_known.
  std::vector<Realm> others{};
  /// Added to the system's clock, for tests of a clock that is wrong.
  std::chrono::seconds clock_offset{0};
};

/// Why no ticket was had. The message keeps libkrb5's or the controller's own words.
enum class KerberosError {
  bad_password,
  password_expired,      ///< the password is right or not judged, and too old
  must_change_password,  ///< an administrator demands a change at the next sign-in
  account_disabled,
  account_locked,
  account_expired,
  account_revoked,  ///< disabled, locked or expired: the controller did not say which
  not_allowed_now,  ///< logon hours, workstations or a policy forbid this sign-in
  unknown_user,
  foreign_domain,    ///< "DOMAIN\\user" of another domain than the settings'; nothing was sent
  unreachable,       ///< no controller took the connection: nothing was tried
  unanswered,        ///< a controller took the password's proof, and no answer settles it (silence, a cancellation,
                     ///< rubbish, an error of no known meaning; the cause says which): it may have counted
  no_kdc_known,      ///< no address is known for a realm
  clock_skew,        ///< the controller's clock and ours differ by more than five minutes; the password was not judged
  etype_mismatch,    ///< no encryption type in common with the account or the service
  no_spn,            ///< no account holds the service's name
  duplicate_spn,     ///< more than one account holds it
  malformed_answer,  ///< what answered does not speak Kerberos
  other,
};
std::string_view error_subject(KerberosError code);
std::string_view error_name(KerberosError code);

/// A ticket for a service, held in its Tickets.
struct ServiceTicket {
  /// "HTTP/mail.example.test@EXAMPLE.TEST": import it into GSSAPI as GSS_KRB5_NT_PRINCIPAL_NAME, not as a host-based
  /// service, so that no name is looked up and the ticket is found without a word on the network.
  std::string principal;
  std::string encryption;  ///< of the ticket: "aes256-cts-hmac-sha1-96"; the strongest the service's account has
  std::string session_encryption;
  Timestamp expires;
  std::size_t bytes = 0;  ///< of the ticket; above about 12,000 the front end's header limits matter
};

/// A ticket-granting ticket and what was had with it, in a cache of this process' memory, wiped at the end. Move-only.
/// Thread-safe: fetch_service_ticket and GSSAPI calls with credential() may run at the same time.
class Tickets {
 public:
  Tickets(Tickets&&) noexcept;
  Tickets& operator=(Tickets&&) noexcept;
  ~Tickets();

  /// The credential for gss_init_sec_context with krb5 or SPNEGO, where SPNEGO is held to krb5 so that it never falls
  /// back to NTLM. Owned by this object and valid as long as it; never release it.
  gss_cred_id_struct* credential() const;
  /// Who the controller says this is: "usera@EXAMPLE.TEST".
  const std::string& principal() const;
  Timestamp expires() const;
  /// The controller that answered.
  const SocketAddress& controller() const;
  /// The controller's clock less ours, where it told (at pre-authentication).
  std::optional<std::chrono::seconds> clock_difference() const;

  struct State;
  explicit Tickets(std::unique_ptr<State> state);
  State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

/// Asks for initial credentials: exactly one try of the password at one controller, at most. A controller that does not
/// take the connection, or stays silent before the password was used, is passed over for the next; after that nothing
/// is repeated. `principal` is a UPN (any suffix: it is sent as an enterprise name and canonicalised), "user" alone (of
/// the home realm), or "DOMAIN\user", of which the user part is taken (DOMAIN must be Settings::domain, the home realm
/// or its first label, in any case). Errors: KerberosError; BaseError::cancelled and BaseError::timed_out, both before
/// the password was used only (afterwards it is unanswered, by them); and BaseError::invalid_argument for a password
/// with a NUL or an empty one, or an unusable name: nothing was sent.
Result<Tickets> acquire(const Settings& settings, std::string_view principal, const SecretString& password,
                        Deadline deadline, std::stop_token stop = {});

/// Fetches a ticket for `service`/`host` (no name is canonicalised), from the cache when it is there and has a minute
/// left. Costs no attempt. Errors as acquire.
Result<ServiceTicket> fetch_service_ticket(Tickets& tickets, std::string_view service, std::string_view host,
                                           Deadline deadline, std::stop_token stop = {});

/// Makes GSSAPI and libkrb5 of this process read no /etc/krb5.conf: what this room does is set out by its Settings
/// alone, and what the host says must not change it. Call once at the start of main, before any thread (it sets
/// KRB5_CONFIG).
void ignore_host_configuration();

}  // namespace mailward::kerberos
