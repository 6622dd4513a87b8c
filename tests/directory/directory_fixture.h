#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <string_view>

#include "directory/directory.h"
#include "tests/support/samba_dc.h"

namespace mailward::directory {

using testing::SambaDc;

inline constexpr std::string_view kPassword = "Right-Horse-77";
inline constexpr std::string_view kNeverHad = "Never-Had-This-1";
inline constexpr std::string_view kReader = "dirreader";

inline Deadline soon() {
  return Deadline::after(std::chrono::seconds(20));
}

#define EXPECT_REFUSED(result, code)                                                                             \
  do {                                                                                                           \
    const auto& mw_result = (result);                                                                            \
    ASSERT_FALSE(mw_result.has_value());                                                                         \
    EXPECT_TRUE(mw_result.error().is(code)) << mw_result.error().name() << ": " << mw_result.error().describe(); \
  } while (false)

/// A directory whose controller is a real one.
class DirectoryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
    static const bool made = [] {
      dc().create_user(kReader, kPassword);
      return true;
    }();
    ASSERT_TRUE(made);
  }
  static SambaDc& dc() { return SambaDc::shared(); }
  static Resolver& resolver() {
    static Resolver names({.name_servers = {},
                           .hosts = {{"dc1.example.test", {IpAddress::parse(dc().address()).value()}},
                                     {"other.example.test", {IpAddress::parse(dc().address()).value()}},
                                     {"relay.example.test", {IpAddress::v4({127, 0, 0, 1})}}}});
    return names;
  }
  static DestinationPolicy loopback() {
    DestinationPolicy policy;
    policy.allowed = {AddressBlock::parse("127.0.0.0/8").value()};
    return policy;
  }
  static Settings settings(std::string_view reader = kReader, std::string_view password = kPassword) {
    Settings given;
    given.controllers = {{.host = "dc1.example.test"}};
    given.trust = CertificateTrust::from_pem(dc().ca_pem()).value();
    given.reader_name = std::string(reader) + "@example.test";
    given.reader_password = SecretString(password);
    return given;
  }
  static Directory& readers() {
    static Directory one(settings(), resolver(), loopback());
    return one;
  }
  static Status bind_as(std::string_view name, std::string_view password) {
    Directory one(settings(name, password), resolver(), loopback());
    return one.check_reader(soon());
  }
  static Status check(Settings given, Deadline deadline = soon()) {
    Directory one(std::move(given), resolver(), loopback());
    return one.check_reader(deadline);
  }
};

}  // namespace mailward::directory
