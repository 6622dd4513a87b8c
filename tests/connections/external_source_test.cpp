#include "connections/external_source.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <mutex>
#include <thread>

#include "http/server.h"
#include "secrets/inventory.h"
#include "tests/connections/books.h"

namespace mailward::connections::testing {
namespace {

using mailward::testing::TestCa;

/// A vault that answers over HTTPS, under a name and an authority of its own.
class Vault {
 public:
  Vault() : certificate_(ca_.issue({.dns_names = {"vault.example.test"}})) {
    auto router = std::make_shared<http::Router>();
    router->add("GET", "/password", [this](const http::Request& request, http::Connection&) -> http::Reply {
      const std::scoped_lock lock(mutex_);
      seen_.push_back(std::string(request.headers.get("Authorization")));
      return answer_;
    });
    http::ServerOptions options;
    options.listeners.push_back({.name = "vault",
                                 .at = SocketAddress{.ip = must(IpAddress::parse("127.0.0.1")), .port = 0},
                                 .tls = http::TlsOptions{.certificate_chain_pem = certificate_.chain,
                                                         .private_key_pem = SecretString(certificate_.key)},
                                 .router = router});
    options.listeners.push_back({.name = "plain",
                                 .at = SocketAddress{.ip = must(IpAddress::parse("127.0.0.1")), .port = 0},
                                 .tls = std::nullopt,
                                 .router = router});
    server_ = must(http::Server::start(std::move(options)));
  }
  std::uint16_t port(std::string_view listener = "vault") const { return must(server_->address(listener)).port; }
  std::string url() const { return "https://vault.example.test:" + std::to_string(port()) + "/password"; }
  std::string ca_pem() const { return ca_.pem(); }
  void answers(http::Response answer) {
    const std::scoped_lock lock(mutex_);
    answer_ = std::move(answer);
  }
  std::vector<std::string> seen() {
    const std::scoped_lock lock(mutex_);
    return seen_;
  }
  void hang() { must(server_->set_mode("vault", http::ListenerMode::hang)); }

 private:
  TestCa ca_;
  mailward::testing::IssuedCertificate certificate_;
  std::mutex mutex_;
  http::Response answer_ = http::Response::of(200, "text/plain", "From-The-Vault-1!\n");
  std::vector<std::string> seen_;
  std::unique_ptr<http::Server> server_;
};

class ExternalSourceTest : public BooksTest {
 protected:
  void SetUp() override {
    BooksTest::SetUp();
    ResolverSettings names;
    names.hosts["vault.example.test"] = {must(IpAddress::parse("127.0.0.1"))};
    names.hosts["other.example.test"] = {must(IpAddress::parse("127.0.0.1"))};
    names.name_servers = {"127.0.0.1:9"};
    resolver_ = std::make_unique<Resolver>(std::move(names));
    policy_.allowed = {must(AddressBlock::parse("127.0.0.0/8"))};
    policy_.ports = {vault_.port(), vault_.port("plain")};
    account_ = must(ledger().create_account("svc-mailward@example.test", std::nullopt, by_admin())).id;
  }
  ExternalSourceForm form(const std::string& url) { return {.command = {}, .url = url, .trust_pem = vault_.ca_pem()}; }
  Status set(const ExternalSourceForm& form, std::string_view token = {}) {
    std::optional<SecretString> given;
    if (!token.empty()) given = SecretString(token);
    return ledger().set_source(account_, form, given, by_admin());
  }
  Result<SecretString> fetch() {
    return ledger().fetch_password(must(ledger().account(account_)), *resolver_, policy_, {});
  }
  std::string why_not() {
    const auto handed = fetch();
    return handed ? "it was handed over" : handed.error().describe();
  }

