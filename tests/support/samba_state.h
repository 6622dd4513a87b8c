#pragma once

#include <ldap.h>

#include <map>

#include "tests/support/loopback_address.h"
#include "tests/support/samba_dc.h"
#include "tests/support/supervised.h"
#include "tests/support/test_ca.h"

/// What is behind a SambaDc: its folder, its processes, and a connection as the system.
namespace mailward::testing {

using Values = std::vector<std::string>;

struct LdapClose {
  void operator()(LDAP* handle) const { ldap_unbind_ext_s(handle, nullptr, nullptr); }
};

/// Values that an LDAPMod can point to.
struct Modification {
  std::string attribute;
  Values values;
  std::vector<berval> bervals;
  std::vector<berval*> pointers;
  LDAPMod mod{};

  Modification(int operation, std::string name, Values given);
  Modification(const Modification&) = delete;
  Modification& operator=(const Modification&) = delete;
};

/// A password set by this program, and the msDS-KeyVersionNumber that it got.
struct SetPassword {
  std::string password;
  Values key_version;
};

struct SambaDc::State {
  std::string name = "dc1";  ///< its host's first label
  SambaOptions options;
  LoopbackAddress address;
  std::filesystem::path dir;
  Supervised controller;
  std::unique_ptr<LDAP, LdapClose> ldap;
  std::map<std::string, SetPassword> passwords;          ///< by the account's DN
  std::map<std::string, std::filesystem::path> keytabs;  ///< by what their keys are made of

  State() = default;
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Copies the folder to one of its own and writes what depends on the address; the certificate is by `authority`.
  void prepare(const std::filesystem::path& from, const TestCa& authority);
  /// Returns when it answers.
  void start();
  /// Kills its processes; the folder stays.
  void kill();
  /// Sends a signal to all of its processes.
  void signal(int number) const;

  std::filesystem::path smb_conf() const { return dir / "etc" / "smb.conf"; }
  /// By the controller's clock, as a FILETIME.
  std::int64_t file_time_now() const;
  void must(int code, const std::string& what);
  void change(const std::string& dn, Modification& modification);
  void add(const std::string& dn, const std::map<std::string, Values>& attributes);
  /// Puts the rule before all others of that object.
  void add_rule(const std::string& dn, const AccessRule& rule);
  /// The first entry's attribute, or with "dn" its name.
  Values search(const std::string& base, int scope, const std::string& filter, const std::string& attribute);

 private:
  void wait_until_ready();
  void connect_as_system();
};

[[noreturn]] void give_up(const std::string& what);

}  // namespace mailward::testing
