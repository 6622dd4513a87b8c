#include "app/server_certificate.h"

#include <atomic>
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "app/configuration.h"
#include "base/tls.h"
#include "tests/app/service_process.h"
#include "tests/support/manual_clock.h"
#include "tests/support/paths.h"
#include "tests/support/test_ca.h"

namespace mailward::app {
namespace {

using testing::TemporaryFolder;

void write(const std::filesystem::path& path, std::string_view text) {
  std::ofstream(path, std::ios::binary | std::ios::trunc) << text;
  chmod(path.c_str(), 0600);
}

ServerCertificateSettings in(const TemporaryFolder& folder) {
  return {.certificate = {}, .key = {}, .made_in = folder.path() / "tls", .names = {"localhost", "127.0.0.1"}};
}

TEST(ServerCertificate, is_made_at_the_first_start_and_kept) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  const auto first = ServerCertificate::open(in(folder), clock);
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_EQ((*first)->fingerprint().size(), 95U);
  const auto second = ServerCertificate::open(in(folder), clock);
  ASSERT_TRUE(second);
  EXPECT_EQ((*first)->fingerprint(), (*second)->fingerprint());
  struct stat status{};
  ASSERT_EQ(stat((folder.path() / "tls" / "self-signed.key").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
}

TEST(ServerCertificate, is_made_anew_before_it_expires_and_for_another_name) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  const std::string first = (*ServerCertificate::open(in(folder), clock))->fingerprint();
  clock.advance(std::chrono::days(360));
  EXPECT_EQ((*ServerCertificate::open(in(folder), clock))->fingerprint(), first);
  clock.advance(std::chrono::days(10));
  const std::string second = (*ServerCertificate::open(in(folder), clock))->fingerprint();
  EXPECT_NE(second, first);
  auto wanted = in(folder);
  wanted.names.emplace_back("guard.example.test");
  const auto third = ServerCertificate::open(wanted, clock);
  ASSERT_TRUE(third);
  EXPECT_NE((*third)->fingerprint(), second);
}

TEST(ServerCertificate, a_damaged_self_signed_one_is_made_anew) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  ASSERT_TRUE(ServerCertificate::open(in(folder), clock));
  write(folder.path() / "tls" / "self-signed.crt", "no certificate");
  EXPECT_TRUE(ServerCertificate::open(in(folder), clock));
}

TEST(ServerCertificate, the_administrators_own_is_reloaded_when_it_changes_and_a_wrong_one_is_not) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  const testing::TestCa authority("Own authority");
  const auto issue = [&] { return authority.issue({.common_name = "guard.example.test"}); };
  const auto certificate = folder.path() / "own.pem";
  const auto key = folder.path() / "own.key";
  const auto first = issue();
  write(certificate, first.certificate);
  write(key, first.key);
  auto settings = in(folder);
  settings.certificate = certificate;
  settings.key = key;
  const auto opened = ServerCertificate::open(settings, clock);
  ASSERT_TRUE(opened) << opened.error().describe();
  const std::string before = (*opened)->fingerprint();
  std::atomic<int> taken = 0;
  (*opened)->watch(std::chrono::milliseconds(5), [&](const http::TlsOptions& options) -> Status {
    if (options.private_key_pem.reveal().empty()) return fail(http::ServerError::bad_certificate, "no key");
    ++taken;
    return {};
  });
  write(certificate, "half a certif");
  const auto second = issue();
  write(key, second.key);
  write(certificate, second.certificate);
  EXPECT_TRUE(testing::wait_for([&] { return (*opened)->fingerprint() != before; }));
  EXPECT_GE(taken.load(), 1);
}

TEST(ServerCertificate, files_that_cannot_be_used_are_said_so) {
  const TemporaryFolder folder;
  testing::ManualClock clock;
  auto settings = in(folder);
  settings.certificate = folder.path() / "absent.pem";
  settings.key = folder.path() / "absent.key";
  const auto refused = ServerCertificate::open(settings, clock);
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ConfigurationError::invalid));
  EXPECT_NE(refused.error().describe().find("absent.pem"), std::string::npos);
}

}  // namespace
}  // namespace mailward::app
