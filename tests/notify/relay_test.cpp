// Mail to a real relay, and to relays as they should not be.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <thread>

#include "tests/notify/notify_house.h"

namespace mailward::notify::testing {
namespace {

class RelayTest : public NotifyTest {
 protected:
  /// The test report of a channel with that form.
  Deliveries::TestReport test(const ChannelForm& form, std::optional<std::string_view> password = std::nullopt) {
    allow_port(form.port);
    const Channel made = add(form, password);
    return must(deliveries_->test(made.id, "alice@example.test", by_admin()));
  }
  static std::string stages_of(const Attempt& attempt) {
    std::string text;
    for (const StageReport& stage : attempt.stages) {
      text += std::string(text.empty() ? "" : " ") + std::string(name_of(stage.stage)) + ":" +
              std::string(name_of(stage.outcome));
    }
    return text;
  }
};
MAILWARD_ON_EVERY_DATABASE(RelayTest);

/// Takes connections, says what it has to say, and ends them.
class Slammer {
 public:
  explicit Slammer(std::string says = {}) : says_(std::move(says)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    socklen_t size = sizeof at;
    auto* const name = reinterpret_cast<sockaddr*>(&at);
    if (socket_ < 0 || ::bind(socket_, name, size) != 0 || ::listen(socket_, 8) != 0 ||
        ::getsockname(socket_, name, &size) != 0) {
      throw std::runtime_error("no listening socket");
    }
    port_ = ntohs(at.sin_port);
    thread_ = std::jthread([this] {
      for (int one = ::accept(socket_, nullptr, nullptr); one >= 0; one = ::accept(socket_, nullptr, nullptr)) {
        if (!says_.empty()) {
          static_cast<void>(::send(one, says_.data(), says_.size(), MSG_NOSIGNAL));
          std::array<char, 1000> heard{};
          static_cast<void>(::recv(one, heard.data(), heard.size(), 0));
        }
        ::close(one);
      }
    });
  }
  ~Slammer() {
    ::shutdown(socket_, SHUT_RDWR);
    thread_.join();
    ::close(socket_);
  }
  Slammer(const Slammer&) = delete;
  Slammer& operator=(const Slammer&) = delete;
  std::uint16_t port() const { return port_; }

