#include "base/net.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>

namespace mailward {
namespace {

using namespace std::chrono_literals;

TEST(Destinations, refuse_what_no_exchange_is_at) {
  const DestinationPolicy policy;
  for (const char* refused : {"127.0.0.1", "127.8.9.10", "0.0.0.0", "169.254.169.254", "224.0.0.1", "255.255.255.255",
                              "::1", "::", "fe80::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
                              "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "fd00:ec2::254", "100.100.100.200"}) {
    const Status status = policy.check({IpAddress::parse(refused).value(), 443});
    ASSERT_FALSE(status) << refused;
    EXPECT_TRUE(status.error().is(BaseError::refused_destination));
    EXPECT_NE(status.error().remedy().find(refused), std::string::npos) << status.error().remedy();
  }
  for (const char* allowed : {"10.1.2.3", "192.168.0.5", "203.0.113.9", "2001:db8::5", "fd12::1"}) {
    EXPECT_TRUE(policy.check({IpAddress::parse(allowed).value(), 443})) << allowed;
  }
  EXPECT_FALSE(policy.check({IpAddress::parse("10.1.2.3").value(), 8443}));
}

TEST(IpAddress, has_a_network_of_one_customer) {
  const auto network = [](std::string_view text) { return IpAddress::parse(text).value().network().text(); };
  EXPECT_EQ(network("192.0.2.7"), "192.0.2.7");
  EXPECT_EQ(network("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::");
  EXPECT_EQ(network("::ffff:192.0.2.7"), "192.0.2.7");
}

TEST(Destinations, can_be_opened_and_narrowed_by_blocks) {
  DestinationPolicy policy;
  policy.allowed = {AddressBlock::parse("127.0.0.0/8").value(), AddressBlock::parse("10.0.0.0/9").value()};
  policy.only_allowed = true;
  EXPECT_TRUE(policy.check({IpAddress::parse("127.0.0.1").value(), 443}));
  EXPECT_TRUE(policy.check({IpAddress::parse("10.127.255.255").value(), 443}));
  EXPECT_FALSE(policy.check({IpAddress::parse("10.128.0.0").value(), 443}));
  EXPECT_FALSE(policy.check({IpAddress::parse("192.168.0.5").value(), 443}));
  EXPECT_FALSE(policy.check({IpAddress::parse("::ffff:192.168.0.5").value(), 443}));
  EXPECT_FALSE(AddressBlock::parse("10.0.0.0/33"));
  EXPECT_FALSE(AddressBlock::parse("10.0.0.0/x"));
}

TEST(Names, come_from_the_fixed_hosts_first_and_literals_stand_for_themselves) {
  ResolverSettings settings;
  settings.hosts["mail.example.test"] = {IpAddress::parse("127.0.0.9").value()};
  const Resolver resolver(std::move(settings));
  EXPECT_EQ(resolver.resolve("Mail.Example.Test", Deadline::after(1s)).value().front().text(), "127.0.0.9");
  EXPECT_EQ(resolver.resolve("192.0.2.7", Deadline::after(1s)).value().front().text(), "192.0.2.7");
  EXPECT_TRUE(resolver.resolve("bad name", Deadline::after(1s)).error().is(NameError::malformed_name));
}

/// A name server that never answers.
TEST(Names, are_waited_for_no_longer_than_the_deadline) {
  const FileDescriptor silent(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ASSERT_GE(silent.get(), 0);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(silent.get(), reinterpret_cast<sockaddr*>(&in), sizeof in), 0);
  socklen_t length = sizeof in;
  ::getsockname(silent.get(), reinterpret_cast<sockaddr*>(&in), &length);
  ResolverSettings settings;
  settings.name_servers = {"127.0.0.1:" + std::to_string(ntohs(in.sin_port))};
  const Resolver resolver(std::move(settings));
  const auto answer = resolver.resolve("mail.example.test", Deadline::after(300ms));
  ASSERT_FALSE(answer);
  EXPECT_TRUE(answer.error().is(NameError::timed_out)) << answer.error().describe();
}

TEST(Connecting, names_a_refusal) {
  const FileDescriptor taken(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  ASSERT_GE(taken.get(), 0);
  sockaddr_in in{};
  in.sin_family = AF_INET;
  in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(taken.get(), reinterpret_cast<sockaddr*>(&in), sizeof in), 0);  // bound, never listening
  socklen_t length = sizeof in;
  ::getsockname(taken.get(), reinterpret_cast<sockaddr*>(&in), &length);
  const auto connected = connect_tcp({IpAddress::v4({127, 0, 0, 1}), ntohs(in.sin_port)}, Deadline::after(2s));
  ASSERT_FALSE(connected);
  EXPECT_TRUE(connected.error().is(ConnectError::refused)) << connected.error().describe();
}

}  // namespace
}  // namespace mailward
