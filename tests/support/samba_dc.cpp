#include "tests/support/samba_dc.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "tests/support/samba_state.h"
#include "tests/support/samba_template.h"

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kKeyVersion = "msDS-KeyVersionNumber";
constexpr std::string_view kEncryptionTypes = "msDS-SupportedEncryptionTypes";

std::string text_of(std::string_view text) {
  return std::string(text);
}

std::string quoted_utf16(std::string_view password) {
  auto utf16 = to_utf16le("\"" + text_of(password) + "\"");
  if (!utf16) give_up("a password that is not UTF-8");
  return std::string(as_text(*utf16));
}

std::string interval(std::chrono::seconds span) {
  return std::to_string(-span.count() * 10'000'000);
}

/// Why no controller can run here, or nothing.
std::optional<std::string> lacking() {
  if (geteuid() != 0) return "a domain controller needs root (ports below 1024)";
  for (const char* program : {"/usr/sbin/samba", "/usr/bin/samba-tool", "/usr/bin/ldbadd", "/usr/sbin/winbindd"}) {
    if (!fs::exists(program)) return std::string(program) + " is not installed";
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> SambaDc::unavailable() {
  // What CI cannot run has failed there: the proofs of one failed attempt must not be passed over.
  if (std::getenv("CI") != nullptr) return std::nullopt;
  return lacking();
}

SambaDc& SambaDc::shared() {
  static SambaDc controller;
  return controller;
}

SambaDc::SambaDc(SambaOptions options) : state_(std::make_unique<State>()) {
  if (auto reason = lacking()) give_up(*reason);
  state_->options = options;
  state_->prepare(samba_template(), TestCa("Example Directory Root"));
  state_->start();
}
SambaDc::SambaDc(std::unique_ptr<State> state) : state_(std::move(state)) {}
SambaDc::~SambaDc() = default;

void SambaDc::kill_hard() {
  state_->kill();
}
void SambaDc::start() {
  state_->start();
}
void SambaDc::move_clock(std::chrono::seconds offset) {
  state_->kill();
  state_->options.clock_offset = offset;
  state_->start();
}
void SambaDc::freeze() {
  state_->signal(SIGSTOP);
}
void SambaDc::thaw() {
  state_->signal(SIGCONT);
}

std::string SambaDc::host() const {
  return state_->name + "." + text_of(kDnsDomain);
}

const std::string& SambaDc::address() const {
  return state_->address.text();
}
const fs::path& SambaDc::folder() const {
  return state_->dir;
}
fs::path SambaDc::ca_file() const {
  return state_->dir / "tls" / "ca.pem";
}
std::string SambaDc::ca_pem() const {
  std::ifstream in(ca_file());
  std::stringstream text;
  text << in.rdbuf();
  return text.str();
}
fs::path SambaDc::krb5_conf() const {
  return state_->dir / "krb5.conf";
}
fs::path SambaDc::smb_conf() const {
  return state_->dir / "etc" / "smb.conf";
}
std::string SambaDc::administrator_upn() const {
  return "Administrator@example.test";
}
std::string SambaDc::administrator_password() const {
  return text_of(samba_administrator_password());
}

std::vector<std::pair<std::string, std::string>> SambaDc::winbind_environment() const {
  return {{"LD_PRELOAD", "libnss_wrapper.so"},
          {"NSS_WRAPPER_DISABLE_DEEPBIND", "1"},  // which sanitizers do not bear
          {"NSS_WRAPPER_PASSWD", (state_->dir / "nss_passwd").string()},
          {"NSS_WRAPPER_GROUP", (state_->dir / "nss_group").string()},
          {"SELFTEST_WINBINDD_SOCKET_DIR", (state_->dir / "winbindd").string()}};
}

std::string SambaDc::create_user(std::string_view name, std::string_view password, const SambaUser& user) {
  if (!state_->search(text_of(kBaseDn), LDAP_SCOPE_SUBTREE, "(sAMAccountName=" + text_of(name) + ")", "dn").empty()) {
    delete_user(name);
  }
  std::string dn = "CN=" + text_of(name) + ",CN=Users," + text_of(kBaseDn);
  std::uint32_t control = 0x200U | (user.disabled ? 0x2U : 0U) | user.extra_user_account_control;
  std::map<std::string, Values> attributes = user.attributes;
  attributes["objectClass"] = {"user"};
  attributes["sAMAccountName"] = {text_of(name)};
  attributes["userPrincipalName"] = {text_of(name) + "@" + user.upn_suffix};
  attributes["unicodePwd"] = {quoted_utf16(password)};
  attributes["userAccountControl"] = {std::to_string(control)};
  Values addresses = user.proxy_addresses;
  if (!user.mail.empty()) {
    attributes["mail"] = {user.mail};
    addresses.push_back("SMTP:" + user.mail);
  }
  if (!addresses.empty()) attributes["proxyAddresses"] = addresses;
  if (user.account_expired) attributes["accountExpires"] = {"126227376000000000"};
  if (user.must_change) attributes["pwdLastSet"] = {"0"};
  state_->add(dn, attributes);
  state_->passwords[dn] = {.password = text_of(password), .key_version = get(dn, kKeyVersion)};
  if (user.locked) {
    set(dn, "lockoutTime", {std::to_string(state_->file_time_now())});
  }
  return dn;
}

void SambaDc::delete_user(std::string_view name) {
  std::string dn = dn_of(name);
  state_->must(ldap_delete_ext_s(state_->ldap.get(), dn.c_str(), nullptr, nullptr), "deleting " + dn);
}

std::string SambaDc::dn_of(std::string_view name) const {
  Values dn = state_->search(text_of(kBaseDn), LDAP_SCOPE_SUBTREE, "(sAMAccountName=" + text_of(name) + ")", "dn");
  if (dn.empty()) give_up("no account " + text_of(name));
  return dn.front();
}

std::string SambaDc::sid_of(std::string_view name) const {
  Values values = get(dn_of(name), "objectSid");
  if (values.empty() || values[0].size() < 8) give_up("no SID");
  const std::string& sid = values[0];
  auto byte = [&](std::size_t at) { return std::uint32_t{static_cast<std::uint8_t>(sid[at])}; };
  std::string text = "S-" + std::to_string(byte(0)) + "-" + std::to_string(byte(7));
  for (std::size_t at = 8; at + 4 <= sid.size(); at += 4) {
    text += "-" + std::to_string(byte(at) | byte(at + 1) << 8U | byte(at + 2) << 16U | byte(at + 3) << 24U);
  }
  return text;
}

void SambaDc::set_password(std::string_view name, std::string_view password) {
  const std::string dn = dn_of(name);
  set(dn, "unicodePwd", {quoted_utf16(password)});
  state_->passwords[dn] = {.password = text_of(password), .key_version = get(dn, kKeyVersion)};
}

void SambaDc::age_password(std::string_view name, std::chrono::seconds age) {
  fs::path ldif = state_->dir / "age.ldif";
  std::ofstream(ldif) << ("dn: " + dn_of(name) + "\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: " +
                          std::to_string(state_->file_time_now() - age.count() * 10'000'000) + "\n");
  fs::path partition = state_->dir / "private" / "sam.ldb.d" / "DC=EXAMPLE,DC=TEST.ldb";
  run_program({"ldbmodify", "-H", partition.string(), ldif.string()}, state_->dir / "log" / "age");
}

void SambaDc::unlock(std::string_view name) {
  set(dn_of(name), "lockoutTime", {"0"});
  set(dn_of(name), "badPwdCount", {"0"});
}

void SambaDc::set(std::string_view dn, std::string_view attribute, const Values& values) {
  Modification modification(LDAP_MOD_REPLACE, text_of(attribute), values);
  state_->change(text_of(dn), modification);
}

Values SambaDc::get(std::string_view dn, std::string_view attribute) const {
  return state_->search(text_of(dn), LDAP_SCOPE_BASE, "(objectClass=*)", text_of(attribute));
}

namespace {
std::int64_t number_of(const Values& values) {
  return values.empty() ? 0 : std::stoll(values.front());
}
}  // namespace

int SambaDc::bad_password_count(std::string_view name) const {
  return static_cast<int>(number_of(get(dn_of(name), "badPwdCount")));
}
std::int64_t SambaDc::pwd_last_set(std::string_view name) const {
  return number_of(get(dn_of(name), "pwdLastSet"));
}
std::int64_t SambaDc::lockout_time(std::string_view name) const {
  return number_of(get(dn_of(name), "lockoutTime"));
}

void SambaDc::set_lockout(int threshold, std::chrono::seconds observation_window, std::chrono::seconds duration) {
  set(kBaseDn, "lockoutThreshold", {std::to_string(threshold)});
  set(kBaseDn, "lockoutDuration", {interval(duration)});
  set(kBaseDn, "lockOutObservationWindow", {interval(observation_window)});
}

namespace {
std::string policies_dn() {
  return "CN=Password Settings Container,CN=System," + text_of(SambaDc::kBaseDn);
}
}  // namespace

std::string SambaDc::create_policy(std::string_view name, const SambaPolicy& policy, const Values& applies_to) {
  std::string dn = "CN=" + text_of(name) + "," + policies_dn();
  if (!get(dn, "objectClass").empty()) delete_policy(name);
  std::map<std::string, Values> attributes{
      {"objectClass", {"msDS-PasswordSettings"}},
      {"msDS-PasswordSettingsPrecedence", {std::to_string(policy.precedence)}},
      {"msDS-PasswordReversibleEncryptionEnabled", {"FALSE"}},
      {"msDS-PasswordHistoryLength", {std::to_string(policy.history)}},
      {"msDS-PasswordComplexityEnabled", {policy.complexity ? "TRUE" : "FALSE"}},
      {"msDS-MinimumPasswordLength", {std::to_string(policy.minimum_length)}},
      {"msDS-MinimumPasswordAge", {interval(policy.minimum_age)}},
      {"msDS-MaximumPasswordAge", {interval(policy.maximum_age)}},
      {"msDS-LockoutThreshold", {std::to_string(policy.lockout_threshold)}},
      {"msDS-LockoutObservationWindow", {interval(policy.observation_window)}},
      {"msDS-LockoutDuration", {interval(policy.lockout_duration)}},
  };
  if (!applies_to.empty()) attributes["msDS-PSOAppliesTo"] = applies_to;
  state_->add(dn, attributes);
  return dn;
}

void SambaDc::delete_policy(std::string_view name) {
  std::string dn = "CN=" + text_of(name) + "," + policies_dn();
  state_->must(ldap_delete_ext_s(state_->ldap.get(), dn.c_str(), nullptr, nullptr), "deleting " + dn);
}

// Rights: MS-ADTS 5.1.3.2.
namespace {
constexpr std::uint32_t kListChildren = 0x4;
constexpr std::uint32_t kReadProperty = 0x10;
constexpr std::uint32_t kWriteProperty = 0x20;
constexpr std::uint32_t kListObject = 0x80;
constexpr std::uint32_t kControlAccess = 0x100;
constexpr std::uint32_t kReadControl = 0x20000;
}  // namespace

void SambaDc::allow_reading_policies(std::string_view name) {
  add_rule(policies_dn(), name,
           {.inherited_by_containers = true,
            .rights = kReadProperty | kListChildren | kReadControl | kListObject,
            .trustee = {}});
}

void SambaDc::allow_resetting(std::string_view name, std::string_view account_dn) {
  // User-Force-Change-Password (MS-ADTS 5.1.3.2.1).
  add_rule(account_dn, name,
           {.rights = kControlAccess, .object = "00299570-246d-11d0-a768-00aa006e0529", .trustee = {}});
}

void SambaDc::allow_unlocking(std::string_view name, std::string_view account_dn) {
  // The schema's GUID of lockoutTime (MS-ADA1).
  add_rule(account_dn, name,
           {.rights = kReadProperty | kWriteProperty, .object = "28630ebf-41d5-11d1-a9c1-0000f80367c1", .trustee = {}});
}

void SambaDc::deny_reading(std::string_view name, std::string_view account_dn, std::string_view attribute) {
  // The schema's GUIDs (MS-ADA1 to 3).
  static const std::map<std::string_view, std::string> kGuids{
      {"adminCount", "bf967918-0de6-11d0-a285-00aa003049e2"},
      {"userWorkstations", "bf9679d7-0de6-11d0-a285-00aa003049e2"},
      {"userAccountControl", "bf967a68-0de6-11d0-a285-00aa003049e2"},
      {"pwdLastSet", "bf967a0a-0de6-11d0-a285-00aa003049e2"},
      {"servicePrincipalName", "f3a64788-5306-11d1-a9c5-0000f80367c1"},
      {"msDS-SupportedEncryptionTypes", "20119867-1d04-4ab7-9371-cfc3d5df0afd"}};
  add_rule(account_dn, name,
           {.kind = AccessRule::Kind::deny, .rights = kReadProperty, .object = kGuids.at(attribute), .trustee = {}});
}

void SambaDc::add_rule(std::string_view dn, std::string_view trustee, AccessRule rule) {
  const Values sid = get(dn_of(trustee), "objectSid");
  if (sid.empty()) give_up("no SID of " + text_of(trustee));
  rule.trustee = sid.front();
  state_->add_rule(text_of(dn), rule);
}

namespace {
std::string service_point_dn(std::string_view name) {
  return "CN=" + text_of(name) + ",CN=Services,CN=Configuration," + text_of(SambaDc::kBaseDn);
}
}  // namespace

void SambaDc::add_service_point(std::string_view name, std::string_view url) {
  const std::string dn = service_point_dn(name);
  if (!get(dn, "objectClass").empty()) delete_service_point(name);
  state_->add(dn, {{"objectClass", {"serviceConnectionPoint"}},
                   {"keywords", {"77378F46-2C66-4aa9-A6A6-3E7A48B19596", "Site=Default-First-Site-Name"}},
                   {"serviceBindingInformation", {text_of(url)}}});
}

void SambaDc::delete_service_point(std::string_view name) {
  const std::string dn = service_point_dn(name);
  state_->must(ldap_delete_ext_s(state_->ldap.get(), dn.c_str(), nullptr, nullptr), "deleting " + dn);
}

void SambaDc::add_spn(std::string_view name, std::string_view spn) {
  Modification modification(LDAP_MOD_ADD, "servicePrincipalName", {text_of(spn)});
  std::string dn = dn_of(name);
  state_->change(dn, modification);
  // Without it Samba gives a user's services RC4 only, as Windows did until 2022.
  if (get(dn, kEncryptionTypes).empty()) set(dn, kEncryptionTypes, {"28"});
}

void SambaDc::export_keytab(std::string_view principal, const fs::path& file) {
  const std::string holder = "(servicePrincipalName=" + text_of(principal) + ")";
  const Values dn = state_->search(text_of(kBaseDn), LDAP_SCOPE_SUBTREE, holder, "dn");
  std::string keys;
  if (const auto known = dn.empty() ? state_->passwords.end() : state_->passwords.find(dn.front());
      known != state_->passwords.end() && get(dn.front(), kKeyVersion) == known->second.key_version) {
    // The same password of an account of the same name and version makes the same keys.
    keys =
        text_of(principal) + ' ' + dn.front() + ' ' + known->second.key_version.front() + ' ' + known->second.password;
    for (const auto& value : get(dn.front(), kEncryptionTypes)) keys += ' ' + value;
  }
  if (const auto exported = state_->keytabs.find(keys); !keys.empty() && exported != state_->keytabs.end()) {
    fs::copy_file(exported->second, file, fs::copy_options::overwrite_existing);
    return;
  }
  run_program({"samba-tool", "domain", "exportkeytab", "-s", smb_conf().string(), file.string(),
               "--principal=" + text_of(principal)},
              state_->dir / "log" / "keytab");
  if (keys.empty()) return;
  const fs::path kept = state_->dir / ("keytab-" + std::to_string(state_->keytabs.size()));
  fs::copy_file(file, kept);
  state_->keytabs.emplace(keys, kept);
}

}  // namespace mailward::testing
