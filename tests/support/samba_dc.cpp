#include "tests/support/samba_dc.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <ldap.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <sstream>
#include <stdexcept>

#include "base/bytes.h"
#include "tests/support/loopback_address.h"
#include "tests/support/samba_template.h"
#include "tests/support/test_ca.h"
#include "tests/support/wait_until.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX names it without a header

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;
using Values = std::vector<std::string>;

[[noreturn]] void give_up(const std::string& what) {
  throw std::runtime_error("samba: " + what);
}

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

std::string smb_conf_text(const fs::path& dir, const std::string& address, const SambaOptions& options) {
  std::ostringstream out;
  out << "[global]\n"
         "netbios name = DC1\nrealm = EXAMPLE.TEST\nworkgroup = EXAMPLE\n"
         "server role = active directory domain controller\n"
         "bind interfaces only = yes\nlogging = file\nmax log size = 10000\n"
         "tls enabled = yes\nprefork children = 1\n";
  out << "interfaces = " << address << "/8\n"
      << "private dir = " << (dir / "private").string() << "\nstate directory = " << (dir / "state").string()
      << "\ncache directory = " << (dir / "cache").string() << "\nlock directory = " << (dir / "lock").string()
      << "\npid directory = " << (dir / "run").string() << "\nncalrpc dir = " << (dir / "ncalrpc").string()
      << "\nwinbindd socket directory = " << (dir / "winbindd").string()
      << "\nntp signd socket directory = " << (dir / "ntp").string()
      << "\nbinddns dir = " << (dir / "bind-dns").string() << "\nlog file = " << (dir / "log" / "log.%m").string()
      << "\ntls certfile = " << (dir / "tls" / "dc.crt").string()
      << "\ntls keyfile = " << (dir / "tls" / "dc.key").string()
      << "\ntls cafile = " << (dir / "tls" / "ca.pem").string() << "\nserver services = rpc, ldap, cldap, winbindd"
      << (options.kdc ? ", kdc" : "") << (options.dns ? ", dns" : "") << '\n';
  return out.str();
}

bool accepts(const std::string& address, std::uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  inet_pton(AF_INET, address.c_str(), &to.sin_addr);
  bool connected = connect(fd, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  close(fd);
  return connected;
}

std::string log_tail(const fs::path& log) {
  std::ifstream in(log);
  std::stringstream text;
  text << in.rdbuf();
  std::string all = text.str();
  return all.substr(all.size() - std::min<std::size_t>(all.size(), 2000));
}

void write_text(const fs::path& path, const std::string& text) {
  std::ofstream(path) << text;
}

std::string fake_clock_library() {
  for (const auto& entry : fs::directory_iterator("/usr/lib")) {
    fs::path library = entry.path() / "faketime" / "libfaketime.so.1";
    if (fs::exists(library)) return library.string();
  }
  give_up("libfaketime is not installed");
}

/// A process group that ends when this end of a pipe closes, so also when this process is killed.
struct Supervised {
  int leash = -1;
  pid_t supervisor = -1;

  void start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
             const fs::path& log) {
    std::vector<char*> argv;
    std::vector<char*> envp;
    for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
    for (const auto& word : environment) envp.push_back(const_cast<char*>(word.c_str()));
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) give_up("no pipe");
    int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    supervisor = fork();
    if (supervisor < 0) give_up("cannot fork");
    if (supervisor == 0) supervise(argv.data(), envp.data(), ends, output);
    close(ends[0]);
    close(output);
    leash = ends[1];
  }

  // Only calls that are safe between fork and exec. Two sessions: killing the controller's leaves the supervisor alive.
  [[noreturn]] static void supervise(char** argv, char** envp, const int* ends, int output) {
    signal(SIGINT, SIG_IGN);
    close(ends[1]);
    setsid();
    pid_t child = fork();
    if (child == 0) {
      setsid();
      signal(SIGINT, SIG_DFL);
      prctl(PR_SET_PDEATHSIG, SIGTERM);
      int empty = open("/dev/null", O_RDONLY);
      dup2(empty, 0);
      dup2(output, 1);
      dup2(output, 2);
      execve(argv[0], argv, envp);
      _exit(127);
    }
    // Other programs started meanwhile must not hold our copies open.
    for (int fd = 3; fd < 1024; ++fd) {
      if (fd != ends[0]) close(fd);
    }
    pollfd waiting{.fd = ends[0], .events = POLLIN, .revents = 0};
    while (poll(&waiting, 1, 500) == 0 && waitpid(child, nullptr, WNOHANG) == 0) {
    }
    kill(-child, SIGKILL);
    while (waitpid(-1, nullptr, 0) > 0) {
    }
    _exit(0);
  }

  bool running() const { return supervisor > 0 && waitpid(supervisor, nullptr, WNOHANG) == 0; }

  void stop() {
    if (leash >= 0) close(leash);
    if (supervisor > 0) waitpid(supervisor, nullptr, 0);
    leash = supervisor = -1;
  }
};

