// A real Active Directory (Samba) for the demo: dc1.example.test on a loopback address of its own, made anew, until
// SIGTERM or Ctrl-C.
//
//   sample-directory FOLDER
//
// Accounts, with the demo's published passwords: svc-rotate (master mailbox), svc-rotate-b (to be its twin),
// mailward-reset (holds Reset Password on both), directory-reader, and exchange-web with the SPN
// HTTP/mail-ad.example.test, whose keytab it writes into FOLDER. A service point leads Autodiscover to that name.
// FOLDER/ready.json says where all of it is. Exit codes: 0 stopped, 1 failed, 3 it cannot run here.
#include <csignal>
#include <cstdio>
#include <exception>
#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/file.h"
#include "tests/support/samba_dc.h"

namespace mailward::testing {
namespace {

constexpr const char* kPassword = "Sample-Passw0rd!";
constexpr const char* kResetPassword = "Sample-Reset-Passw0rd!";
constexpr const char* kReaderPassword = "Sample-Reader-Passw0rd!";
constexpr int kCannotRunHere = 3;

void make_accounts(SambaDc& controller, const std::filesystem::path& keytab) {
  controller.create_user("svc-rotate", kPassword, {.mail = "svc-rotate@example.test"});
  controller.create_user("svc-rotate-b", kPassword, {.mail = "svc-rotate-b@example.test"});
  controller.create_user("directory-reader", kReaderPassword);
  controller.create_user("mailward-reset", kResetPassword);
  controller.allow_resetting("mailward-reset", controller.dn_of("svc-rotate"));
  controller.allow_resetting("mailward-reset", controller.dn_of("svc-rotate-b"));
  controller.create_user("exchange-web", "Sample-Exchange-Passw0rd!");
  controller.add_spn("exchange-web", "HTTP/mail-ad.example.test");
  controller.export_keytab("HTTP/mail-ad.example.test", keytab);
  // What Exchange's setup leaves for those who look for a mailbox.
  controller.add_service_point("EX11", "https://mail-ad.example.test/Autodiscover/Autodiscover.xml");
}

int run(const std::filesystem::path& folder) {
  if (const auto why = SambaDc::unavailable()) {
    std::fprintf(stderr, "%s\n", why->c_str());
    return kCannotRunHere;
  }
  sigset_t awaited;
  sigemptyset(&awaited);
  sigaddset(&awaited, SIGTERM);
  sigaddset(&awaited, SIGINT);
  sigprocmask(SIG_BLOCK, &awaited, nullptr);
  SambaDc controller;
  const std::filesystem::path keytab = folder / "http.keytab";
  make_accounts(controller, keytab);
  nlohmann::ordered_json ready{{"host", controller.host()},
                               {"address", controller.address()},
                               {"ca", controller.ca_file().string()},
                               {"keytab", keytab.string()},
                               {"environment", nlohmann::ordered_json::object()}};
  for (const auto& [name, value] : controller.winbind_environment()) ready["environment"][name] = value;
  if (const Status written = write_file_durably(folder / "ready.json", ready.dump(2) + "\n", 0600); !written) {
    std::fprintf(stderr, "%s\n", written.error().describe().c_str());
    return 1;
  }
  int signal = 0;
  sigwait(&awaited, &signal);
  return 0;
}

}  // namespace
}  // namespace mailward::testing

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: sample-directory FOLDER\n");
    return 2;
  }
  try {
    return mailward::testing::run(std::filesystem::absolute(argv[1]));
  } catch (const std::exception& failed) {
    std::fprintf(stderr, "%s\n", failed.what());
    return 1;
  }
}
