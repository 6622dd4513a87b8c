// The proxy of a connection on the command line: add, edit, test, and what is shown of it.
#include <fstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "tests/app/service_process.h"
#include "tests/cli/terminal_session.h"
#include "tests/ews/support/tunnel_proxy.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kPassword = "Sample-Passw0rd!";
constexpr const char* kOfProxy = "Proxy-Passw0rd-1!";
constexpr const char* kWrong = "No-Such-Proxy-1!";

class ProxyOptions : public ::testing::Test {
 protected:
  ProxyOptions()
      : proxy_({IpAddress::parse(address_of(exchange_)).value(), exchange_.port()},
               [](const ReceivedRequest& connect) -> std::optional<std::string> {
                 const std::string wanted = "Basic " + to_base64(as_bytes("proxyuser:" + std::string(kOfProxy)));
                 if (connect.field("Proxy-Authorization") == wanted) return std::nullopt;
                 return "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\nContent-Length: 0\r\n\r\n";
               }) {
    const auto config = folder_.path() / "mailward.toml";
    std::ofstream(config) << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = [443, "
                          << exchange_.port() << ", " << proxy_.address().port
                          << "]\n[network.hosts]\n\"mail.example.test\" = [\"" << address_of(exchange_)
                          << "\"]\n\"proxy.example.test\" = [\"127.0.0.1\"]\n";
    service_ = std::make_unique<ServiceProcess>(folder_.path() / "state",
                                                std::vector<std::string>{"--config", config.string()});
  }

  static std::string address_of(const ExchangeSimulator& exchange) {
    return exchange.url().substr(8, exchange.url().find(':', 8) - 8);
  }
  std::string proxy_url() const { return "http://proxy.example.test:" + std::to_string(proxy_.address().port); }
  /// A file that only its owner may read.
  std::string secret_file(const std::string& password) const {
    const auto file = folder_.path() / ("password-" + std::to_string(password.size()));
    std::ofstream(file) << password << "\n";
    chmod(file.c_str(), 0600);
    return file.string();
  }
  std::vector<std::string> form() const {
    return {"--ews-url",        "https://mail.example.test:" + std::to_string(exchange_.port()),
            "--master-mailbox", "svc-mailward@example.test",
            "--trust-file",     exchange_.ca_file().string(),
            "--mailbox-check",  "usera@example.test",
            "--proxy-url",      proxy_url(),
            "--proxy-sign-in",  "basic",
            "--proxy-user",     "proxyuser"};
  }
  Ended with_form(std::vector<std::string> words, const std::vector<std::string>& more) const {
    for (const auto& one : form()) words.push_back(one);
    words.insert(words.end(), more.begin(), more.end());
    return service_->cli(words, {.on_fd_3 = kPassword});
  }
  Ended add() const {
    return with_form({"connection", "add", "--description", "Far"},
                     {"--password-fd", "3", "--proxy-password-file", secret_file(kOfProxy)});
  }
  Json shown() const { return Json::parse(service_->cli({"connection", "show", "Far", "--json"}).out); }
  /// Nothing that anybody was told holds a password, and nothing that was written down.
  void expect_secret(const std::vector<Ended>& all) const {
    for (const char* secret : {kPassword, kOfProxy, kWrong}) {
      for (const Ended& one : all) EXPECT_EQ((one.out + one.err).find(secret), std::string::npos) << one.out << one.err;
      EXPECT_EQ(service_->log().find(secret), std::string::npos);
    }
  }

  TemporaryFolder folder_;
  ExchangeSimulator exchange_;
  TunnelProxy proxy_;
  std::unique_ptr<ServiceProcess> service_;
};

TEST_F(ProxyOptions, a_connection_is_added_and_tested_by_way_of_its_proxy) {
  const Ended unsaved = with_form({"connection", "test", "--unsaved"},
                                  {"--password-fd", "3", "--proxy-password-file", secret_file(kOfProxy)});
  EXPECT_EQ(unsaved.code, 0) << unsaved.out << unsaved.err;
  EXPECT_NE(unsaved.out.find("ok      proxy"), std::string::npos) << unsaved.out;
  const Ended added = add();
  ASSERT_EQ(added.code, 0) << added.err;
  EXPECT_NE(added.err.find("proxy"), std::string::npos) << "where the password will go: " << added.err;
  EXPECT_NE(added.err.find(proxy_url()), std::string::npos) << added.err;
  const unsigned before = proxy_.tunnels();
  const Ended tested = service_->cli({"connection", "test", "Far"});
  EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
  EXPECT_GT(proxy_.tunnels(), before);
  const Ended text = service_->cli({"connection", "show", "Far"});
  for (const std::string& word : {proxy_url(), std::string("proxyuser"), std::string("basic")}) {
    EXPECT_NE(text.out.find(word), std::string::npos) << word << "\n" << text.out;
  }
  EXPECT_EQ(shown().at("proxy_sign_in"), "basic");
  expect_secret({unsaved, added, tested, text, service_->cli({"connection", "show", "Far", "--json"})});
}

TEST_F(ProxyOptions, a_password_that_the_proxy_refuses_ends_with_3_and_is_shown_once) {
  const std::vector<std::string> wrong{"--password-fd", "3", "--proxy-password-file", secret_file(kWrong)};
  const Ended refused = with_form({"connection", "test", "--unsaved"}, wrong);
  EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
  EXPECT_NE(refused.out.find("--ask-proxy-password"), std::string::npos) << "the remedy: " << refused.out;
  const Ended again = with_form({"connection", "test", "--unsaved"}, wrong);
  EXPECT_EQ(again.code, 3) << again.out << again.err;
  EXPECT_EQ(proxy_.shown(), 1U);
  EXPECT_TRUE(exchange_.requests().empty());
  expect_secret({refused, again});
}

TEST_F(ProxyOptions, a_sign_in_without_a_proxy_is_refused) {
  const Ended refused =
      service_->cli({"connection", "add", "--description", "Near", "--ews-url", "https://mail.example.test",
                     "--master-mailbox", "svc-mailward@example.test", "--no-password", "--proxy-user", "proxyuser"});
  EXPECT_EQ(refused.code, 1) << refused.out << refused.err;
  EXPECT_NE(refused.err.find("--proxy-url"), std::string::npos) << refused.err;
  EXPECT_EQ(service_->cli({"connection", "show", "Near"}).code, 1) << "nothing was saved";
}

TEST_F(ProxyOptions, another_proxy_wants_its_password_typed_and_none_needs_none) {
  ASSERT_EQ(add().code, 0);
  ASSERT_EQ(service_->cli({"connection", "test", "Far"}).code, 0);
  const auto before = proxy_.seen().size();
  const Ended other = service_->cli({"connection", "edit", "Far", "--proxy-user", "somebody", "--json"});
  EXPECT_EQ(other.code, 1) << other.out;
  EXPECT_NE(other.err.find("proxy"), std::string::npos) << other.err;
  EXPECT_EQ(shown().at("proxy_user"), "proxyuser") << "nothing was changed";
  const Ended typed = service_->cli(
      {"connection", "edit", "Far", "--proxy-user", "somebody", "--proxy-password-file", secret_file(kWrong)});
  EXPECT_EQ(typed.code, 0) << typed.err;
  EXPECT_EQ(shown().at("proxy_user"), "somebody");
  EXPECT_EQ(proxy_.seen().size(), before) << "the old password went to nobody";
  expect_secret({other, typed});
}

/// Somebody names a proxy of his own in a connection that he made, and waits for the password of the real one.
TEST_F(ProxyOptions, its_password_goes_by_a_connection_that_others_made_only_where_it_is_named) {
  const Ended made = with_form({"connection", "add", "--description", "Thief", "--autodiscover", "usera@example.test"},
                               {"--password-fd", "3", "--proxy-password-file", secret_file(kWrong)});
  ASSERT_EQ(made.code, 0) << made.err;
  const std::vector<std::string> typed{"--proxy-password-file", secret_file(kOfProxy)};
  std::vector<Ended> all{made};
  std::vector<std::string> numbers;
  for (std::vector<std::string> words :
       std::vector<std::vector<std::string>>{{"connection", "edit", "Thief"},
                                             {"connection", "test", "Thief", "--unsaved"},
                                             {"connection", "find", "Thief"}}) {
    words.insert(words.end(), typed.begin(), typed.end());
    all.push_back(service_->cli(words));
    EXPECT_EQ(all.back().code, 1) << all.back().out << all.back().err;
    for (const std::string& shown : {std::string("NEW"), proxy_url(), std::string("--destination")}) {
      EXPECT_NE(all.back().err.find(shown), std::string::npos) << words[1] << shown << "\n" << all.back().err;
    }
    const std::size_t at = all.back().err.find("(NEW, ");
    ASSERT_NE(at, std::string::npos) << all.back().err;
    numbers.push_back(all.back().err.substr(at + 6, 16));
    words.insert(words.end(), {"--destination", "0123456789abcdef"});
    EXPECT_EQ(service_->cli(words).code, 1);
  }
  EXPECT_TRUE(proxy_.seen().empty()) << "nobody meant it to go there";
  all.push_back(
      service_->cli({"connection", "test", "Thief", "--unsaved", typed[0], typed[1], "--destination", numbers.at(1)}));
  EXPECT_FALSE(proxy_.seen().empty()) << all.back().out << all.back().err;
  expect_secret(all);
}

TEST_F(ProxyOptions, clear_proxy_takes_all_of_it_away) {
  ASSERT_EQ(add().code, 0);
  ASSERT_EQ(service_->cli({"connection", "test", "Far"}).code, 0);
  // Another destination: the password of the master mailbox is typed again.
  const Ended refused = service_->cli({"connection", "edit", "Far", "--clear-proxy", "--json"});
  EXPECT_EQ(Json::parse(refused.err).at("code"), "connections.password_must_be_typed") << refused.err;
  const Ended cleared =
      service_->cli({"connection", "edit", "Far", "--clear-proxy", "--password-fd", "3"}, {.on_fd_3 = kPassword});
  EXPECT_EQ(cleared.code, 0) << cleared.out << cleared.err;
  for (const char* member : {"proxy_url", "proxy_user", "proxy_trust_pem"}) EXPECT_EQ(shown().at(member), "") << member;
  EXPECT_EQ(shown().at("proxy_sign_in"), "none");
  const unsigned before = proxy_.tunnels();
  const Ended tested = service_->cli({"connection", "test", "Far"});
  EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
  EXPECT_EQ(proxy_.tunnels(), before);
}

TEST_F(ProxyOptions, what_cannot_be_is_refused_by_field) {
  const Ended way = service_->cli({"connection", "test", "--unsaved", "--proxy-sign-in", "digest"});
  EXPECT_EQ(way.code, 2) << way.out;
  EXPECT_NE(way.err.find("negotiate"), std::string::npos) << "what can be: " << way.err;
  const Ended no_password = with_form({"connection", "add", "--description", "Far"}, {"--password-fd", "3"});
  EXPECT_EQ(no_password.code, 1) << no_password.out;
  EXPECT_NE(no_password.err.find("the proxy's password is needed"), std::string::npos) << no_password.err;
  for (const std::string url :
       {"proxy.example.test:3128", "http://user:Secret-1@proxy.example.test:3128", "socks5://x"}) {
    const Ended bad = service_->cli({"connection", "test", "--unsaved", "--ews-url", "https://mail.example.test",
                                     "--master-mailbox", "svc@example.test", "--proxy-url", url, "--no-password"});
    EXPECT_EQ(bad.code, 1) << url << bad.out;
    EXPECT_NE(bad.err.find("proxy"), std::string::npos) << bad.err;
    EXPECT_EQ((bad.out + bad.err).find("Secret-1"), std::string::npos) << bad.err;
  }
  const std::string open_to_all = secret_file(kOfProxy);
  chmod(open_to_all.c_str(), 0644);
  const Ended readable = with_form({"connection", "add", "--description", "Far"},
                                   {"--password-fd", "3", "--proxy-password-file", open_to_all});
  EXPECT_EQ(readable.code, 1);
  EXPECT_NE(readable.err.find("chmod"), std::string::npos) << readable.err;
  for (const char* command : {"add", "edit", "test", "find"}) {
    const Ended help = service_->cli({"connection", command, "--help"});
    EXPECT_EQ(help.code, 0);
    for (const char* word : {"--proxy-url", "--proxy-sign-in", "--proxy-user", "--proxy-trust-file",
                             "--proxy-password-file", "--proxy-password-fd", "--ask-proxy-password"}) {
      EXPECT_NE(help.out.find(word), std::string::npos) << command << " " << word;
    }
    const Ended argument = service_->cli({"connection", command, "--proxy-password", kOfProxy});
    EXPECT_EQ(argument.code, 2) << command;
    EXPECT_EQ((argument.out + argument.err).find(kOfProxy), std::string::npos) << argument.err;
  }
}

TEST_F(ProxyOptions, the_proxys_password_is_typed_unseen) {
  ASSERT_EQ(add().code, 0);
  TerminalSession person(
      {"connection", "edit", "Far", "--ask-proxy-password", "--socket", service_->socket().string()});
  ASSERT_TRUE(person.sees("Send the password there?")) << person.shown();
  person.type("y\n");
  ASSERT_TRUE(person.sees("Password for the proxy " + proxy_url() + ": ")) << person.shown();
  EXPECT_EQ(person.shown().find(": : "), std::string::npos) << person.shown();
  ASSERT_TRUE(wait_for([&] { return !person.echoes(); })) << "what is typed would be shown";
  person.type(std::string(kOfProxy) + "\n");
  EXPECT_EQ(person.await_end(), 0) << person.shown();
  EXPECT_EQ(person.shown().find(kOfProxy), std::string::npos) << person.shown();
  EXPECT_EQ(service_->cli({"connection", "test", "Far"}).code, 0);
}

}  // namespace
}  // namespace mailward::testing