 private:
  std::string says_;
  int socket_ = -1;
  std::uint16_t port_ = 0;
  std::jthread thread_;
};

TEST_P(RelayTest, names_no_stage_that_was_not_seen) {
  const SmtpRelay relay;
  const Slammer mute;
  const Slammer greets("220 relay.example.test\r\n");
  const Slammer refuses("554 not from there\r\n");
  ChannelForm form = relay_form(relay);
  form.user = "mailward";
  const auto stages = [&](const Slammer& of, Security security) {
    form.name += "x";
    form.port = of.port();
    form.security = security;
    const auto attempt = test(form, "secret").attempt;
    EXPECT_FALSE(attempt.remedy.empty());
    EXPECT_EQ(attempt.outcome, Attempt::Outcome::failed);
    return stages_of(attempt) + " " + attempt.said;
  };
  EXPECT_TRUE(stages(mute, Security::starttls).starts_with("resolve:ok connect:failed 127.0.0.1 port"));
  EXPECT_TRUE(stages(mute, Security::tls).starts_with("resolve:ok connect:ok tls:failed "));
  EXPECT_TRUE(stages(greets, Security::starttls).starts_with("resolve:ok connect:ok tls:failed the relay ended it"))
      << stages(greets, Security::starttls);
  const std::string refused = stages(refuses, Security::starttls);
  EXPECT_TRUE(refused.starts_with("resolve:ok connect:ok tls:failed")) << refused;
  EXPECT_NE(refused.find("554 not from there"), std::string::npos) << refused;
}

TEST_P(RelayTest, sends_by_starttls_signed_in_and_names_each_stage) {
  const SmtpRelay relay({.user = "mailward", .password = "Relay \"pass\" 1"});
  ChannelForm form = relay_form(relay);
  form.user = "mailward";
  const auto report = test(form, "Relay \"pass\" 1");
  EXPECT_EQ(stages_of(report.attempt), "resolve:ok connect:ok tls:ok sign_in:ok accept:ok") << report.attempt.said;
  ASSERT_EQ(relay.mails().size(), 1U);
  const std::string mail = relay.mails().front();
  EXPECT_TRUE(mail.starts_with("alice@example.test\n")) << mail;
  for (const char* expected : {"\r\nFrom: \"Mailward on mail.example.test\" <mailward@example.test>\r\n",
                               "\r\nAuto-Submitted: auto-generated\r\n", "\r\nMessage-ID: <notice.",
                               "\r\nTo: <alice@example.test>\r\n", "House relay"}) {
    EXPECT_NE(mail.find(expected), std::string::npos) << expected << " is not in\n" << mail;
  }
  const auto tls = report.attempt.stages.at(2).seen;
  EXPECT_NE(tls.find("relay.example.test"), std::string::npos) << tls;
  EXPECT_EQ(notices().front().deliveries.front().state, "sent");
  const auto lines = must(database().read([](db::Session& session) { return secrets::list_secrets(session); }));
  const auto line = std::ranges::find(lines, "relay", &secrets::SecretRecord::kind);
  ASSERT_NE(line, lines.end());
  EXPECT_TRUE(line->last_used.has_value());
}

TEST_P(RelayTest, sends_by_tls_from_the_first_byte) {
  const SmtpRelay relay({.implicit_tls = true});
  ChannelForm form = relay_form(relay);
  form.security = Security::tls;
  EXPECT_EQ(stages_of(test(form).attempt), "resolve:ok connect:ok tls:ok sign_in:skipped accept:ok");
}

TEST_P(RelayTest, says_nothing_to_a_relay_without_starttls) {
  const SmtpRelay relay({.starttls = false, .user = "mailward", .password = "secret"});
  ChannelForm form = relay_form(relay);
  form.user = "mailward";
  const auto report = test(form, "secret");
  EXPECT_EQ(stages_of(report.attempt), "resolve:ok connect:ok tls:failed");
  EXPECT_TRUE(relay.sign_ins().empty());
  EXPECT_TRUE(relay.mails().empty());
  EXPECT_FALSE(report.attempt.remedy.empty());
}

TEST_P(RelayTest, refuses_certificates_that_do_not_hold) {
  const SmtpRelay other({.user = "m", .password = "p", .certificate = {.dns_names = {"other.example.test"}}});
  const SmtpRelay expired({.user = "m",
                           .password = "p",
                           .certificate = {.dns_names = {"relay.example.test"}, .starts = -48h, .ends = -24h}});
  const SmtpRelay strange({.user = "m", .password = "p"});
  for (const SmtpRelay* relay : {&other, &expired, &strange}) {
    ChannelForm form = relay_form(*relay);
    form.name += std::to_string(relay->port());
    form.user = "m";
    if (relay == &strange) form.trust_pem = other.ca_pem();
    const auto report = test(form, "p");
    EXPECT_EQ(stages_of(report.attempt), "resolve:ok connect:ok tls:failed") << report.attempt.said;
    EXPECT_TRUE(relay->sign_ins().empty());
    if (relay == &expired) EXPECT_NE(report.attempt.said.find("expired"), std::string::npos) << report.attempt.said;
  }
}

TEST_P(RelayTest, tries_a_wrong_password_once_and_rests_until_it_is_typed_again) {
  const SmtpRelay relay({.user = "mailward", .password = "right"});
  ChannelForm form = relay_form(relay);
  form.user = "mailward";
  allow_port(form.port);
  const Channel made = add(form, "wrong");
  subscribe(made, "alice@example.test");
  subscribe(made, "bob@example.test");
  post_one("One", "connection:1");
  post_one("Two", "connection:2");
  deliver();
  EXPECT_EQ(relay.sign_ins(), std::vector<std::string>{"wrong"});
  EXPECT_TRUE(channel(made).resting.has_value());
  time_.advance(2h);
  deliver();
  const auto report = must(deliveries_->test(made.id, "alice@example.test", by_admin()));
  EXPECT_EQ(stages_of(report.attempt), "sign_in:failed");
  // Neither time, nor a test, nor another name is a reason to try it again.
  form.name = "Another name";
  must(channels_->update(made.id, channel(made).version, form, std::nullopt, by_admin()));
  deliver();
  EXPECT_EQ(relay.sign_ins().size(), 1U);

  must(channels_->update(made.id, channel(made).version, form, SecretString("right"), by_admin()));
  deliver();
  EXPECT_EQ(relay.mails().size(), 4U);
  EXPECT_FALSE(channel(made).resting.has_value());
}

TEST_P(RelayTest, ends_at_once_what_is_refused_for_good_and_repeats_what_is_not) {
  const SmtpRelay relay;
  allow_port(relay.port());
  const Channel made = add(relay_form(relay));
  subscribe(made, "alice@example.test");
  relay.set_mood("rcpt 550 5.7.1 no relaying for you");
  post_one("One", "connection:1");
  deliver();
  EXPECT_EQ(state_of_first(), "refused");
  EXPECT_NE(channel(made).last_refusal.find("no relaying"), std::string::npos) << channel(made).last_refusal;

  relay.set_mood("data 451 4.3.0 later");
  time_.advance(1s);
  post_one("Two", "connection:2");
  deliver();
  EXPECT_EQ(state_of_first(), "waiting");
  relay.set_mood("");
  time_.advance(59s);
  deliver();
  EXPECT_TRUE(relay.mails().empty());
  time_.advance(2s);
  deliver();
  EXPECT_EQ(state_of_first(), "sent");
  EXPECT_EQ(relay.mails().size(), 1U);
}

TEST_P(RelayTest, gives_up_after_a_day_and_says_so) {
  const SmtpRelay relay;
  allow_port(relay.port());
  const Channel made = add(relay_form(relay));
  subscribe(made, "alice@example.test");
  relay.set_mood("data 451 4.3.0 later");
  post_one();
  std::chrono::minutes waited{0};
  deliver();
  while (state_of_first() == "waiting" && waited < 48h) {
    const auto due = notices().front().deliveries.front().due;
    waited += std::chrono::ceil<std::chrono::minutes>(*due - time_.now());
    time_.advance(*due - time_.now());
    deliver();
  }
  EXPECT_EQ(state_of_first(), "given_up");
  EXPECT_GE(waited, 22h);
  EXPECT_LE(waited, 24h);
  EXPECT_EQ(notices().front().deliveries.front().attempts, 9);
}

TEST_P(RelayTest, a_hanging_relay_holds_up_nothing_else_and_ends_by_its_deadline) {
  pacing_.patience = 2s;
  const SmtpRelay hanging;
  const SmtpRelay well;
  allow_port(hanging.port());
  allow_port(well.port());
  ChannelForm form = relay_form(hanging);
  form.name = "Hanging";
  subscribe(add(form), "alice@example.test");
  subscribe(add(relay_form(well)), "bob@example.test");
  hanging.set_mood("hang data");
  post_one();
  must(deliveries_->deliver_due());
  EXPECT_TRUE(wait_until([&] { return well.mails().size() == 1; }, 1500ms));
  deliver();
  const auto all = notices().front().deliveries;
  const auto slow = std::ranges::find(all, "Hanging", &DeliveryRecord::channel);
  ASSERT_NE(slow, all.end());
  EXPECT_EQ(slow->state, "waiting");
  EXPECT_FALSE(slow->said.empty());
}

TEST_P(RelayTest, titles_become_no_headers_and_bodies_no_commands) {
  const SmtpRelay relay;
  allow_port(relay.port());
  subscribe(add(relay_form(relay)), "alice@example.test");
  must(try_post({.kind = "connection_state",
                 .subject = "connection:1\r\nX-Evil: subject",
                 .title = "Broke\r\nBcc: mallory@example.test\r\n\r\nhello =?UTF-8?Q?evil?= Büro \u202e\x01",
                 .text = "line\r\n.\r\nMAIL FROM:<mallory@example.test>\r\n.hidden\nend = ü \t",
                 .severity = Severity::alarm}));
  deliver();
  ASSERT_EQ(relay.mails().size(), 1U);
  const std::string mail = relay.mails().front();
  const std::string head = mail.substr(0, mail.find("\r\n\r\n"));
  EXPECT_EQ(head.find("\r\nBcc"), std::string::npos) << head;
  EXPECT_EQ(head.find("X-Evil"), std::string::npos) << head;
  EXPECT_TRUE(head.starts_with("alice@example.test\n"));
  EXPECT_NE(head.find("\r\nSubject: =?UTF-8?B?"), std::string::npos) << head;
  EXPECT_NE(mail.find("\r\n.\r\nMAIL FROM"), std::string::npos) << "the whole text arrives: " << mail;
  EXPECT_NE(mail.find("end =3D =C3=BC"), std::string::npos) << mail;
}

TEST_P(RelayTest, goes_nowhere_that_the_policy_forbids) {
  const SmtpRelay relay;
  ChannelForm form = relay_form(relay);
  // A port that is neither SMTP's nor in the configuration.
  const Channel odd = add(form);
  const auto report = must(deliveries_->test(odd.id, "alice@example.test", by_admin()));
  EXPECT_EQ(stages_of(report.attempt), "resolve:failed");
  EXPECT_FALSE(report.attempt.remedy.empty());
  form.name = "Metadata";
  form.host = "metadata.example.test";
  form.port = 25;
  const auto link_local = must(deliveries_->test(add(form).id, "alice@example.test", by_admin()));
  EXPECT_EQ(stages_of(link_local.attempt), "resolve:failed");
  EXPECT_EQ(relay.greetings(), 0U);
}

}  // namespace
}  // namespace mailward::notify::testing
