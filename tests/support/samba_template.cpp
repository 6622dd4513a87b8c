#include "tests/support/samba_template.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <stdexcept>

#include "base/bytes.h"
#include "base/digest.h"
#include "tests/support/paths.h"

extern char** environ;  // NOLINT(readability-redundant-declaration): POSIX names it without a header

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kAdministratorPassword = "Adm1n-of-Example";

std::vector<std::string> provision_command(const fs::path& target) {
  return {"samba-tool",
          "domain",
          "provision",
          "--targetdir=" + target.string(),
          "--realm=EXAMPLE.TEST",
          "--domain=EXAMPLE",
          "--server-role=dc",
          "--dns-backend=SAMBA_INTERNAL",
          "--adminpass=" + std::string(kAdministratorPassword),
          "--host-name=dc1",
          "--host-ip=127.0.0.1",
          "--option=interfaces=lo",
          "--option=bind interfaces only=yes",
          "--option=dns forwarder="};
}

struct SchemaAttribute {
  std::string_view cn, name, oid, syntax, om_syntax;
};
// As Exchange's schema has them (the OID of the account SID could not be confirmed from a document).
constexpr SchemaAttribute kExchangeAttributes[] = {
    {"Target-Address", "targetAddress", "1.2.840.113556.1.2.352", "2.5.5.12", "64"},
    {"ms-Exch-Mailbox-Guid", "msExchMailboxGuid", "1.2.840.113556.1.4.7000.102.11058", "2.5.5.10", "4"},
    {"ms-Exch-Recipient-Type-Details", "msExchRecipientTypeDetails", "1.2.840.113556.1.4.7000.102.50855", "2.5.5.16",
     "65"},
    {"ms-Exch-Remote-Recipient-Type", "msExchRemoteRecipientType", "1.2.840.113556.1.4.7000.102.51611", "2.5.5.16",
     "65"},
    {"ms-Exch-Master-Account-Sid", "msExchMasterAccountSid", "1.2.840.113556.1.4.7000.102.11059", "2.5.5.17", "4"},
};
constexpr std::string_view kSchemaDn = "CN=Schema,CN=Configuration,DC=example,DC=test";

std::string schema_additions() {
  std::ostringstream ldif;
  for (const auto& attribute : kExchangeAttributes) {
    ldif << "dn: CN=" << attribute.cn << ',' << kSchemaDn
         << "\nobjectClass: top\nobjectClass: attributeSchema\nattributeID: " << attribute.oid
         << "\nattributeSyntax: " << attribute.syntax << "\noMSyntax: " << attribute.om_syntax
         << "\nisSingleValued: TRUE\nsearchFlags: 1\nlDAPDisplayName: " << attribute.name << "\n\n";
  }
  return ldif.str();
}

}  // namespace

// A running controller would write them itself, by a service that wants DNS.
std::string ldap_service_names(const std::string& host) {
  return "dn: CN=" + host + ",OU=Domain Controllers,DC=example,DC=test\nchangetype: modify\n" +
         "add: servicePrincipalName\nservicePrincipalName: ldap/" + host +
         ".example.test\nservicePrincipalName: ldap/" + host + ".example.test/example.test\n";
}

namespace {

// A threshold must be set, or badPwdCount does not count; times are negative counts of 100 ns.
std::string changes() {
  std::ostringstream ldif;
  ldif << "dn: CN=Mail-Recipient," << kSchemaDn << "\nchangetype: modify\nadd: mayContain\n";
  for (const auto& attribute : kExchangeAttributes) ldif << "mayContain: " << attribute.name << '\n';
  ldif << "\ndn: DC=example,DC=test\nchangetype: modify\nreplace: lockoutThreshold\nlockoutThreshold: 10\n-\n"
          "replace: lockoutDuration\nlockoutDuration: -18000000000\n-\n"
          "replace: lockOutObservationWindow\nlockOutObservationWindow: -18000000000\n-\n"
          "replace: minPwdAge\nminPwdAge: 0\n\n"
       << ldap_service_names("dc1");
  return ldif.str();
}

std::string tail_of(const fs::path& log) {
  std::ifstream in(log);
  std::stringstream text;
  text << in.rdbuf();
  std::string all = text.str();
  return all.size() > 2000 ? all.substr(all.size() - 2000) : all;
}

void make_template(const fs::path& target) {
  fs::path log = target.string() + ".log";
  run_program(provision_command(target), log);
  fs::path database = target / "private" / "sam.ldb";
  auto apply = [&](const std::string& tool, const std::string& name, const std::string& text) {
    fs::path ldif = target / name;
    std::ofstream(ldif) << text;
    run_program({tool, "-H", database.string(), "--option=dsdb:schema update allowed=true", ldif.string()}, log);
  };
  apply("ldbadd", "schema.ldif", schema_additions());
  apply("ldbmodify", "changes.ldif", changes());
  fs::remove(log);
}

}  // namespace

std::string_view samba_administrator_password() {
  return kAdministratorPassword;
}

void run_program(const std::vector<std::string>& command, const fs::path& log) {
  std::vector<char*> argv;
  argv.reserve(command.size() + 1);
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  // The tools must not see what a test has set for Kerberos in this process.
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    if (!std::string_view(*entry).starts_with("KRB5")) environment.push_back(*entry);
  }
  environment.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_addopen(&actions, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
  posix_spawn_file_actions_adddup2(&actions, 1, 2);
  pid_t pid = 0;
  int failed = posix_spawnp(&pid, argv[0], &actions, nullptr, argv.data(), environment.data());
  posix_spawn_file_actions_destroy(&actions);
  if (failed != 0) throw std::runtime_error("cannot start " + command[0]);
  int status = 0;
  while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
  }
  if (status != 0) throw std::runtime_error(command[0] + " failed:\n" + tail_of(log));
}

fs::path cached_folder(const std::string& name, const std::string& recipe,
                       const std::function<void(const fs::path& target)>& make) {
  std::string all = recipe;
  for (const char* program : {"/usr/sbin/samba", "/usr/bin/samba-tool"}) {
    std::error_code absent;
    all += std::to_string(fs::file_size(program, absent)) + '\0';
  }
  fs::path cache = source_dir() / "var" / "cache";
  fs::create_directories(cache);
  fs::path wanted = cache / (name + "-" + to_hex(sha256(as_bytes(all))).substr(0, 16));
  if (fs::is_directory(wanted)) return wanted;
  int lock = open((cache / (name + ".lock")).c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock < 0 || flock(lock, LOCK_EX) != 0) throw std::runtime_error("cannot lock " + cache.string());
  try {
    if (!fs::is_directory(wanted)) {
      fs::path making = wanted.string() + ".making";
      fs::remove_all(making);
      make(making);
      fs::rename(making, wanted);
    }
  } catch (...) {
    close(lock);
    throw;
  }
  close(lock);
  return wanted;
}

fs::path samba_template() {
  std::string recipe = schema_additions() + changes();
  for (const auto& word : provision_command("TARGET")) recipe += word + '\0';
  return cached_folder("samba", recipe, make_template);
}

}  // namespace mailward::testing
