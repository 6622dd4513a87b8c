#include "base/self_signed.h"

#include <gtest/gtest.h>

#include "base/tls.h"

namespace mailward {
namespace {

TEST(SelfSigned, is_for_the_names_and_the_time_that_were_wished) {
  const Timestamp now = Clock::system().now();
  const auto made = make_self_signed(
      {.common_name = "Mailward", .dns_names = {"localhost", "guard.example.test"}, .addresses = {"127.0.0.1", "::1"}},
      now);
  ASSERT_TRUE(made) << made.error().describe();
  const auto described = describe_certificates(made->certificate_pem);
  ASSERT_TRUE(described) << described.error().describe();
  ASSERT_EQ(described->size(), 1U);
  const CertificateInfo& info = described->front();
  EXPECT_EQ(info.dns_names, (std::vector<std::string>{"localhost", "guard.example.test", "127.0.0.1", "::1"}));
  EXPECT_EQ(info.issuer, info.subject);
  EXPECT_EQ(info.key, "EC 256");
  EXPECT_LT(info.not_before, now);
  EXPECT_EQ(info.not_after, std::chrono::floor<std::chrono::seconds>(now) + std::chrono::days(397));
  EXPECT_TRUE(made->private_key_pem.reveal().starts_with("-----BEGIN PRIVATE KEY-----"));
}

TEST(SelfSigned, no_two_are_alike) {
  const Timestamp now = Clock::system().now();
  const auto one = make_self_signed({.common_name = "Mailward", .dns_names = {"localhost"}}, now);
  const auto other = make_self_signed({.common_name = "Mailward", .dns_names = {"localhost"}}, now);
  ASSERT_TRUE(one && other);
  EXPECT_NE(describe_certificates(one->certificate_pem)->front().fingerprint,
            describe_certificates(other->certificate_pem)->front().fingerprint);
}

TEST(SelfSigned, a_name_that_cannot_stand_in_a_certificate_is_an_error) {
  EXPECT_FALSE(make_self_signed({.common_name = "Mailward", .addresses = {"no address"}}, Clock::system().now()));
}

TEST(SocketAddresses, are_read_as_they_are_written) {
  for (const char* text : {"127.0.0.1:8443", "[::1]:8443", "0.0.0.0:0"}) {
    const auto address = SocketAddress::parse(text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(address->text(), text);
  }
  for (const char* text : {"", "8443", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "::1:8443", "[127.0.0.1]:1",
                           "localhost:8443", "127.0.0.1:80x"}) {
    EXPECT_FALSE(SocketAddress::parse(text)) << text;
  }
}

}  // namespace
}  // namespace mailward
