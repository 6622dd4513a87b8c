#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "tests/support/security_descriptor.h"

/// A real Active Directory controller (Samba 4.17) for tests and for the simulator.
namespace mailward::testing {

/// How an account shall stand.
struct SambaUser {
  std::string upn_suffix = "example.test";
  std::string mail{};                          ///< also the primary proxy address; empty: none
  std::vector<std::string> proxy_addresses{};  ///< further ones, as stored: "smtp:other@example.test"
  bool disabled = false;
  bool account_expired = false;  ///< since 2001
  bool must_change = false;
  bool locked = false;                                           ///< since now, for the policy's lock-out duration
  std::uint32_t extra_user_account_control = 0;                  ///< 0x10000: password never expires
  std::map<std::string, std::vector<std::string>> attributes{};  ///< any others, as bytes
};

/// A fine-grained password policy (password settings object).
struct SambaPolicy {
  int precedence = 10;
  int lockout_threshold = 3;
  std::chrono::seconds observation_window = std::chrono::minutes(10);
  std::chrono::seconds lockout_duration = std::chrono::minutes(10);
  std::chrono::seconds maximum_age = std::chrono::hours(24 * 42);
  std::chrono::seconds minimum_age{0};
  int minimum_length = 7;
  int history = 24;
  bool complexity = true;
};

struct SambaOptions {
  bool kdc = true;                       ///< without: nothing listens on port 88
  bool dns = false;                      ///< answers for its domain on port 53
  std::chrono::seconds clock_offset{0};  ///< of the controller's clock (libfaketime)
  int old_password_minutes = 60;         ///< for which NTLM and simple binds take the password before
};

/// A domain controller of its own on a loopback address of its own, with a fresh copy of a domain that is provisioned
/// once (var/cache/samba-…). Needs root and Debian's Samba packages; up in about three seconds. It dies with this
/// object and with the process, however that ends. Changes are made as the system over the privileged LDAP socket:
/// milliseconds each. One thread at a time. Every call throws std::runtime_error on failure.
///
/// Domain as provisioned: complexity on, length 7, history 24, minimum age 0, maximum age 42 days; lock-out after 10
/// bad passwords for 30 minutes, window 30 minutes (so that badPwdCount counts). Exchange's attributes targetAddress,
/// msExchMailboxGuid, msExchRecipientTypeDetails, msExchRemoteRecipientType and msExchMasterAccountSid exist on users.
///
/// **NTLM behind it**: winbindd runs with the controller. A program that checks NTLM responses (libwbclient:
/// wbcAuthenticateUserEx with level WBC_AUTH_USER_LEVEL_RESPONSE, the server's challenge and the client's NT response)
/// must be *started* with winbind_environment(): libwbclient looks at SELFTEST_WINBINDD_SOCKET_DIR only when
/// nss_wrapper is preloaded. Tried: `wbinfo -a 'EXAMPLE\user%password'` and `ntlm_auth --configfile=smb_conf()
/// --username=… --domain=EXAMPLE` with that environment tell wrong password (0xc000006a), disabled (0xc0000072), locked
/// (0xc0000234) apart and count each wrong password once.
class SambaDc {
 public:
  /// Why it cannot run here (not root, Samba not installed), so that a test may say what it skips; or nothing, always
  /// so in CI ($CI), where what cannot run fails.
  static std::optional<std::string> unavailable();
  /// The one of this test program, started at the first call and stopped at its end.
  static SambaDc& shared();

  explicit SambaDc(SambaOptions options = {});
  ~SambaDc();
  SambaDc(const SambaDc&) = delete;
  SambaDc& operator=(const SambaDc&) = delete;

  static constexpr std::string_view kRealm = "EXAMPLE.TEST";
  static constexpr std::string_view kDomain = "EXAMPLE";
  static constexpr std::string_view kDnsDomain = "example.test";
  static constexpr std::string_view kBaseDn = "DC=example,DC=test";
  static constexpr std::string_view kHost = "dc1.example.test";  ///< in its certificate, with its address

