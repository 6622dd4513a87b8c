#include "connections/destination.h"

#include <gmock/gmock.h>

#include "tests/connections/books.h"

namespace mailward::connections::testing {
namespace {

TEST(DestinationTest, spelling_makes_no_difference) {
  ConnectionForm one = sample_form();
  one.front_ends = {"mail2.example.test", "mail1.example.test:443"};
  ConnectionForm other = one;
  other.ews_url = "HTTPS://MAIL.example.test:443/other/path";
  other.front_ends = {"MAIL1.example.test", "mail2.example.test"};
  other.description = "another";
  other.user_agent = "another";
  DirectoryForm directory = sample_directory();
  DirectoryForm spelt = directory;
  spelt.realm = "example.test";
  spelt.controllers = {"ldaps://DC2.example.test:636", "dc1.example.test"};
  spelt.name = "another";
  EXPECT_EQ(must(destination_text(one, directory)), must(destination_text(other, spelt)));
}

TEST(DestinationTest, every_place_makes_a_difference_and_is_named) {
  const mailward::testing::TestCa ca;
  const mailward::testing::TestCa other_ca;
  ConnectionForm form = sample_form();
  form.front_ends = {"mail1.example.test"};
  form.trust_pem = ca.pem();
  DirectoryForm directory = sample_directory();
  directory.trust_pem = ca.pem();
  const std::string before = must(destination_text(form, directory));
  const auto named = [&](auto&& change) {
    ConnectionForm changed_form = form;
    DirectoryForm changed_directory = directory;
    change(changed_form, changed_directory);
    return difference(before, must(destination_text(changed_form, changed_directory)));
  };
  EXPECT_EQ(named([](auto&, auto&) {}), "");
  EXPECT_EQ(named([](auto& f, auto&) { f.ews_url = "https://other.example.test/"; }), "EWS host");
  EXPECT_EQ(named([](auto& f, auto&) { f.front_ends.push_back("mail2"); }), "front ends");
  EXPECT_EQ(named([](auto& f, auto&) { f.front_ends = {"mail1.example.test:444"}; }), "front ends");
  EXPECT_EQ(named([&](auto& f, auto&) { f.trust_pem = other_ca.pem(); }), "certificate trust");
  EXPECT_EQ(named([](auto& f, auto&) { f.trust_pem.clear(); }), "certificate trust");
  EXPECT_EQ(named([](auto& f, auto&) { f.authentication.basic = true; }), "authentication");
  EXPECT_EQ(named([](auto&, auto& d) { d.realm = "OTHER.TEST"; }), "Kerberos realm");
  EXPECT_EQ(named([](auto&, auto& d) { d.controllers.pop_back(); }), "domain controllers");
  EXPECT_EQ(named([](auto&, auto& d) { d.controllers = {"ldap://dc1.example.test", "dc2.example.test"}; }),
            "domain controllers");
  EXPECT_EQ(named([&](auto&, auto& d) { d.trust_pem = other_ca.pem(); }), "certificate trust of the directory");
  EXPECT_NE(difference(before, must(destination_text(form, std::nullopt))), "");
}

TEST(DestinationTest, every_place_of_a_search_makes_a_difference_and_is_named) {
  const mailward::testing::TestCa ca;
  const mailward::testing::TestCa other_ca;
  ConnectionForm form = sample_form();
  form.trust_pem = ca.pem();
  form.autodiscover = "usera@example.test";
  form.proxy = {.url = "https://proxy.example.test:8443", .trust_pem = ca.pem()};
  const std::vector<std::string> hosts{"autodiscover.example.test"};
  const std::string before = must(search_destination_text(form, hosts));
  const auto named = [&](auto&& change) {
    ConnectionForm changed = form;
    std::vector<std::string> confirmed = hosts;
    change(changed, confirmed);
    return difference(before, must(search_destination_text(changed, confirmed)));
  };
  EXPECT_EQ(named([](auto&, auto& hosts) { hosts = {"AutoDiscover.Example.test", "autodiscover.example.test"}; }), "");
  EXPECT_EQ(named([](auto& f, auto&) { f.ews_url = "https://other.example.test/"; }), "");
  EXPECT_EQ(named([](auto&, auto& hosts) { hosts.push_back("thief.test"); }), "hosts that may see it");
  EXPECT_EQ(named([&](auto& f, auto&) { f.trust_pem = other_ca.pem(); }), "certificate trust");
  EXPECT_EQ(named([](auto& f, auto&) { f.authentication.basic = true; }), "authentication");
  EXPECT_EQ(named([](auto& f, auto&) { f.autodiscover = "usera@thief.test"; }), "Autodiscover domain");
  EXPECT_EQ(named([](auto& f, auto&) { f.proxy.url = "https://thief.test:8443"; }), "proxy");
  EXPECT_EQ(named([&](auto& f, auto&) { f.proxy.trust_pem = other_ca.pem(); }), "certificate trust of the proxy");
  for (const char* bad : {"", "a b", "thief.test\nautodiscover=example.test", "https://example.test/"}) {
    EXPECT_TRUE(fails_with(search_destination_text(form, {bad}), ConnectionsError::invalid_form)) << bad;
  }
}

TEST(DestinationTest, a_connections_destination_covers_a_search_of_its_own_hosts_alone) {
  ConnectionForm form = sample_form();
  form.autodiscover = "example.test";
  const std::string destination = must(destination_text(form, sample_directory()));
  const auto covered = [&](const std::vector<std::string>& hosts) {
    return covers_search(destination, must(search_destination_text(form, hosts)));
  };
  EXPECT_TRUE(covered({"mail.example.test", "example.test", "autodiscover.example.test"}));
  EXPECT_FALSE(covered({"autodiscover.example.test", "thief.test"}));
  form.authentication.basic = true;
  EXPECT_FALSE(covered({"autodiscover.example.test"}));
  form.authentication.basic = false;
  form.proxy.url = "http://thief.test:3128";
  EXPECT_FALSE(covered({"autodiscover.example.test"}));
}

TEST(DestinationTest, a_stored_value_cannot_forge_a_line) {
  DirectoryForm directory = sample_directory();
  directory.realm = "EXAMPLE.TEST\ncontroller=ldaps://dc9.example.test:636";
  EXPECT_TRUE(fails_with(destination_text(sample_form(), directory), ConnectionsError::invalid_form));
  directory = sample_directory();
  directory.reader = "reader@example.test\ncontroller=x";
  EXPECT_TRUE(fails_with(destination_text(directory), ConnectionsError::invalid_form));
}

TEST(DestinationTest, contexts_tell_all_parts_apart) {
  const auto account = AccountId::from_value(7);
  const std::vector<Bytes> contexts = {
      sealing_context(account, "a", 1, {"x", "y"}),     sealing_context(account, "a", 1, {"xy"}),
      sealing_context(account, "a", 1, {"y", "x"}),     sealing_context(account, "a", 1, {"x"}),
      sealing_context(account, "a", 2, {"x", "y"}),     sealing_context(account, "b", 1, {"x", "y"}),
      sealing_context(account, "ax", 1, {"y"}),         sealing_context(AccountId::from_value(8), "a", 1, {"x", "y"}),
      sealing_context(DirectoryId::from_value(7), "x"),
  };
  const std::set<Bytes> different(contexts.begin(), contexts.end());
  EXPECT_EQ(different.size(), contexts.size());
}

}  // namespace
}  // namespace mailward::connections::testing