struct LdapClose {
  void operator()(LDAP* handle) const { ldap_unbind_ext_s(handle, nullptr, nullptr); }
};
using Ldap = std::unique_ptr<LDAP, LdapClose>;

/// Values that an LDAPMod can point to.
struct Modification {
  std::string attribute;
  Values values;
  std::vector<berval> bervals;
  std::vector<berval*> pointers;
  LDAPMod mod{};

  Modification(int operation, std::string name, Values given) : attribute(std::move(name)), values(std::move(given)) {
    for (auto& value : values) bervals.push_back({value.size(), value.data()});
    for (auto& value : bervals) pointers.push_back(&value);
    pointers.push_back(nullptr);
    mod.mod_op = operation | LDAP_MOD_BVALUES;
    mod.mod_type = attribute.data();
    mod.mod_vals.modv_bvals = values.empty() ? nullptr : pointers.data();
  }
  Modification(const Modification&) = delete;
  Modification& operator=(const Modification&) = delete;
};

}  // namespace

struct SambaDc::State {
  LoopbackAddress address;
  fs::path dir;
  SambaOptions options;
  Supervised controller;
  Ldap ldap;

  ~State() {
    ldap.reset();
    controller.stop();
    std::error_code ignored;
    fs::remove_all(dir, ignored);
  }

