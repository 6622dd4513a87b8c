#include "tests/support/samba_pair.h"

#include <fstream>

#include "tests/support/samba_state.h"
#include "tests/support/samba_template.h"

namespace mailward::testing {
namespace {

namespace fs = std::filesystem;

/// Not to look for a controller by names, which nobody here resolves; NTLM needs none.
const std::vector<std::string>& as_administrator() {
  static const std::vector<std::string> arguments{"-UAdministrator%" + std::string(samba_administrator_password()),
                                                  "--use-kerberos=off"};
  return arguments;
}

std::vector<std::string> join_command(const std::string& server, const fs::path& target) {
  std::vector<std::string> command{"samba-tool",
                                   "domain",
                                   "join",
                                   "EXAMPLE.TEST",
                                   "DC",
                                   "--server=" + server,
                                   "--targetdir=" + target.string(),
                                   "--dns-backend=NONE",
                                   "--option=netbios name=DC2",
                                   "--option=interfaces=lo",
                                   "--option=bind interfaces only=yes",
                                   "--option=log file=" + (target / "log.%m").string()};
  command.insert(command.end(), as_administrator().begin(), as_administrator().end());
  return command;
}

/// Takes over the domain's changes from a running controller, straight into the data: the service that would do it on
/// request does not run.
std::vector<std::string> pull_command(const std::string& to, const std::string& from_address,
                                      const fs::path& smb_conf) {
  std::vector<std::string> command{"samba-tool", "drs",        "replicate",
                                   to,           from_address, std::string(SambaDc::kBaseDn),
                                   "--local",    "-s",         smb_conf.string()};
  command.insert(command.end(), as_administrator().begin(), as_administrator().end());
  return command;
}

/// A folder that can be copied: without the sockets and process numbers of a controller that ran in it.
void leave_data_only(const fs::path& dir) {
  std::vector<fs::path> others;
  for (const auto& entry : fs::recursive_directory_iterator(dir)) {
    const bool data = entry.is_directory() || entry.is_regular_file() || entry.is_symlink();
    if (!data || entry.path().extension() == ".pid") others.push_back(entry.path());
  }
  for (const fs::path& path : others) fs::remove(path);
  for (const char* name : {"cache", "lock", "run", "ncalrpc", "winbindd", "log", "msg.sock", "msg.lock"}) {
    fs::remove_all(dir / name);
  }
}

}  // namespace

void SambaPair::make_template(const fs::path& target) {
  fs::create_directories(target);
  SambaDc::State first;
  first.prepare(samba_template(), TestCa());
  first.start();
  const std::string address = first.address.text();
  const fs::path joined = target / "dc2";
  run_program(join_command(address, joined), target / "log");
  const fs::path ldif = target / "names.ldif";
  std::ofstream(ldif) << ldap_service_names("dc2");
  run_program({"ldbmodify", "-H", (first.dir / "private" / "sam.ldb").string(), ldif.string()}, target / "log");
  run_program(pull_command("dc2", address, joined / "etc" / "smb.conf"), target / "log");
  fs::remove(ldif);
  first.kill();
  fs::remove(target / "log");
  leave_data_only(first.dir);
  leave_data_only(target / "dc2");
  fs::copy(first.dir, target / "dc1", fs::copy_options::recursive | fs::copy_options::copy_symlinks);
}

SambaPair::SambaPair(SambaOptions first, SambaOptions second) {
  if (auto reason = SambaDc::unavailable()) give_up(*reason);
  const TestCa authority("Example Directory Root");
  std::string recipe = samba_template().filename().string() + ldap_service_names("dc2");
  for (const auto& word : join_command("SERVER", "TARGET")) recipe += word + '\0';
  const fs::path both = cached_folder("samba-pair", recipe, make_template);
  const auto make = [&](const std::string& name, const SambaOptions& options) {
    auto state = std::make_unique<SambaDc::State>();
    state->name = name;
    state->options = options;
    state->prepare(both / name, authority);
    state->start();
    return std::unique_ptr<SambaDc>(new SambaDc(std::move(state)));
  };
  first_ = make("dc1", first);
  second_ = make("dc2", second);
}

void SambaPair::replicate() {
  pull(*second_, *first_);
  pull(*first_, *second_);
}

void SambaPair::pull(SambaDc& to, const SambaDc& from) {
  run_program(pull_command(to.state_->name, from.address(), to.smb_conf()), to.folder() / "log" / "replicate");
}

}  // namespace mailward::testing