  Vault vault_;
  std::unique_ptr<Resolver> resolver_;
  DestinationPolicy policy_;
  AccountId account_;
};
MAILWARD_ON_EVERY_DATABASE(ExternalSourceTest);

TEST_P(ExternalSourceTest, an_address_hands_over_text_or_json_for_its_token) {
  must(set(form(vault_.url()), "token-of-the-vault"));
  EXPECT_EQ(must(fetch()).reveal(), "From-The-Vault-1!");
  ASSERT_EQ(vault_.seen().size(), 1u);
  EXPECT_EQ(vault_.seen()[0], "Bearer token-of-the-vault");
  vault_.answers(http::Response::of(200, "application/json", R"({"user":"svc","password":"In-Json-\u0032!"})"));
  EXPECT_EQ(must(fetch()).reveal(), "In-Json-2!");
  const auto held = must(database().read([](db::Session& session) { return secrets::list_secrets(session); }));
  EXPECT_TRUE(std::ranges::any_of(held, [&](const secrets::SecretRecord& one) {
    return one.kind == "external_source" && one.id == account_.text() && one.last_used;
  }));
}

TEST_P(ExternalSourceTest, the_token_goes_to_the_address_that_it_was_typed_for_alone) {
  must(set(form(vault_.url()), "token-of-the-vault"));
  const std::string elsewhere = "https://other.example.test:" + std::to_string(vault_.port()) + "/password";
  EXPECT_TRUE(fails_with(set(form(elsewhere)), ConnectionsError::password_must_be_typed));
  auto less_trust = form(vault_.url());
  less_trust.trust_pem.clear();
  EXPECT_TRUE(fails_with(set(less_trust), ConnectionsError::password_must_be_typed));
  // In the database itself: the seal does not open for another address.
  edit_database("UPDATE external_source SET url = $1", {elsewhere});
  EXPECT_NE(why_not(), "it was handed over");
  EXPECT_TRUE(vault_.seen().empty()) << "it was sent there";
}

TEST_P(ExternalSourceTest, what_is_no_password_is_refused_in_words) {
  must(set(form(vault_.url()), "token-of-the-vault"));
  const struct {
    http::Response answer;
    const char* says;
  } cases[] = {
      {http::Response::of(401, "text/plain", "no"), "answered with status 401"},
      {http::Response::of(302, "text/plain", ""), "answered with status 302"},
      {http::Response::of(200, "application/json", "{\"secret\":\"x\"}"), "without a member \"password\""},
      {http::Response::of(200, "application/json", "nonsense"), "without a member \"password\""},
      {http::Response::of(200, "text/plain", "{\"value\":\"x\"}"), "JSON without a member"},
      {http::Response::of(200, "text/plain", ""), "nothing was handed over"},
      {http::Response::of(200, "text/plain", std::string(20'000, 'x')), "cannot be asked"},
      {http::Response::of(200, "text/html", "<html><body>sign in</body></html>"), "text/html, which is no password"},
  };
  for (const auto& one : cases) {
    vault_.answers(one.answer);
    const std::string why = why_not();
    EXPECT_NE(why.find(one.says), std::string::npos) << why;
    EXPECT_EQ(why.find("token-of-the-vault"), std::string::npos) << why;
  }
}

TEST_P(ExternalSourceTest, what_may_hold_a_token_stands_in_no_error_nor_trail) {
  must(set({.command = {"/bin/sh", "-c", "exit 3 # hidden-word"}, .url = {}, .trust_pem = {}}));
  std::string told = why_not();
  EXPECT_NE(told.find("ended with status 3"), std::string::npos) << told;
  must(set(form(vault_.url() + "?token=hidden-word")));
  vault_.answers(http::Response::of(401, "text/plain", "no"));
  told += why_not();
  policy_.allowed.clear();
  told += why_not();
  must(ledger().clear_source(account_, by_admin()));
  const auto entries = must(database().read([](db::Session& session) { return audit::Trail::list(session, 0, 1000); }));
  for (const audit::Entry& entry : entries) told += entry.act.details;
  EXPECT_NE(told.find("vault.example.test"), std::string::npos) << told;
  EXPECT_EQ(told.find("hidden-word"), std::string::npos) << told;
}

TEST_P(ExternalSourceTest, nobody_else_is_asked) {
  must(set({.command = {}, .url = vault_.url(), .trust_pem = {}}));
  EXPECT_NE(why_not().find("cannot be asked"), std::string::npos) << "an authority that nobody trusts";
  const std::string wrong_name = "https://other.example.test:" + std::to_string(vault_.port()) + "/password";
  must(set(form(wrong_name)));
  EXPECT_NE(why_not().find("cannot be asked"), std::string::npos) << "a certificate for another name";
  policy_.allowed.clear();
  must(set(form(vault_.url())));
  EXPECT_TRUE(fetch().error().is(BaseError::refused_destination)) << why_not();
  EXPECT_TRUE(vault_.seen().empty());
}

TEST_P(ExternalSourceTest, plain_http_is_for_this_machine_alone) {
  must(set(form("http://127.0.0.1:" + std::to_string(vault_.port("plain")) + "/password")));
  EXPECT_EQ(must(fetch()).reveal(), "From-The-Vault-1!");
  ResolverSettings names;
  names.hosts["vault.example.test"] = {must(IpAddress::parse("192.0.2.7"))};
  resolver_ = std::make_unique<Resolver>(std::move(names));
  policy_.allowed.push_back(must(AddressBlock::parse("192.0.2.0/24")));
  must(set(form("http://vault.example.test:" + std::to_string(vault_.port("plain")) + "/password")));
  EXPECT_NE(why_not().find("never fetched over plain HTTP"), std::string::npos) << why_not();
}

TEST_P(ExternalSourceTest, a_form_that_does_not_hold_is_refused) {
  for (const ExternalSourceForm& one : std::vector<ExternalSourceForm>{
           {},
           {.command = {"/bin/true"}, .url = "https://vault.example.test/", .trust_pem = {}},
           {.command = {"fetch"}, .url = {}, .trust_pem = {}},
           {.command = {}, .url = "ftp://vault.example.test/", .trust_pem = {}},
           {.command = {}, .url = "https://", .trust_pem = {}},
           {.command = {}, .url = "https://user:secret@vault.example.test/", .trust_pem = {}},
           {.command = {}, .url = "https://vault.example.test:99999/", .trust_pem = {}},
           {.command = {}, .url = "https://vault.example.test/", .trust_pem = "nonsense"}}) {
    EXPECT_TRUE(fails_with(set(one), ConnectionsError::invalid_form)) << one.url;
  }
  EXPECT_TRUE(fails_with(set({.command = {"/bin/true"}, .url = {}, .trust_pem = {}}, "a-token"),
                         ConnectionsError::invalid_form));
}

TEST_P(ExternalSourceTest, a_vault_that_says_nothing_is_given_up) {
  must(set(form(vault_.url())));
  vault_.hang();
  std::stop_source stop;
  std::jthread stopper([&] { stop.request_stop(); });
  const auto handed = ledger().fetch_password(must(ledger().account(account_)), *resolver_, policy_, stop.get_token());
  EXPECT_TRUE(fails_with(handed, ConnectionsError::external_source));
}

}  // namespace
}  // namespace mailward::connections::testing
