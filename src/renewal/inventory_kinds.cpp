#include "renewal/inventory_kinds.h"

#include <algorithm>
#include <array>
#include <utility>

namespace mailward::renewal {

namespace {

using std::chrono::days;
using enum Way;

/// Ages: what is long, random and known to nobody keeps a year or two; a password that a person may know, 90 days; what
/// people choose for themselves has none (NIST SP 800-63B 5.1.1.2 advises against renewing without cause).
constexpr std::array kKinds{
    KindInfo{"master_key", "Master key", by_itself, days{365}, 10, 1,
             "Made here, and everything that is sealed is sealed again with it.",
             "mailward secrets renew --only master_key", "/renewals",
             "First, so that nothing new is sealed under a key that may be known."},
    KindInfo{
        "service_account", "Service account", by_itself, days{90}, 40, 2,
        "Its reset account sets a password that is made here.", "mailward account rotate {id}", "/accounts/{id}",
        "Twice: Active Directory takes the one previous password over NTLM for up to an hour more, so a stolen one "
        "must not be the previous one."},
    KindInfo{
        "recovery_key", "Recovery key", by_itself, days{730}, 45, 1,
        "A new pair is made here; its private half is shown once, to somebody on the server, who keeps it elsewhere.",
        "mailward key recovery --renew > FILE", "/renewals",
        "After the accounts: until somebody has taken the new private half, it lies here alone, and what is sealed to "
        "it alone would be lost with the database. What is in force is sealed to the new pair as it is taken. Where "
        "the old private half may be known, make the new pair first, and take it: mailward key recovery --renew."},
    KindInfo{"directory_reader", "Directory reader", by_person, days{90}, 50, 1,
             "Set a new password in Active Directory, then type it here.",
             "mailward directory edit {id} --ask-password", "/directories/{id}",
             "It reads the whole directory, and changes nothing there."},
    KindInfo{"connection_proxy", "Proxy", by_person, days{365}, 54, 1,
             "Set a new password where the proxy's users are kept, then type it here.",
             "mailward connection edit {id} --ask-proxy-password", "/connections/{id}",
             "Whoever holds it goes out by the proxy in Mailward's name."},
    KindInfo{"external_source", "Token of a vault", by_person, days{365}, 55, 1,
             "Make a new token in the vault, then type it here.", "mailward account source {id} --url … --ask-token",
             "/accounts/{id}", "Whoever holds it is handed the account's password."},
    KindInfo{"relay", "Mail relay", by_person, days{365}, 60, 1, "Set a new password at the relay, then type it here.",
             "", "/notices", "Whoever holds it sends mail in this house's name."},
    KindInfo{"webhook", "Webhook", by_person, days{365}, 61, 1,
             "Make a new secret at the receiving end, then type it here.", "", "/notices",
             "Whoever holds it can feign notices of this service."},
    KindInfo{"forward_token", "Token of an audit place", by_person, days{365}, 62, 1,
             "Make a new token at the receiving end, put it into the file, then restart the service.",
             "systemctl restart mailward", "",
             "Whoever holds it can write into the place that keeps the audit trail's copy."},
    KindInfo{
        "database_password", "Database password", by_person, days{365}, 63, 1,
        "Set a new password in PostgreSQL (ALTER ROLE … PASSWORD), put it into the file, then restart the service.",
        "systemctl restart mailward", "",
        "Whoever holds it reads and writes every row; what is sealed stays shut without the master key."},
    KindInfo{
        "api_token", "API token", made_anew, days{0}, 70, 1, "It is revoked; its owner makes another for his program.",
        "mailward token create", "/settings/tokens",
        "After the accounts, so that programs keep running while those are renewed; a token cannot be renewed, only "
        "given up."},
    KindInfo{"tls_key", "Console's TLS key", by_itself, days{0}, 80, 1,
             "A new key and a self-signed certificate are made here; browsers ask once whether they trust it.",
             "mailward secrets renew --only tls_key", "/renewals",
             "Before people type new passwords over connections that it protects."},
    KindInfo{"user_totp", "Secret of one-time codes", by_person, days{0}, 90, 1,
             "Its owner enrols anew; an administrator can drop it for him.", "mailward user reset-totp {id}",
             "/settings/users", "His sessions are ended first: a stolen session needs neither password nor code."},
    KindInfo{
        "user_password", "User's password", by_person, days{0}, 91, 1,
        "Its owner must choose another at his next sign-in; an administrator can void it and invite him anew.",
        "mailward user reset {id}", "/settings/users",
        "Last, for it ends the sessions of those who watch; what each has opens nothing but his choice of another."},
    KindInfo{
        "sub_key", "Sub-key", stays, days{0}, 99, 1,
        "Sealed again with each new master key, but not replaced: the audit trail's chain, remembered refusals and "
        "tokens are checked with these keys for as long as they are kept.",
        "", "",
        "It is sealed under the new master key already. It opens no password; a new database alone has new ones."},
};

constexpr KindInfo kOther{"",
                          "Other secret",
                          by_person,
                          days{365},
                          65,
                          1,
                          "Set a new one where it belongs, then type it here.",
                          "",
                          "",
                          "Somebody must see to it."};

constexpr KindInfo kResetAccount{
    "service_account",
    "Reset account",
    by_itself,
    days{90},
    30,
    2,
    "Its own reset account sets a password that is made here.",
    "mailward account rotate {id}",
    "/accounts/{id}",
    "Before the accounts that it sets: whoever holds it sets their passwords. Twice, as every account."};

}  // namespace

std::string_view name_of(Way way) {
  switch (way) {
    case by_itself:
      return "by_itself";
    case by_person:
      return "by_person";
    case made_anew:
      return "made_anew";
    case stays:
      return "stays";
  }
  std::unreachable();
}

Way way_named(std::string_view name) {
  for (const Way way : {by_itself, made_anew, stays}) {
    if (name_of(way) == name) return way;
  }
  return by_person;
}

std::span<const KindInfo> kinds() {
  return kKinds;
}

const KindInfo& info_of_kind(std::string_view kind) {
  const auto* const found = std::ranges::find(kKinds, kind, &KindInfo::kind);
  return found == kKinds.end() ? kOther : *found;
}

const KindInfo& info_of_reset_account() {
  return kResetAccount;
}

}  // namespace mailward::renewal
