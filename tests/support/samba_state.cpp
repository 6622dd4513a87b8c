#include "tests/support/samba_state.h"

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <stdexcept>

#include "tests/support/wait_until.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX names it without a header

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;

std::string smb_conf_text(const fs::path& dir, const std::string& name, const std::string& address,
                          const SambaOptions& options) {
  std::ostringstream out;
  // Without drepl and kcc no controller takes over another's changes by itself.
  out << "[global]\n"
         "netbios name = "
      << name
      << "\nrealm = EXAMPLE.TEST\nworkgroup = EXAMPLE\n"
         "server role = active directory domain controller\n"
         "bind interfaces only = yes\nlogging = file\nmax log size = 10000\n"
         "tls enabled = yes\nprefork children = 1\n";
  // Windows takes SASL inside TLS without a layer of its own, and no other; Samba asks for one unless told so.
  out << "ldap server require strong auth = allow_sasl_over_tls\n";
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
      << (options.kdc ? ", kdc" : "") << (options.dns ? ", dns" : "")
      << "\nold password allowed period = " << options.old_password_minutes << '\n';
  return out.str();
}

bool accepts(const std::string& address, std::uint16_t port) {
  int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
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

}  // namespace

void give_up(const std::string& what) {
  throw std::runtime_error("samba: " + what);
}

Modification::Modification(int operation, std::string name, Values given)
    : attribute(std::move(name)), values(std::move(given)) {
  for (auto& value : values) bervals.push_back({value.size(), value.data()});
  for (auto& value : bervals) pointers.push_back(&value);
  pointers.push_back(nullptr);
  mod.mod_op = operation | LDAP_MOD_BVALUES;
  mod.mod_type = attribute.data();
  mod.mod_vals.modv_bvals = values.empty() ? nullptr : pointers.data();
}

SambaDc::State::~State() {
  kill();
  std::error_code ignored;
  fs::remove_all(dir, ignored);
}

void SambaDc::State::prepare(const fs::path& from, const TestCa& authority) {
  // The folder is named for the address: what a killed program left there goes when the address is taken again.
  dir = fs::temp_directory_path() / ("mailward-dc-" + address.text());
  fs::remove_all(dir);
  fs::copy(from, dir, fs::copy_options::recursive | fs::copy_options::copy_symlinks);
  for (const char* sub : {"cache", "lock", "run", "ncalrpc", "winbindd", "ntp", "log", "tls"}) {
    fs::create_directories(dir / sub);
  }
  fs::permissions(dir, fs::perms::owner_all);
  // winbindd refuses a privileged folder that others can enter.
  fs::create_directories(dir / "state" / "winbindd_privileged");
  fs::permissions(dir / "state" / "winbindd_privileged",
                  fs::perms::owner_all | fs::perms::group_read | fs::perms::group_exec);
  if (fs::exists(dir / "private" / "ldap_priv")) fs::permissions(dir / "private" / "ldap_priv", fs::perms::owner_all);
  authority
      .issue({.common_name = name + ".example.test",
              .dns_names = {name + ".example.test", "example.test"},
              .addresses = {address.text()}})
      .write(dir / "tls", "dc");
  authority.write_pem(dir / "tls" / "ca.pem");
  write_text(smb_conf(), smb_conf_text(dir, name, address.text(), options));
  write_text(dir / "krb5.conf",
             "[libdefaults]\ndefault_realm = EXAMPLE.TEST\ndns_lookup_kdc = false\ndns_lookup_realm = "
             "false\nrdns = false\ndns_canonicalize_hostname = false\nudp_preference_limit = "
             "1\n[realms]\nEXAMPLE.TEST = {\nkdc = " +
                 address.text() +
                 "\n}\n[domain_realm]\n.example.test = EXAMPLE.TEST\nexample.test = " + "EXAMPLE.TEST\n");
  write_text(dir / "nss_passwd", "root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534::/:/bin/false\n");
  write_text(dir / "nss_group", "root:x:0:\nnogroup:x:65534:\n");
}

void SambaDc::State::start() {
  // Left by an earlier life, they would make it look ready.
  fs::remove(dir / "private" / "ldap_priv" / "ldapi");
  fs::remove(dir / "winbindd" / "pipe");
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
  controller.start({"/usr/sbin/samba", "-s", smb_conf().string(), "--foreground", "--no-process-group"}, environment,
                   dir / "log" / "out");
  wait_until_ready();
}

