#include "directory/account_entry.h"

#include <algorithm>
#include <array>

#include "directory/attribute_values.h"

namespace mailward::directory {
namespace {

// MS-ADTS 2.2.16 (userAccountControl), 3.1.1.4.5.17 (msDS-User-Account-Control-Computed).
constexpr std::int64_t kDisabled = 0x2;
constexpr std::int64_t kLockedOut = 0x10;
constexpr std::int64_t kPasswordNotRequired = 0x20;
constexpr std::int64_t kReversiblePassword = 0x80;
constexpr std::int64_t kPasswordNeverExpires = 0x10000;
constexpr std::int64_t kSmartCardRequired = 0x40000;
constexpr std::int64_t kTrustedForDelegation = 0x80000;
constexpr std::int64_t kNotDelegated = 0x100000;
constexpr std::int64_t kDesOnly = 0x200000;
constexpr std::int64_t kNoPreauthentication = 0x400000;
constexpr std::int64_t kPasswordExpired = 0x800000;

// msExchRecipientTypeDetails.
constexpr std::array<std::pair<std::int64_t, RecipientKind>, 21> kRecipientTypes{{
    {1, RecipientKind::user_mailbox},
    {2, RecipientKind::linked_mailbox},
    {4, RecipientKind::shared_mailbox},
    {8, RecipientKind::user_mailbox},  // legacy
    {16, RecipientKind::resource_mailbox},
    {32, RecipientKind::resource_mailbox},
    {64, RecipientKind::mail_contact},
    {128, RecipientKind::mail_user},
    {256, RecipientKind::group},
    {512, RecipientKind::group},
    {1024, RecipientKind::group},
    {2048, RecipientKind::group},
    {32768, RecipientKind::mail_contact},
    {2147483648, RecipientKind::remote_mailbox},
    {8589934592, RecipientKind::remote_mailbox},    // room
    {17179869184, RecipientKind::remote_mailbox},   // equipment
    {34359738368, RecipientKind::remote_mailbox},   // shared
    {274877906944, RecipientKind::remote_mailbox},  // team
    {8192, RecipientKind::other_mailbox},
    {16384, RecipientKind::other_mailbox},
    {4096, RecipientKind::other_mailbox},
}};

ObjectKind kind_of(const Entry& entry) {
  const auto& classes = entry.all("objectclass");
  auto is = [&](std::string_view name) { return std::ranges::find(classes, name) != classes.end(); };
  if (is("computer")) return ObjectKind::computer;
  if (is("user") || is("inetOrgPerson")) return ObjectKind::user;
  if (is("group")) return ObjectKind::group;
  if (is("contact")) return ObjectKind::contact;
  return ObjectKind::other;
}

RecipientKind recipient_of(const Entry& entry, ObjectKind kind) {
  if (auto details = number(entry.first("msexchrecipienttypedetails")); details && *details != 0) {
    for (const auto& [value, known] : kRecipientTypes) {
      if (value == *details) return known;
    }
    return RecipientKind::other_mailbox;
  }
  if (number(entry.first("msexchremoterecipienttype")).value_or(0) != 0) return RecipientKind::remote_mailbox;
  if (entry.has("targetaddress"))
    return kind == ObjectKind::contact ? RecipientKind::mail_contact : RecipientKind::mail_user;
  if (entry.has("msexchmailboxguid")) return RecipientKind::user_mailbox;
  if (kind == ObjectKind::group && entry.has("proxyaddresses")) return RecipientKind::group;
  return RecipientKind::none;
}

/// userWorkstations: names between commas.
std::vector<std::string> listed(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = std::min(text.find(','), text.size());
    if (comma > 0) names.emplace_back(text.substr(0, comma));
    text.remove_prefix(std::min(comma + 1, text.size()));
  }
  return names;
}

}  // namespace