  void prepare() {
    // The folder is named for the address: what a killed program left there goes when the address is taken again.
    dir = fs::temp_directory_path() / ("mailward-dc-" + address.text());
    fs::remove_all(dir);
    fs::copy(samba_template(), dir, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
    for (const char* name : {"cache", "lock", "run", "ncalrpc", "winbindd", "ntp", "log", "tls"}) {
      fs::create_directories(dir / name);
    }
    fs::permissions(dir, fs::perms::owner_all);
    // winbindd refuses a privileged folder that others can enter.
    fs::create_directories(dir / "state" / "winbindd_privileged");
    fs::permissions(dir / "state" / "winbindd_privileged",
                    fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
    if (fs::exists(dir / "private" / "ldap_priv")) fs::permissions(dir / "private" / "ldap_priv", fs::perms::owner_all);
    TestCa authority("Example Directory Root");
    authority
        .issue({.common_name = "dc1.example.test",
                .dns_names = {"dc1.example.test", "example.test"},
                .addresses = {address.text()}})
        .write(dir / "tls", "dc");
    authority.write_pem(dir / "tls" / "ca.pem");
    write_text(dir / "etc" / "smb.conf", smb_conf_text(dir, address.text(), options));
    write_text(dir / "krb5.conf",
               "[libdefaults]\ndefault_realm = EXAMPLE.TEST\ndns_lookup_kdc = false\ndns_lookup_realm = "
               "false\nrdns = false\ndns_canonicalize_hostname = false\nudp_preference_limit = "
               "1\n[realms]\nEXAMPLE.TEST = {\nkdc = " +
                   address.text() +
                   "\n}\n[domain_realm]\n.example.test = EXAMPLE.TEST\nexample.test = " + "EXAMPLE.TEST\n");
    write_text(dir / "nss_passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
    write_text(dir / "nss_group", "root:x:0:\nnogroup:x:65534:\n");
  }

  void start() {
    std::vector<std::string> environment;
    for (char** entry = environ; *entry != nullptr; ++entry) {
      std::string_view variable(*entry);
      if (!variable.starts_with("LD_PRELOAD=") && !variable.starts_with("KRB5")) environment.emplace_back(variable);
    }
    environment.push_back("KRB5_CONFIG=" + (dir / "krb5.conf").string());
    if (options.clock_offset.count() != 0) {
      environment.push_back("LD_PRELOAD=" + fake_clock_library());
      environment.push_back("FAKETIME=" + std::string(options.clock_offset.count() > 0 ? "+" : "") +
                            std::to_string(options.clock_offset.count()) + "s");
      environment.emplace_back("FAKETIME_DONT_FAKE_MONOTONIC=1");
    }
    controller.start(
        {"/usr/sbin/samba", "-s", (dir / "etc" / "smb.conf").string(), "--foreground", "--no-process-group"},
        environment, dir / "log" / "out");
    wait_until_ready();
  }

  void wait_until_ready() {
    auto ready = [&] {
      return fs::exists(dir / "private" / "ldap_priv" / "ldapi") && accepts(address.text(), 636) &&
             (!options.kdc || accepts(address.text(), 88)) && fs::exists(dir / "winbindd" / "pipe");
    };
    bool decided = wait_until([&] { return ready() || !controller.running(); }, std::chrono::minutes(1));
    if (!controller.running())
      give_up("the controller ended at once:\n" + log_tail(dir / "log" / "out") + log_tail(dir / "log" / "log.samba"));
    if (!decided) give_up("not ready after a minute");
    connect_as_system();
  }

  // The privileged socket makes whoever does not bind the system; a bind, also an anonymous one, would take that away.
  void connect_as_system() {
    std::string path = (dir / "private" / "ldap_priv" / "ldapi").string();
    std::string url = "ldapi://";
    for (char letter : path) url += letter == '/' ? std::string("%2F") : std::string(1, letter);
    LDAP* handle = nullptr;
    if (ldap_initialize(&handle, url.c_str()) != LDAP_SUCCESS) give_up("no LDAP handle");
    ldap.reset(handle);
    int version = LDAP_VERSION3;
    ldap_set_option(handle, LDAP_OPT_PROTOCOL_VERSION, &version);
    ldap_set_option(handle, LDAP_OPT_REFERRALS, LDAP_OPT_OFF);
    timeval limit{.tv_sec = 20, .tv_usec = 0};
    ldap_set_option(handle, LDAP_OPT_TIMEOUT, &limit);
    // Its processes come up one by one: the first to answer elsewhere says nothing of this socket.
    const auto answers = [&] {
      LDAPMessage* root = nullptr;
      const int code =
          ldap_search_ext_s(handle, "", LDAP_SCOPE_BASE, nullptr, nullptr, 0, nullptr, nullptr, nullptr, 0, &root);
      ldap_msgfree(root);
      return code == LDAP_SUCCESS;
    };
    if (!wait_until(answers, std::chrono::seconds(20))) give_up("the privileged socket does not answer");
  }

  /// By the controller's clock, as a FILETIME.
  std::int64_t file_time_now() const {
    auto now = std::chrono::system_clock::now() + options.clock_offset;
    return std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() * 10 +
           116'444'736'000'000'000;
  }

  void must(int code, const std::string& what) {
    if (code == LDAP_SUCCESS) return;
    char* words = nullptr;
    ldap_get_option(ldap.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&words));
    std::string message = what + ": " + ldap_err2string(code) + " " + (words != nullptr ? words : "");
    ldap_memfree(words);
    give_up(message);
  }

  void change(const std::string& dn, Modification& modification) {
    LDAPMod* mods[] = {&modification.mod, nullptr};
    must(ldap_modify_ext_s(ldap.get(), dn.c_str(), mods, nullptr, nullptr),
         "changing " + modification.attribute + " of " + dn);
  }

  void add(const std::string& dn, const std::map<std::string, Values>& attributes) {
    std::vector<std::unique_ptr<Modification>> kept;
    std::vector<LDAPMod*> mods;
    for (const auto& [name, values] : attributes) {
      kept.push_back(std::make_unique<Modification>(LDAP_MOD_ADD, name, values));
      mods.push_back(&kept.back()->mod);
    }
    mods.push_back(nullptr);
    must(ldap_add_ext_s(ldap.get(), dn.c_str(), mods.data(), nullptr, nullptr), "adding " + dn);
  }

  /// The first entry's attribute, or with "dn" its name.
  Values search(const std::string& base, int scope, const std::string& filter, const std::string& attribute) {
    std::string wanted = attribute;
    char* attributes[] = {wanted.data(), nullptr};
    LDAPMessage* found = nullptr;
    int code = ldap_search_ext_s(ldap.get(), base.c_str(), scope, filter.c_str(), attributes, 0, nullptr, nullptr,
                                 nullptr, 0, &found);
    std::unique_ptr<LDAPMessage, int (*)(LDAPMessage*)> owned(found, ldap_msgfree);
    if (code == LDAP_NO_SUCH_OBJECT) return {};
    must(code, "searching " + filter);
    Values values;
    LDAPMessage* entry = ldap_first_entry(ldap.get(), found);
    if (entry == nullptr) return values;
    if (attribute == "dn") {
      char* dn = ldap_get_dn(ldap.get(), entry);
      values.emplace_back(dn);
      ldap_memfree(dn);
      return values;
    }
    berval** raw = ldap_get_values_len(ldap.get(), entry, attribute.c_str());
    for (int i = 0; raw != nullptr && raw[i] != nullptr; ++i) values.emplace_back(raw[i]->bv_val, raw[i]->bv_len);
    ldap_value_free_len(raw);
    return values;
  }
};

namespace {

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
  state_->prepare();
  state_->start();
}
SambaDc::~SambaDc() = default;

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
  set(dn_of(name), "unicodePwd", {quoted_utf16(password)});
}

void SambaDc::age_password(std::string_view name, std::chrono::seconds age) {
  fs::path ldif = state_->dir / "age.ldif";
  write_text(ldif, "dn: " + dn_of(name) + "\nchangetype: modify\nreplace: pwdLastSet\npwdLastSet: " +
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

void SambaDc::allow_reading_policies(std::string_view name) {
  add_ace(policies_dn(), "(A;CI;RPLCRCLO;;;" + sid_of(name) + ")");
}

void SambaDc::allow_resetting(std::string_view name, std::string_view account_dn) {
  // User-Force-Change-Password (MS-ADTS 5.1.3.2.1).
  add_ace(account_dn, "(OA;;CR;00299570-246d-11d0-a768-00aa006e0529;;" + sid_of(name) + ")");
}

void SambaDc::allow_unlocking(std::string_view name, std::string_view account_dn) {
  // The schema's GUID of lockoutTime (MS-ADA1).
  add_ace(account_dn, "(OA;;RPWP;28630ebf-41d5-11d1-a9c1-0000f80367c1;;" + sid_of(name) + ")");
}

void SambaDc::add_ace(std::string_view dn, const std::string& sddl) {
  run_program({"samba-tool", "dsacl", "set", "-s", smb_conf().string(), "-H",
               (state_->dir / "private" / "sam.ldb").string(), "--objectdn=" + text_of(dn), "--sddl=" + sddl},
              state_->dir / "log" / "dsacl");
}

void SambaDc::add_spn(std::string_view name, std::string_view spn) {
  Modification modification(LDAP_MOD_ADD, "servicePrincipalName", {text_of(spn)});
  std::string dn = dn_of(name);
  state_->change(dn, modification);
  // Without it Samba gives a user's services RC4 only, as Windows did until 2022.
  if (get(dn, "msDS-SupportedEncryptionTypes").empty()) set(dn, "msDS-SupportedEncryptionTypes", {"28"});
}

void SambaDc::export_keytab(std::string_view principal, const fs::path& file) {
  run_program({"samba-tool", "domain", "exportkeytab", "-s", smb_conf().string(), file.string(),
               "--principal=" + text_of(principal)},
              state_->dir / "log" / "keytab");
}

}  // namespace mailward::testing
