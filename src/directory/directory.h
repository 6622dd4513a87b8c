#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/net.h"
#include "base/result.h"
#include "base/secret.h"
#include "base/tls.h"
#include "directory/account.h"
#include "directory/bind_witness.h"
#include "directory/directory_error.h"
#include "kerberos/tickets.h"

/// Active Directory over LDAP (RFC 4511, MS-ADTS), read by an account of its own. Always inside TLS.
namespace mailward::directory {

enum class LdapSecurity { ldaps, start_tls };

struct Controller {
  std::string host;  ///< checked against the certificate; with `discover`, the domain
  LdapSecurity security = LdapSecurity::ldaps;
  std::uint16_t port = 0;  ///< 0: 636 or 389
  /// Not one, but those that DNS names for the domain (MS-ADTS 6.3.2.3), of `site` first where one is given.
  bool discover = false;
  std::string site{};
};

/// Those of the hosts that lie within the domain, as controllers, each once: DNS alone must not lead a password
/// anywhere else.
std::vector<Controller> controllers_within(const Controller& domain, const std::vector<ServiceHost>& offered);
/// The controller itself, or those that DNS names for its domain, at most 32, in an order to ask them. Errors:
/// NameError.
Result<std::vector<Controller>> discovered(const Controller& controller, const Resolver& resolver, Deadline deadline);

/// How the reader proves himself to a controller, always inside TLS.
enum class SignInBy {
  simple,    ///< name and password by a simple bind (RFC 4513 5.1.3): the controller itself sees the password
  kerberos,  ///< a ticket by SASL GSSAPI (RFC 4752), bound to the TLS channel: the password never leaves this process
};

struct Settings {
  /// In the order to ask them; at least one.
  std::vector<Controller> controllers;
  /// "DC=example,DC=test"; empty: the controller's defaultNamingContext.
  std::string base_dn;
  CertificateTrust trust = CertificateTrust::system();
  /// As a UPN, DOMAIN\name or, for a simple bind, DN.
  std::string reader_name;
  SecretString reader_password;
  SignInBy sign_in_by = SignInBy::simple;
  /// For SignInBy::kerberos: the realm and its controllers, their addresses checked by the destination policy; asked
  /// before each sign-in, on the caller's thread. The one that is signed in to is asked for the tickets first, where it
  /// is among them. Errors pass through.
  std::function<Result<kerberos::Settings>(Deadline deadline)> realm{};
};

/// Attribute names in lower case, and their values as bytes.
using Attributes = std::map<std::string, std::vector<std::string>, std::less<>>;

/// What one controller answered.
struct ControllerReading {
  std::string controller;
  Result<Attributes> attributes;
};

struct ControllerClock {
  std::string controller;
  Timestamp time;                        ///< the rootDSE's currentTime, to the second
  std::chrono::milliseconds difference;  ///< its clock less ours, corrected by half the round trip
};

/// One organisation's directory, asked afresh by each call: connect to the first controller that answers (its address
/// checked by the policy, and that address connected to), TLS, bind as the reader, search, leave. Referrals are not
/// followed. Thread-safe. A refused bind is remembered: later calls of this object fail with refused_earlier and send
/// nothing; binds come one after the other, so that a wrong reader password costs one attempt. Names are escaped (RFC
/// 4515): no name can widen a search. Errors of every call: DirectoryError, NameError, BaseError::refused_destination,
/// BaseError::cancelled; where the reader signs in by Kerberos also KerberosError for what is no refusal of his
/// (DirectoryError says those, too): unanswered, after which no other controller is tried, clock_skew, no_spn and the
/// like.
class Directory {
 public:
  /// `resolver` and `clock` must outlive this object. `witness`, where there is one, is asked before each bind as the
  /// reader and told what came of it.
  Directory(Settings settings, const Resolver& resolver, DestinationPolicy destinations,
            const Clock& clock = Clock::system(), std::shared_ptr<BindWitness> witness = nullptr);
  ~Directory();
  Directory(const Directory&) = delete;
  Directory& operator=(const Directory&) = delete;

  /// Binds as the reader and leaves.
  Status check_reader(Deadline deadline, const std::stop_token& stop = {}) const;

  /// The one entry that answers to `name`: a SID ("S-1-…"), DOMAIN\name (a name of this domain), a UPN or an SMTP
  /// address (userPrincipalName is asked first, then proxyAddresses and mail), or a plain sAMAccountName. Errors also:
  /// not_found, ambiguous.
  Result<Account> find_account(std::string_view name, Deadline deadline, const std::stop_token& stop = {}) const;

  /// The policy that governs the account. Errors also: policy_unreadable with the delegation command as the remedy.
  Result<LockoutPolicy> lockout_policy(const Account& account, Deadline deadline,
                                       const std::stop_token& stop = {}) const;

  /// The domain's own policy, which governs every account that no fine-grained one does. Any account may read it.
  Result<LockoutPolicy> domain_lockout_policy(Deadline deadline, const std::stop_token& stop = {}) const;