std::string_view recipient_kind_name(RecipientKind kind) {
  switch (kind) {
    case RecipientKind::none:
      return "none";
    case RecipientKind::user_mailbox:
      return "user_mailbox";
    case RecipientKind::linked_mailbox:
      return "linked_mailbox";
    case RecipientKind::shared_mailbox:
      return "shared_mailbox";
    case RecipientKind::resource_mailbox:
      return "resource_mailbox";
    case RecipientKind::other_mailbox:
      return "other_mailbox";
    case RecipientKind::remote_mailbox:
      return "remote_mailbox";
    case RecipientKind::mail_user:
      return "mail_user";
    case RecipientKind::mail_contact:
      return "mail_contact";
    case RecipientKind::group:
      return "group";
  }
  return "none";
}

const std::vector<std::string>& account_attributes() {
  static const std::vector<std::string> names{"objectClass",
                                              "objectSid",
                                              "objectGUID",
                                              "sAMAccountName",
                                              "userPrincipalName",
                                              "displayName",
                                              "mail",
                                              "proxyAddresses",
                                              "targetAddress",
                                              "servicePrincipalName",
                                              "userAccountControl",
                                              "msDS-User-Account-Control-Computed",
                                              "lockoutTime",
                                              "accountExpires",
                                              "pwdLastSet",
                                              "msDS-UserPasswordExpiryTimeComputed",
                                              "badPwdCount",
                                              "badPasswordTime",
                                              "msDS-SupportedEncryptionTypes",
                                              "adminCount",
                                              "userWorkstations",
                                              "msExchMailboxGuid",
                                              "msExchRecipientTypeDetails",
                                              "msExchRemoteRecipientType"};
  return names;
}

Account account_of(const Entry& entry, const std::string& controller, Timestamp now) {
  Account account;
  account.dn = entry.dn;
  account.sid = sid_text(entry.first("objectsid"));
  account.guid = guid_text(entry.first("objectguid"));
  account.sam_account_name = entry.first("samaccountname");
  account.user_principal_name = entry.first("userprincipalname");
  account.display_name = entry.first("displayname");
  account.mail = entry.first("mail");
  account.proxy_addresses = entry.all("proxyaddresses");
  account.target_address = entry.first("targetaddress");
  account.kind = kind_of(entry);
  account.recipient = recipient_of(entry, account.kind);
  account.service_principal_names = entry.all("serviceprincipalname");

  std::int64_t control = number(entry.first("useraccountcontrol")).value_or(0);
  account.enabled = (control & kDisabled) == 0;
  account.password_never_expires = (control & kPasswordNeverExpires) != 0;
  account.smart_card_required = (control & kSmartCardRequired) != 0;
  account.preauthentication_not_required = (control & kNoPreauthentication) != 0;
  account.lockout_time = file_time(entry.first("lockouttime"));
  account.account_expires = file_time(entry.first("accountexpires"));
  account.account_expired = account.account_expires && *account.account_expires <= now;
  account.pwd_last_set = file_time(entry.first("pwdlastset"));
  account.must_change_password = number(entry.first("pwdlastset")) == 0 && !account.password_never_expires;
  account.password_expires = file_time(entry.first("msds-userpasswordexpirytimecomputed"));
  // A lock-out that has run out still stands in lockoutTime; only the computed bits know.
  auto computed = number(entry.first("msds-user-account-control-computed"));
  account.locked = computed ? (*computed & kLockedOut) != 0 : account.lockout_time.has_value();
  account.password_expired = computed && (*computed & kPasswordExpired) != 0 && !account.must_change_password;
  if (auto count = number(entry.first("badpwdcount"))) account.bad_password_count = static_cast<int>(*count);
  account.bad_password_time = file_time(entry.first("badpasswordtime"));
  account.encryption_types = encryption_type_names(number(entry.first("msds-supportedencryptiontypes")).value_or(0));
  account.flags_shown = entry.has("useraccountcontrol");
  account.not_delegated = (control & kNotDelegated) != 0;
  account.trusted_for_delegation = (control & kTrustedForDelegation) != 0;
  account.des_only = (control & kDesOnly) != 0;
  account.password_not_required = (control & kPasswordNotRequired) != 0;
  account.reversible_password = (control & kReversiblePassword) != 0;
  if (auto count = number(entry.first("admincount"))) account.admin_count = static_cast<int>(*count);
  account.workstations = listed(entry.first("userworkstations"));
  account.controller = controller;
  return account;
}

}  // namespace mailward::directory
