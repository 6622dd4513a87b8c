#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/error.h"

namespace mailward::directory {

enum class ObjectKind { user, group, contact, computer, other };

/// What Exchange says the object is (msExchRecipientTypeDetails; where Exchange left no mark, what the other attributes
/// say).
enum class RecipientKind {
  none,  ///< no mark of Exchange on it
  user_mailbox,
  linked_mailbox,
  shared_mailbox,
  resource_mailbox,  ///< room or equipment
  other_mailbox,     ///< system, arbitration, discovery, monitoring, public folder…
  remote_mailbox,    ///< the mailbox is in Exchange Online: see target_address
  mail_user,         ///< mail goes elsewhere: see target_address
  mail_contact,
  group,
};
std::string_view recipient_kind_name(RecipientKind kind);

/// One entry as a controller showed it. What the reader may not see, or what is not set, is empty.
struct Account {
  std::string dn;
  std::string sid;   ///< "S-1-5-21-…"
  std::string guid;  ///< objectGUID, lower case with hyphens
  std::string sam_account_name;
  std::string user_principal_name;
  std::string display_name;
  std::string mail;
  std::vector<std::string> proxy_addresses;  ///< as stored: "SMTP:usera@example.test", "smtp:…"
  std::string target_address;                ///< "SMTP:usera@example.mail.onmicrosoft.com"
  ObjectKind kind = ObjectKind::other;
  RecipientKind recipient = RecipientKind::none;
  std::vector<std::string> service_principal_names;

  bool enabled = true;
  bool locked = false;  ///< in force at this controller now (msDS-User-Account-Control-Computed)
  std::optional<Timestamp> lockout_time;
  std::optional<Timestamp> account_expires;  ///< nothing: never
  bool account_expired = false;
  bool password_expired = false;
  bool must_change_password = false;  ///< pwdLastSet is 0
  bool password_never_expires = false;
  std::optional<Timestamp> pwd_last_set;
  std::optional<Timestamp> password_expires;  ///< nothing: never, or not readable
  /// Of the controller that answered; each controller counts for itself (Directory::sign_in_counters).
  std::optional<int> bad_password_count;
  std::optional<Timestamp> bad_password_time;
  bool smart_card_required = false;
  bool preauthentication_not_required = false;
  /// msDS-SupportedEncryptionTypes as names ("aes256-cts-hmac-sha1-96", …); empty where not set (the domain's default).
  std::vector<std::string> encryption_types;

  // How well it is guarded (MS-ADTS 2.2.16, MS-ADA1 to 3 for the attributes).
  bool flags_shown = false;             ///< userAccountControl could be read: the flags above and below mean something
  bool not_delegated = false;           ///< "sensitive and cannot be delegated" (NOT_DELEGATED)
  bool trusted_for_delegation = false;  ///< may itself act as whoever comes (unconstrained)
  bool des_only = false;                ///< USE_DES_KEY_ONLY
  bool password_not_required = false;   ///< PASSWD_NOTREQD
  bool reversible_password = false;     ///< ENCRYPTED_TEXT_PWD_ALLOWED
  std::optional<int> admin_count;       ///< 1: it is, or was, in a protected group (MS-ADTS 3.1.1.6.1)
  /// Where it may sign in from (userWorkstations); empty: anywhere, or not readable.
  std::vector<std::string> workstations;

  std::string controller;  ///< that answered
};

/// A group whose members rule the domain, the servers or Exchange.
struct PrivilegedGroup {
  std::string sid;
  std::string name;
};

/// What the reader sees of an account beside its attributes.
struct AccountSight {
  /// Attributes of `asked` that are absent and that the reader may not read, by the entry's access list; where that
  /// list is not readable, all that are absent.
  std::vector<std::string> hidden;
  bool access_list_shown = false;
  /// Those that the account is in, by way of other groups too (tokenGroups); nothing where that is not readable.
  std::optional<std::vector<PrivilegedGroup>> privileged_groups;
};

/// What one controller knows of an account's sign-ins.
struct SignInCounters {
  std::string controller;
  std::optional<Error> error;  ///< why nothing is known of this one
  std::optional<int> bad_password_count;
  std::optional<Timestamp> bad_password_time;
  std::optional<Timestamp> lockout_time;
  std::optional<Timestamp> pwd_last_set;  ///< nothing: never set, or must be changed
};

/// A controller has taken a new password.
struct PasswordTaken {
  std::string controller;
  /// As it shows it afterwards, where it could be read: what other controllers must show before they know it too.
  std::optional<Timestamp> pwd_last_set;
};

/// Somebody who can set an account's password.
struct PasswordSetter {
  std::string sid;
  std::string name;    ///< "Domain Admins", "NT AUTHORITY\SYSTEM"; the SID where nobody is known by it
  std::string way;     ///< "reset_right", "full_control", "write_dac", "write_owner", "ownership", "no_list"
  std::string reason;  ///< the same for a person: "holds Reset Password on it"
};

/// The lock-out rules in force for an account.
struct LockoutPolicy {
  enum class Source { domain, fine_grained };
  Source source = Source::domain;
  std::string name;                                          ///< the domain's or the password settings object's name
  int threshold = 0;                                         ///< bad passwords until the account is locked; 0: never
  std::chrono::seconds observation_window{0};                ///< after which the count begins anew
  std::optional<std::chrono::seconds> lockout_duration;      ///< nothing: until an administrator unlocks it
  std::optional<std::chrono::seconds> maximum_password_age;  ///< nothing: never
  std::chrono::seconds minimum_password_age{0};
  int minimum_password_length = 0;
  int password_history = 0;
  bool complexity = false;
};

/// Who holds a service principal name.
struct SpnOwner {
  std::string dn;
  std::string sam_account_name;
  std::string spn;  ///< as stored
  bool enabled = true;
  std::vector<std::string> encryption_types;
};

}  // namespace mailward::directory
