#pragma once

#include <memory>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/net.h"
#include "base/result.h"
#include "base/secret.h"
#include "directory/directory.h"

namespace mailward::directory {

struct Entry {
  std::string dn;
  Attributes attributes;

  /// The first value; empty where there is none.
  const std::string& first(std::string_view name) const;
  const std::vector<std::string>& all(std::string_view name) const;
  bool has(std::string_view name) const { return !all(name).empty(); }
};

enum class Scope { base, subtree };

/// One part of a modification (RFC 4511 4.6); the value as it goes over the wire.
struct Change {
  enum class Kind { add, remove, replace };
  Kind kind = Kind::replace;
  std::string attribute;
  SecretString value;
};

struct Search {
  std::string base{};
  Scope scope = Scope::base;
  std::string filter = "(objectClass=*)";
  std::vector<std::string> attributes{};
  int limit = 10;  ///< more entries than this are an error
  /// nTSecurityDescriptor without its audit list, which few may read (MS-ADTS 3.1.1.3.4.1.11, LDAP_SERVER_SD_FLAGS).
  bool with_access_list = false;
};

/// One connection to one controller for one call, inside TLS from the start. All its waiting together ends at the
/// deadline. One thread.
class LdapConnection {
 public:
  /// Connects to `address`, where TLS must prove `controller.host`. Errors: ConnectError, DirectoryError,
  /// BaseError::cancelled.
  static Result<std::unique_ptr<LdapConnection>> open(const Controller& controller, const SocketAddress& address,
                                                      const CertificateTrust& trust, Deadline deadline,
                                                      const std::stop_token& stop);
  ~LdapConnection();
  LdapConnection(const LdapConnection&) = delete;
  LdapConnection& operator=(const LdapConnection&) = delete;

  /// A simple bind. Errors: the refusals of DirectoryError.
  Status bind(const std::string& name, const SecretString& password);
  /// A bind by SASL GSSAPI (RFC 4752) with a ticket for this controller, without a layer inside TLS, and bound to its
  /// certificate (RFC 5929 tls-server-end-point) where that has a single hash. The tickets prove the password already:
  /// that this controller refuses them is never bad_password. Errors: the refusals of DirectoryError, protocol, other.
  Status bind(const kerberos::Tickets& tickets, const kerberos::ServiceTicket& ticket);
  /// Nothing found is an empty list, also where the base does not exist (or may not be seen). Errors: too_large and
  /// others.
  Result<std::vector<Entry>> search(const Search& search);
  /// All of the changes or none. Errors: insufficient_rights, and what refused_change() makes of a refusal;
  /// outcome_unknown from the moment on when it was sent until the answer is here.
  Status modify(const std::string& dn, const std::vector<Change>& changes);

 private:
  struct State;
  explicit LdapConnection(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

/// A refused change of unicodePwd as an error of its own: reads the Windows code in Active Directory's diagnostic
/// message (MS-ADTS 3.1.1.3.1.5; MS-ERREF 2.2: 0000052D the policy, 00000056 the old password).
Error refused_change(std::string_view host, int result, std::string_view diagnostic_message);

/// A refused bind as an error of its own: reads the `data` code in Active Directory's diagnostic message.
Error bind_refusal(std::string_view diagnostic_message);
/// The same for a ticket: what is no state of the account (bad_password, unknown_user) is `other`, for the password was
/// taken before.
Error ticket_refusal(std::string_view diagnostic_message);

}  // namespace mailward::directory
