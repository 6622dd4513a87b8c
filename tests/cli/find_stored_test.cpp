// What `mailward connection find` does to a connection that is stored and in use: nothing, whatever stands at the
// Autodiscover host; and to whom it gives a password that is typed for one.
#include <algorithm>
#include <fstream>
#include <mutex>

#include <gtest/gtest.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "tests/app/service_process.h"
#include "tests/ews/support/scripted_server.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/loopback_address.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kRight = "Sample-Passw0rd!";
constexpr const char* kAccount = "svc-mailward@example.test";
constexpr const char* kHost = "autodiscover.example.test";

constexpr const char* kExchange = R"([listen]
balancer = "{ADDRESS}:443"
[exchange]
schemes = ["Negotiate", "NTLM", "Basic"]
[[account]]
name = 'EXAMPLE\svc-mailward'
upn = "svc-mailward@example.test"
password = "Sample-Passw0rd!"
[[mailbox]]
smtp = "usera@example.test"
name = "User A"
[[impersonation]]
account = 'EXAMPLE\svc-mailward'
everyone = true
)";

/// A whole Exchange for EWS, and at the Autodiscover host whatever the test says.
class FindStored : public ::testing::Test {
 protected:
  using React = std::function<Reaction(const ReceivedRequest&)>;

  FindStored() {
    const auto config = folder_.path() / "mailward.toml";
    std::ofstream(config) << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nname_servers = [\"127.0.0.1:9\"]\n"
                          << "[network.hosts]\n\"mail.example.test\" = [\"" << exchange_.address() << "\"]\n\"" << kHost
                          << "\" = [\"" << address_.text() << "\"]\n\"metadata.test\" = [\"169.254.169.254\"]\n";
    service_ = std::make_unique<ServiceProcess>(folder_.path() / "state",
                                                std::vector<std::string>{"--config", config.string()});
    host_ = std::make_unique<ScriptedServer>(ScriptedServer::Script{.react =
                                                                        [this](const ReceivedRequest& request, SSL*) {
                                                                          const std::scoped_lock lock(mutex_);
                                                                          return react_(request);
                                                                        },
                                                                    .at = at(443)},
                                             CertificateWish{.dns_names = {kHost}});
    trust_ = (folder_.path() / "trust.pem").string();
    std::ofstream(trust_) << exchange_.ca_pem() << host_->authority().pem();
  }

  SocketAddress at(std::uint16_t port) const { return {.ip = IpAddress::parse(address_.text()).value(), .port = port}; }
  void answering(React react) {
    const std::scoped_lock lock(mutex_);
    react_ = std::move(react);
  }
  static React status(int status, const std::string& fields = {}) {
    return [=](const ReceivedRequest&) { return Reaction{http_answer(status, "", fields)}; };
  }

  /// A connection in use.
  void add(const std::string& scheme) {
    const Ended added = service_->cli(
        {"connection", "add", "--json", "--description", "Stored", "--ews-url", "https://mail.example.test",
         "--mailbox-check", "usera@example.test", "--autodiscover", "usera@example.test", "--master-mailbox", kAccount,
         "--trust-file", trust_, "--authentication", scheme, "--password-fd", "3"},
        {.on_fd_3 = kRight});
    ASSERT_EQ(added.code, 0) << added.err;
    expect_healthy("before");
  }
  void expect_healthy(const std::string& when) {
    const Ended tested = service_->cli({"connection", "test", "Stored"});
    EXPECT_TRUE(tested.code == 0 || tested.code == 4) << when << "\n" << tested.out << tested.err;
    const Json stored = Json::parse(service_->cli({"connection", "show", "Stored", "--json"}).out);
    EXPECT_EQ(stored.at("password"), "active") << when;
    EXPECT_NE(stored.at("state"), "needs_credential") << when << stored.at("reason_text");
  }
  Ended find(const std::vector<std::string>& more = {}, const std::string& typed = {}) {
    std::vector<std::string> words{"connection", "find", "Stored"};
    words.insert(words.end(), more.begin(), more.end());
    return service_->cli(words, {.on_fd_3 = typed});
  }
  std::size_t shown_at_host() const {
    const auto seen = host_->seen();
    return static_cast<std::size_t>(
        std::ranges::count_if(seen, [](const ReceivedRequest& one) { return !one.field("Authorization").empty(); }));
  }

  TemporaryFolder folder_;
  ExchangeSimulator exchange_{SimulatorOptions{.config = kExchange}};
  LoopbackAddress address_;
  std::mutex mutex_;
  React react_ = status(404);
  std::string trust_;
  std::unique_ptr<ScriptedServer> host_;
  std::unique_ptr<ServiceProcess> service_;
};

TEST_F(FindStored, a_host_that_is_not_there_leaves_it_as_it_was) {
  host_.reset();
  add("ntlm");
  for (int i = 0; i < 2; ++i) {
    const Ended found = find();
    EXPECT_EQ(found.code, 3) << found.out << found.err;
    expect_healthy("after a search that showed nothing");
  }
}

/// A balancer that breaks NTLM answers its first token so.
TEST_F(FindStored, a_broken_sign_in_leaves_it_as_it_was) {
  add("ntlm");
  answering(status(401, "WWW-Authenticate: NTLM\r\n"));
  for (int i = 0; i < 2; ++i) {
    const Ended found = find();
    EXPECT_EQ(found.code, 3) << found.out << found.err;
    EXPECT_EQ(found.out.find("The password was refused"), std::string::npos) << found.out;
    expect_healthy("after a search whose sign-in was broken off");
  }
  EXPECT_EQ(exchange_.account("EXAMPLE\\svc-mailward").bad_passwords_seen, 0);
}

/// The host alone refuses: EWS takes the password. It is shown there once, and no test or call is kept from it.
TEST_F(FindStored, a_refusal_by_the_host_alone_leaves_it_as_it_was) {
  add("basic");
  answering(status(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
  const std::size_t before = shown_at_host();
  const Ended refused = find();
  EXPECT_EQ(refused.code, 3) << refused.out << refused.err;
  EXPECT_NE(refused.out.find("The password was refused"), std::string::npos) << refused.out;
  EXPECT_EQ(shown_at_host(), before + 1);
  const Ended again = find();
  EXPECT_EQ(again.code, 1) << again.out;
  EXPECT_NE(again.err.find("does not try it again"), std::string::npos) << again.err;
  EXPECT_NE(again.err.find("ask again from"), std::string::npos) << again.err;
  // Typed, it is the same password.
  const Ended typed = find({"--confirm", kHost, "--password-fd", "3"}, kRight);
  EXPECT_EQ(typed.code, 1) << typed.out;
  EXPECT_EQ(shown_at_host(), before + 1);
  expect_healthy("after a search whose password was refused");
}

/// `allowed_ports` is 443 alone here, as where nothing is set.
TEST_F(FindStored, the_one_plain_request_goes_out_in_a_default_installation) {
  const ScriptedServer plain(
      {.react = [](const ReceivedRequest&,
                   SSL*) { return Reaction{http_answer(302, "", "Location: https://elsewhere.test/a\r\n")}; },
       .plain = true,
       .at = at(80)});
  const Ended found = service_->cli({"connection", "find", "--autodiscover", "usera@example.test"});
  EXPECT_EQ(found.code, 3) << found.out << found.err;
  EXPECT_NE(found.out.find("it sends to https://elsewhere.test/a"), std::string::npos) << found.out;
  ASSERT_EQ(plain.seen().size(), 1U);
  EXPECT_EQ(plain.seen()[0].line, "GET /autodiscover/autodiscover.xml HTTP/1.1");
  EXPECT_EQ(plain.seen()[0].field("Authorization"), "");
}

TEST_F(FindStored, a_refused_address_is_shown_with_its_remedy) {
  const Ended found = service_->cli({"connection", "find", "--autodiscover", "usera@metadata.test"});
  EXPECT_EQ(found.code, 3) << found.out << found.err;
  EXPECT_NE(found.out.find("add \"169.254.169.254\" to network.allowed_destinations"), std::string::npos) << found.out;
}

/// Nobody confirmed the host: what it sends is read all the same, up to a limit.
TEST_F(FindStored, no_more_is_read_of_an_answer_than_the_limit) {
  // Its own: it may still be answering when the test has ended.
  answering([body = std::string(std::size_t{5} << 20U, ' ')](const ReceivedRequest&) {
    return Reaction{http_answer(401, body)};
  });
  const Ended found =
      service_->cli({"connection", "find", "--autodiscover", "usera@example.test", "--trust-file", trust_});
  EXPECT_EQ(found.out.find("--confirm"), std::string::npos) << "its answer was read whole: " << found.out;
  EXPECT_NE(found.out.find("failed"), std::string::npos) << found.out;
}

TEST_F(FindStored, ends_where_nobody_waits_for_it) {
  answering([](const ReceivedRequest&) { return Reaction{"", After::hang}; });
  const auto words =
      std::vector<std::string>{"connection", "find", "--autodiscover", "usera@example.test", "--trust-file", trust_};
  const Ended killed = service_->cli(words, {.on_fd_3 = {}, .environment = {}, .before_exec = [] { alarm(2); }});
  EXPECT_NE(killed.code, 3) << "it was to be ended in the middle: " << killed.out;
  EXPECT_FALSE(host_->seen().empty()) << "the search had begun";
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(service_->stop(), 0);
  // A candidate that says nothing takes eight seconds.
  EXPECT_LT(std::chrono::steady_clock::now() - began, std::chrono::seconds(4));
}

TEST_F(FindStored, what_takes_the_password_and_knows_nothing_may_be_asked_again) {
  add("basic");
  for (const int code : {404, 403, 500}) {
    answering(status(code));
    const std::size_t before = shown_at_host();
    for (int i = 0; i < 2; ++i) {
      const Ended found = find();
      EXPECT_EQ(found.code, 3) << code << found.out << found.err;
    }
    EXPECT_GE(shown_at_host(), before + 2) << code;
  }
  expect_healthy("after searches that found nothing");
}

/// Wrong, and typed: the refusal is remembered of that one, and says nothing of the one in use.
TEST_F(FindStored, a_typed_password_that_is_refused_is_not_the_stored_one) {
  add("basic");
  answering(status(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
  const std::size_t before = shown_at_host();
  const std::vector<std::string> words{"--confirm", kHost, "--password-fd", "3"};
  EXPECT_EQ(find(words, "No-Such-Passw0rd!").code, 3);
  EXPECT_EQ(find(words, "No-Such-Passw0rd!").code, 1) << "it is not tried again";
  EXPECT_EQ(shown_at_host(), before + 1);
  expect_healthy("after another password was refused");
}

/// Whoever may edit connections and does not know the password makes one of his own beside it: his authority, Basic,
/// his proxy as it may be. An administrator who searches by it is shown that, and is not obeyed blindly.
TEST_F(FindStored, a_typed_password_goes_by_a_connection_that_others_made_only_where_it_is_named) {
  add("ntlm");
  const Ended made =
      service_->cli({"connection", "add", "--description", "Thief", "--ews-url", "https://" + std::string(kHost),
                     "--autodiscover", "usera@example.test", "--master-mailbox", kAccount, "--trust-file", trust_,
                     "--authentication", "basic", "--password-fd", "3"},
                    {.on_fd_3 = "Made-Up-Passw0rd!"});
  ASSERT_EQ(made.code, 0) << made.err;
  answering(status(401, "WWW-Authenticate: Basic realm=\"x\"\r\n"));
  const std::size_t before = shown_at_host();
  std::vector<std::string> words{"connection", "find", "Thief", "--confirm", kHost, "--password-fd", "3"};
  const Ended refused = service_->cli(words, {.on_fd_3 = kRight});
  EXPECT_EQ(refused.code, 1) << refused.out << refused.err;
  for (const char* shown : {"NEW", "confirmed hosts", kHost, "sha256:", "basic", "--destination"}) {
    EXPECT_NE(refused.err.find(shown), std::string::npos) << shown << "\n" << refused.err;
  }
  const std::size_t at = refused.err.find("(NEW, ");
  ASSERT_NE(at, std::string::npos) << refused.err;
  const std::string number = refused.err.substr(at + 6, 16);
  words.insert(words.end(), {"--destination", "0123456789abcdef"});
  EXPECT_EQ(service_->cli(words, {.on_fd_3 = kRight}).code, 1);
  EXPECT_EQ(shown_at_host(), before) << "nobody meant it to go there";
  words.back() = number;
  EXPECT_EQ(service_->cli(words, {.on_fd_3 = kRight}).code, 3);
  EXPECT_EQ(shown_at_host(), before + 1) << "the person named it";
  // One that is proven is shown, and not asked about.
  answering(status(404));
  const Ended own = find({"--confirm", kHost, "--password-fd", "3"}, kRight);
  EXPECT_NE(own.err.find("confirmed hosts"), std::string::npos) << own.err;
  EXPECT_EQ(own.err.find("NEW"), std::string::npos) << own.err;
}

}  // namespace
}  // namespace mailward::testing