void SambaDc::State::kill() {
  ldap.reset();
  controller.stop();
}

void SambaDc::State::signal(int number) const {
  std::ifstream file(dir / "run" / "samba.pid");
  pid_t process = 0;
  file >> process;
  if (process <= 1 || ::kill(-getpgid(process), number) != 0) give_up("it does not run");
}

void SambaDc::State::wait_until_ready() {
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
void SambaDc::State::connect_as_system() {
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

std::int64_t SambaDc::State::file_time_now() const {
  auto now = std::chrono::system_clock::now() + options.clock_offset;
  return std::chrono::duration_cast<std::chrono::microseconds>(now.time_since_epoch()).count() * 10 +
         116'444'736'000'000'000;
}

void SambaDc::State::must(int code, const std::string& what) {
  if (code == LDAP_SUCCESS) return;
  char* words = nullptr;
  ldap_get_option(ldap.get(), LDAP_OPT_DIAGNOSTIC_MESSAGE, static_cast<void*>(&words));
  std::string message = what + ": " + ldap_err2string(code) + " " + (words != nullptr ? words : "");
  ldap_memfree(words);
  give_up(message);
}

void SambaDc::State::change(const std::string& dn, Modification& modification) {
  LDAPMod* mods[] = {&modification.mod, nullptr};
  must(ldap_modify_ext_s(ldap.get(), dn.c_str(), mods, nullptr, nullptr),
       "changing " + modification.attribute + " of " + dn);
}

void SambaDc::State::add(const std::string& dn, const std::map<std::string, Values>& attributes) {
  std::vector<std::unique_ptr<Modification>> kept;
  std::vector<LDAPMod*> mods;
  for (const auto& [attribute, values] : attributes) {
    kept.push_back(std::make_unique<Modification>(LDAP_MOD_ADD, attribute, values));
    mods.push_back(&kept.back()->mod);
  }
  mods.push_back(nullptr);
  must(ldap_add_ext_s(ldap.get(), dn.c_str(), mods.data(), nullptr, nullptr), "adding " + dn);
}

void SambaDc::State::add_rule(const std::string& dn, const AccessRule& rule) {
  // LDAP_SERVER_SD_FLAGS_OID (MS-ADTS 3.1.1.3.4.1.11) with DACL_SECURITY_INFORMATION, in BER.
  char flags[] = "\x30\x03\x02\x01\x04";
  char oid[] = "1.2.840.113556.1.4.801";
  LDAPControl dacl_alone{.ldctl_oid = oid, .ldctl_value = {.bv_len = 5, .bv_val = flags}, .ldctl_iscritical = 1};
  LDAPControl* controls[] = {&dacl_alone, nullptr};
  char attribute[] = "nTSecurityDescriptor";
  char* attributes[] = {attribute, nullptr};
  LDAPMessage* found = nullptr;
  const int code = ldap_search_ext_s(ldap.get(), dn.c_str(), LDAP_SCOPE_BASE, "(objectClass=*)", attributes, 0,
                                     controls, nullptr, nullptr, 0, &found);
  const std::unique_ptr<LDAPMessage, int (*)(LDAPMessage*)> owned(found, ldap_msgfree);
  must(code, "reading who may do what with " + dn);
  LDAPMessage* entry = ldap_first_entry(ldap.get(), found);
  berval** raw = entry == nullptr ? nullptr : ldap_get_values_len(ldap.get(), entry, attribute);
  if (raw == nullptr || raw[0] == nullptr) give_up("no security descriptor of " + dn);
  const std::string descriptor(raw[0]->bv_val, raw[0]->bv_len);
  ldap_value_free_len(raw);
  Modification modification(LDAP_MOD_REPLACE, attribute, {with_rule(descriptor, rule)});
  LDAPMod* mods[] = {&modification.mod, nullptr};
  must(ldap_modify_ext_s(ldap.get(), dn.c_str(), mods, controls, nullptr), "changing who may do what with " + dn);
}

Values SambaDc::State::search(const std::string& base, int scope, const std::string& filter,
                              const std::string& attribute) {
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

}  // namespace mailward::testing