  std::string host() const;            ///< kHost, but for the second one of a SambaPair
  const std::string& address() const;  ///< 127.77.x.y; ports 88, 389, 636, 3268, 3269, 135, 464
  const std::filesystem::path& folder() const;
  std::filesystem::path ca_file() const;  ///< PEM of the authority of its certificate
  std::string ca_pem() const;
  std::filesystem::path krb5_conf() const;  ///< for foreign clients: KRB5_CONFIG
  std::filesystem::path smb_conf() const;
  /// LD_PRELOAD, NSS_WRAPPER_PASSWD, NSS_WRAPPER_GROUP, SELFTEST_WINBINDD_SOCKET_DIR.
  std::vector<std::pair<std::string, std::string>> winbind_environment() const;
  std::string administrator_upn() const;
  std::string administrator_password() const;

  /// Kills all of its processes at once; its data and its address stay for start(), which returns when it answers.
  void kill_hard();
  void start();
  /// Kills it, and starts it with its clock so far from ours.
  void move_clock(std::chrono::seconds offset);
  /// Stops all of its processes where they are: it takes connections and answers nothing. They go on at thaw().
  void freeze();
  void thaw();

  /// Returns its DN. `name` is sAMAccountName and the UPN's left part; an earlier user of that name is deleted first.
  std::string create_user(std::string_view name, std::string_view password, const SambaUser& user = {});
  void delete_user(std::string_view name);
  std::string dn_of(std::string_view name) const;
  std::string sid_of(std::string_view name) const;
  void set_password(std::string_view name, std::string_view password);
  /// Makes the password look as if it had been set that long ago (older than 42 days: expired). LDAP allows no such
  /// thing, so the stored value is changed below the directory's modules.
  void age_password(std::string_view name, std::chrono::seconds age);
  /// Clears lockoutTime and badPwdCount.
  void unlock(std::string_view name);

  /// Replaces an attribute; no values delete it.
  void set(std::string_view dn, std::string_view attribute, const std::vector<std::string>& values);
  /// The values as the system sees them; none if absent.
  std::vector<std::string> get(std::string_view dn, std::string_view attribute) const;
  int bad_password_count(std::string_view name) const;
  std::int64_t pwd_last_set(std::string_view name) const;  ///< FILETIME
  std::int64_t lockout_time(std::string_view name) const;  ///< FILETIME, 0: none

  /// The domain's lock-out policy; `threshold` 0 switches it off (and then nothing is counted).
  void set_lockout(int threshold, std::chrono::seconds observation_window, std::chrono::seconds duration);
  /// Makes (or makes anew) the policy `name` and applies it to these users or groups (DNs). Returns its DN.
  std::string create_policy(std::string_view name, const SambaPolicy& policy,
                            const std::vector<std::string>& applies_to);
  void delete_policy(std::string_view name);
  /// Lets `name` read the password settings container and what is in it, and msDS-ResultantPSO of `account_dn`: what
  /// the delegation command does.
  void allow_reading_policies(std::string_view name);
  /// Gives `name` the right Reset Password on that account, and nothing else: what the delegation command does.
  void allow_resetting(std::string_view name, std::string_view account_dn);
  /// Lets `name` read and write lockoutTime of that account: what the delegation command does.
  void allow_unlocking(std::string_view name, std::string_view account_dn);
  /// Keeps an attribute of that account from `name`: adminCount, userWorkstations, userAccountControl, pwdLastSet,
  /// servicePrincipalName or msDS-SupportedEncryptionTypes.
  void deny_reading(std::string_view name, std::string_view account_dn, std::string_view attribute);

  /// Where msDS-SupportedEncryptionTypes is not set, it becomes AES and RC4 (0x1c).
  void add_spn(std::string_view name, std::string_view spn);
  /// A service connection point of Autodiscover in the configuration partition, in place of one of that name.
  void add_service_point(std::string_view name, std::string_view url);
  void delete_service_point(std::string_view name);
  /// The keys of a principal ("HTTP/mail.example.test"), into a new file: about a second, and nothing for keys that
  /// were exported before.
  void export_keytab(std::string_view principal, const std::filesystem::path& file);

 private:
  friend class SambaPair;
  struct State;
  explicit SambaDc(std::unique_ptr<State> state);
  void add_rule(std::string_view dn, std::string_view trustee, AccessRule rule);
  std::unique_ptr<State> state_;
};

}  // namespace mailward::testing