  /// Every account that holds the name ("HTTP/mail.example.test"; compared without regard to case); none, one, or a
  /// duplicate.
  Result<std::vector<SpnOwner>> find_spn_owners(std::string_view spn, Deadline deadline,
                                                const std::stop_token& stop = {}) const;

  /// The attributes of one entry on each controller in turn; one that fails stands with its error.
  std::vector<ControllerReading> read_on_each_controller(const Account& account,
                                                         const std::vector<std::string>& attributes, Deadline deadline,
                                                         const std::stop_token& stop = {}) const;

  /// Bad password count and time, lock-out time and pwdLastSet on each controller.
  std::vector<SignInCounters> sign_in_counters(const Account& account, Deadline deadline,
                                               const std::stop_token& stop = {}) const;

  /// Who can set the account's password, by its own access list: in the list's order, groups as such. Errors also:
  /// insufficient_rights where the reader may not read the list.
  Result<std::vector<PasswordSetter>> password_setters(const Account& account, Deadline deadline,
                                                       const std::stop_token& stop = {}) const;

  /// What the reader sees of the account beside its attributes: which of `asked` (names as LDAP spells them) are kept
  /// from him, and which privileged groups it is in. For telling what is not set from what is not shown, which LDAP
  /// does alike. Errors also: not_found.
  Result<AccountSight> sight_of(const Account& account, const std::vector<std::string>& asked, Deadline deadline,
                                const std::stop_token& stop = {}) const;

  /// Whether the account `who` may set this one's password as those entries stand: by itself, or by a group of its own
  /// (tokenGroups, so nested ones count). Errors also: insufficient_rights where the reader may not read its groups.
  /// Source: MS-ADTS 3.1.1.4.5.19 (tokenGroups).
  Result<bool> is_among(const std::vector<PasswordSetter>& setters, const Account& who, Deadline deadline,
                        const std::stop_token& stop = {}) const;

  /// Sets a new password as the reader, who must hold the right Reset Password on the account (*delegated reset*): at
  /// the controller that showed the account (Account::controller), and at no other. The policy's history and minimum
  /// age do not bind a reset. Errors also: password_rejected, insufficient_rights with the delegation command as the
  /// remedy, outcome_unknown. Source: MS-ADTS 3.1.1.3.1.5.1 (unicodePwd).
  Result<PasswordTaken> reset_password(const Account& account, const SecretString& password, Deadline deadline,
                                       const std::stop_token& stop = {}) const;
  /// Lifts the account's lock-out as the reader, who must hold the right to write lockoutTime on it: at the first
  /// controller that answers, and at no other once something was sent. The others hear of it by urgent replication. An
  /// account that is not locked stays as it is. Errors also: insufficient_rights with the delegation command as the
  /// remedy, not_found, outcome_unknown. Source: MS-ADA1 (lockoutTime).
  Status unlock(const Account& account, Deadline deadline, const std::stop_token& stop = {}) const;
  /// Whether the reader may do that: whether lockoutTime is among what the controller lets it write of the account.
  /// Changes nothing. Errors also: insufficient_rights where the controller does not say. Source: MS-ADTS
  /// 3.1.1.4.5.23 (allowedAttributesEffective).
  Result<bool> may_unlock(const Account& account, Deadline deadline, const std::stop_token& stop = {}) const;
  /// The reader changes his own password: the old and the new one in one modification, at the controller that showed
  /// the account and at no other. History and minimum age bind it.
  /// Errors also: password_rejected, old_password_refused, outcome_unknown.
  Result<PasswordTaken> change_own_password(const Account& reader, const SecretString& password, Deadline deadline,
                                            const std::stop_token& stop = {}) const;
  /// Whether one controller takes that name and password: a simple bind, which costs an attempt when it does not. For
  /// an hour after a change a controller takes the password before, too: that it takes the new one is proof, that it
  /// takes the old one proves nothing. Errors: the refusals of DirectoryError, unreachable and the like.
  Status try_password(std::string_view controller, const std::string& name, const SecretString& password,
                      Deadline deadline, const std::stop_token& stop = {}) const;

  /// The host name of the controller that holds the domain's role of PDC emulator ("dc1.example.test"), which hears of
  /// each new password first, as the first controller that answers knows it. Any account may read it. Errors also:
  /// not_found where the role's owner was removed or names no host. Source: MS-ADTS 3.1.1.1.11 (fSMORoleOwner).
  Result<std::string> pdc_emulator(Deadline deadline, const std::stop_token& stop = {}) const;

  /// The URLs at which the organisation publishes Autodiscover in the configuration partition (service connection
  /// points), in an order to ask them: none where nobody published any. Any account may read them. They are what the
  /// directory says, which proves no host. Source: MS-OXDISCO 3.1.5.1.
  Result<std::vector<std::string>> autodiscover_urls(Deadline deadline, const std::stop_token& stop = {}) const;

  /// The clock of the first controller that answers. Needs no right.
  Result<ControllerClock> clock(Deadline deadline, const std::stop_token& stop = {}) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailward::directory
