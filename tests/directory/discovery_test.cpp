#include "tests/directory/directory_fixture.h"

/// Controllers that DNS names, by a real domain's own name server.
namespace mailward::directory {
namespace {

class Discovery : public ::testing::Test {
 protected:
  void SetUp() override {
    if (auto reason = SambaDc::unavailable()) GTEST_SKIP() << *reason;
    static SambaDc one({.dns = true});
    dc_ = &one;
    resolver_.emplace(ResolverSettings{.name_servers = {dc_->address()},
                                       .hosts = {{"dc1.example.test", {IpAddress::parse(dc_->address()).value()}}}});
  }
  SambaDc* dc_ = nullptr;
  std::optional<Resolver> resolver_;
};

TEST_F(Discovery, a_service_s_hosts_are_found_and_what_is_none_is_said) {
  const auto found = resolver_->services("_ldap._tcp.dc._msdcs.EXAMPLE.test", soon());
  ASSERT_TRUE(found) << found.error().describe();
  ASSERT_EQ(found->size(), 1U);
  EXPECT_EQ(found->front(), (ServiceHost{.host = "dc1.example.test", .port = 389, .priority = 0, .weight = 100}));
  EXPECT_REFUSED(resolver_->services("_none._tcp.example.test", soon()), NameError::unknown_host);
  EXPECT_REFUSED(resolver_->services("no such name", soon()), NameError::malformed_name);
}

TEST_F(Discovery, controllers_are_asked_by_the_names_that_dns_gives) {
  dc_->create_user(kReader, kPassword);
  Settings settings;
  settings.controllers = {{.host = "example.test", .discover = true, .site = "Default-First-Site-Name"}};
  settings.trust = CertificateTrust::from_pem(dc_->ca_pem()).value();
  settings.reader_name = std::string(kReader) + "@example.test";
  settings.reader_password = SecretString(kPassword);
  DestinationPolicy loopback;
  loopback.allowed = {AddressBlock::parse("127.0.0.0/8").value()};
  const Directory directory(std::move(settings), *resolver_, loopback);
  const auto account = directory.find_account(kReader, soon());
  ASSERT_TRUE(account) << account.error().describe();
  EXPECT_EQ(account->controller, "dc1.example.test");
  EXPECT_EQ(directory.sign_in_counters(*account, soon()).size(), 1U);
  EXPECT_TRUE(directory.try_password("dc1.example.test", "dirreader@example.test", SecretString(kPassword), soon()));
}

TEST_F(Discovery, a_domain_that_names_none_is_said_for_each_reading) {
  Settings settings;
  settings.controllers = {{.host = "other.example.test", .discover = true}};
  settings.reader_name = "dirreader@example.test";
  settings.reader_password = SecretString(kPassword);
  const Directory directory(std::move(settings), *resolver_, DestinationPolicy());
  const auto counters = directory.sign_in_counters({.dn = "CN=x"}, soon());
  ASSERT_EQ(counters.size(), 1U);
  ASSERT_TRUE(counters[0].error);
  EXPECT_TRUE(counters[0].error->is(NameError::unknown_host)) << counters[0].error->describe();
}

TEST_F(Discovery, an_unknown_domain_is_an_error_and_a_named_controller_itself) {
  EXPECT_REFUSED(discovered({.host = "other.example.test", .discover = true}, *resolver_, soon()),
                 NameError::unknown_host);
  EXPECT_EQ(discovered({.host = "dc9.example.test"}, *resolver_, soon()).value().front().host, "dc9.example.test");
}

TEST(DiscoveredControllers, lie_within_their_domain) {
  const auto within = [](const std::vector<std::string>& hosts) {
    std::vector<ServiceHost> offered;
    for (const std::string& host : hosts) offered.push_back({.host = host, .port = 389});
    std::string found;
    for (const Controller& one : controllers_within({.host = "Example.test", .port = 636, .discover = true}, offered)) {
      EXPECT_EQ(one.port, 636);
      EXPECT_FALSE(one.discover);
      found += one.host + " ";
    }
    return found;
  };
  EXPECT_EQ(within({"dc1.example.test", "example.test", "DC1.example.test", "dc1.example.test"}),
            "dc1.example.test example.test DC1.example.test ");
  EXPECT_EQ(within({"dc1.thief.test", "notexample.test", ".example.test", "example.test.thief.test", ""}), "");
}

}  // namespace
}  // namespace mailward::directory
