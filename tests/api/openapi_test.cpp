// The running service is held to its own description, by a walk and a fuzzer (openapi_check.py).
#include <cstdio>
#include <cstdlib>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/api/browser.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

constexpr const char* kPassword = "seven herons over the weir";

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary) << text;
}

TEST(OpenApi, every_answer_is_as_the_document_says) {
  const TemporaryFolder folder;
  write(folder.path() / "mailward.toml", "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\n");
  write(folder.path() / "password", std::string(kPassword) + "\n");
  const ServiceProcess service(folder.path() / "state", {"--config", (folder.path() / "mailward.toml").string()});
  make_user(service, "somebody", "administrator", kPassword);
  const char* const seed = std::getenv("MAILWARD_FUZZ_SEED");
  const std::string command =
      "/usr/bin/python3 '" + (source_dir() / "tests" / "api" / "openapi_check.py").string() + "' --url " +
      service.console_url() + " --ca '" + (service.state() / "tls" / "self-signed.crt").string() +
      "' --user somebody --password-fd 3 --exchange https://127.0.0.1:9/EWS/Exchange.asmx --seed " +
      (seed != nullptr ? seed : "1") + " 3<'" + (folder.path() / "password").string() + "' 2>&1";
  std::FILE* const check = popen(command.c_str(), "r");  // NOLINT(cert-env33-c): every word of it is this test's own
  ASSERT_NE(check, nullptr);
  std::string told;
  char buffer[4096];
  while (std::fgets(buffer, sizeof buffer, check) != nullptr) told += buffer;
  EXPECT_EQ(pclose(check), 0) << told;
  EXPECT_NE(told.find("0 departures"), std::string::npos) << told;
  EXPECT_EQ(service.log().find(kPassword), std::string::npos);
  EXPECT_EQ(service.log().find(" error "), std::string::npos) << service.log();
}

}  // namespace
}  // namespace mailward::testing
