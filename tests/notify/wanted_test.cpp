// To whom nothing goes, or not yet: addresses that nobody confirmed, subscriptions that are gone, kinds that are not
// for everybody, receivers that turn Mailward away, and clocks that had run ahead.
#include <regex>

#include "tests/notify/notify_house.h"

namespace mailward::notify::testing {
namespace {

class WantedTest : public NotifyTest {
 protected:
  void SetUp() override {
    NotifyTest::SetUp();
    if (IsSkipped()) return;
    allow_port(relay_.port());
    allow_port(receiver_.port());
    mail_ = add(relay_form(relay_));
  }
  /// The code in the newest mail.
  std::string code() {
    std::smatch found;
    const std::string mail = relay_.mails().back();
    return std::regex_search(mail, found, std::regex("    ([0-9]{8})\r\n")) ? found[1].str() : "";
  }
  SmtpRelay relay_;
  Receiver receiver_;
  Channel mail_;
};
MAILWARD_ON_EVERY_DATABASE(WantedTest);

TEST_P(WantedTest, an_address_that_is_not_confirmed_gets_nothing_but_the_code) {
  const Subscription one = subscribe(mail_, "alice@example.test", "alice", false);
  EXPECT_FALSE(one.confirmed);
  post_one("Too early");
  deliver();
  EXPECT_TRUE(relay_.mails().empty());
  must(deliveries_->send_code(one.id));
  ASSERT_EQ(relay_.mails().size(), 1U);
  EXPECT_TRUE(relay_.mails().back().starts_with("alice@example.test"));
  ASSERT_EQ(code().size(), 8U) << relay_.mails().back();
  // The code stands in the mail alone.
  EXPECT_EQ(notices().front().notice.text.find(code()), std::string::npos);
  EXPECT_FALSE(channels_->confirm(one.id, SecretString("1234567"), by_admin()));
  EXPECT_TRUE(must(channels_->confirm(one.id, SecretString(code()), by_admin())).confirmed);
  post_one("Now", "connection:2");
  deliver();
  EXPECT_EQ(relay_.mails().size(), 2U);
  // It stays so where other kinds are wanted, and for the same owner's other subscriptions of the address.
  EXPECT_TRUE(subscribe(mail_, "alice@example.test", "alice", false).confirmed);
  EXPECT_FALSE(subscribe(mail_, "alice@example.test", "bob", false).confirmed);
}

TEST_P(WantedTest, a_code_opens_for_half_an_hour_and_five_tries) {
  const Subscription one = subscribe(mail_, "alice@example.test", "alice", false);
  must(deliveries_->send_code(one.id));
  const std::string first = code();
  time_.advance(31min);
  EXPECT_FALSE(channels_->confirm(one.id, SecretString(first), by_admin()));
  must(deliveries_->send_code(one.id));
  for (int i = 0; i < Channels::kMostCodeTries; ++i) {
    EXPECT_TRUE(channels_->confirm(one.id, SecretString("wrong"), by_admin()).error().is(NotifyError::wrong_code));
  }
  EXPECT_FALSE(channels_->confirm(one.id, SecretString(code()), by_admin())) << "tried too often";
  must(deliveries_->send_code(one.id));
  EXPECT_FALSE(channels_->confirm(one.id, SecretString(first), by_admin())) << "another one was sent since";
  EXPECT_TRUE(channels_->confirm(one.id, SecretString(code()), by_admin()));
}

TEST_P(WantedTest, nobody_is_flooded_with_codes) {
  const Subscription one = subscribe(mail_, "victim@example.test", "alice", false);
  const Subscription other = subscribe(mail_, "victim@example.test", "bob", false);
  for (int i = 0; i < Channels::kMostCodesAnHour; ++i) must(deliveries_->send_code(one.id));
  EXPECT_TRUE(deliveries_->send_code(one.id).error().is(NotifyError::too_many_codes));
  EXPECT_TRUE(deliveries_->send_code(other.id).error().is(NotifyError::too_many_codes));
  EXPECT_EQ(relay_.mails().size(), 5U);
  time_.advance(61min);
  EXPECT_TRUE(deliveries_->send_code(other.id));
}

TEST_P(WantedTest, what_waits_for_a_removed_subscription_does_not_go) {
  const Subscription one = subscribe(mail_, "alice@example.test");
  subscribe(mail_, "team@example.test", "bob");
  const Subscription shared = subscribe(mail_, "team@example.test");
  relay_.set_mood("data 451 4.3.0 later");
  post_one();
  deliver();
  must(channels_->unsubscribe(one.id, by_admin()));
  must(channels_->unsubscribe(shared.id, by_admin()));
  relay_.set_mood("");
  time_.advance(2min);
  deliver();
  ASSERT_EQ(relay_.mails().size(), 1U);
  EXPECT_TRUE(relay_.mails().front().starts_with("team@example.test"));
  EXPECT_EQ(notices().front().deliveries.front().state, "dropped");
}

TEST_P(WantedTest, of_a_message_of_several_only_what_its_receiver_may_hear_goes) {
  pacing_.most_an_hour = 1;
  may_hear_ = [](const std::string&, const Kind& kind) -> Result<bool> { return kind.needs != "see_keys"; };
  deliveries_.reset();
  open_deliveries();
  subscribe(mail_, "bob@example.test", "bob");
  post_one("First", "connection:1");
  deliver();
  post_one("Second", "connection:2");
  must(try_post({.kind = "secret_due", .subject = "relay:1", .title = "A secret", .text = "Type it."}));
  post_one("Third", "connection:3");
  deliver();
  time_.advance(61min);
  deliver();
  ASSERT_EQ(relay_.mails().size(), 2U);
  EXPECT_NE(relay_.mails().back().find("Third"), std::string::npos);
  EXPECT_EQ(relay_.mails().back().find("A secret"), std::string::npos) << relay_.mails().back();
}

TEST_P(WantedTest, a_list_may_be_held_to_kinds) {
  post_one();
  must(try_post({.kind = "secret_due", .subject = "relay:1", .title = "A secret", .text = "Type it."}));
  const auto listed = must(database().read([](db::Session& session) {
    return list_notices(session, std::nullopt, 10, std::vector<const Kind*>{kind_named("connection_state")});
  }));
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed.front().notice.kind, "connection_state");
}

TEST_P(WantedTest, what_a_receiver_turns_away_is_kept_until_it_takes_it_again) {
  const Channel hook = add(webhook_form(receiver_));
  subscribe(hook, "");
  receiver_.answer_with(401);
  post_one("One", "connection:1");
  deliver();
  EXPECT_EQ(state_of_first(), "waiting");
  EXPECT_TRUE(channel(hook).turned_away);
  EXPECT_NE(channel(hook).last_remedy.find("bearer"), std::string::npos) << channel(hook).last_remedy;
  // It rests: what comes meanwhile is no reason to knock again.
  time_.advance(1s);
  post_one("Two", "connection:2");
  deliver();
  EXPECT_EQ(receiver_.got().size(), 1U);
  for (int i = 0; i < 10; ++i) {
    time_.advance(10min);
    deliver();
  }
  EXPECT_LT(receiver_.got().size(), 8U);
  // A test that goes well takes all along.
  receiver_.answer_with(204);
  const auto before = receiver_.got().size();
  must(deliveries_->test(hook.id, {}, by_admin()));
  deliver();
  EXPECT_EQ(receiver_.got().size(), before + 3);
  EXPECT_FALSE(channel(hook).turned_away);
}

TEST_P(WantedTest, what_a_receiver_turns_away_goes_on_when_the_channel_is_edited) {
  ChannelForm form = webhook_form(receiver_);
  const Channel hook = add(form);
  subscribe(hook, "");
  receiver_.answer_with(403);
  post_one();
  deliver();
  receiver_.answer_with(204);
  form.proof = Proof::bearer;
  must(channels_->update(hook.id, channel(hook).version, form, SecretString("the-bearer"), by_admin()));
  deliver();
  EXPECT_EQ(receiver_.got().size(), 2U);
  EXPECT_EQ(receiver_.got().back().authorization, "Bearer the-bearer");
}

TEST_P(WantedTest, a_clock_that_had_run_ahead_silences_nothing) {
  subscribe(mail_, "alice@example.test");
  const Timestamp now = time_.now();
  time_.advance(24h * 365);
  post_one("From the future");
  relay_.set_mood("data 451 4.3.0 later");
  deliver();
  relay_.set_mood("");
  time_.jump_to(now);
  post_one("Today");
  deliver();
  EXPECT_EQ(relay_.mails().size(), 2U) << "the window and the waiting one were of the future";
  const auto last = must(database().read(
      [&](db::Session& session) { return last_posted(session, "connection_state", "connection:1", now - 1s); }));
  EXPECT_FALSE(last);
}

TEST_P(WantedTest, messages_say_whose_they_are_and_where_to_look) {
  subscribe(mail_, "alice@example.test");
  post_one("It broke", "connection:070nanys8h4n2");
  deliver();
  ASSERT_EQ(relay_.mails().size(), 1U);
  const std::string mail = relay_.mails().front();
  EXPECT_NE(mail.find("\r\nFrom: \"Mailward on mail.example.test\" <mailward@example.test>\r\n"), std::string::npos)
      << mail;
  EXPECT_NE(mail.find("https://mail.example.test/connections/070nanys8h4n2"), std::string::npos) << mail;
  EXPECT_NE(mail.find("Mailward on mail.example.test, at "), std::string::npos) << "also in what is read: " << mail;
}

TEST(PagesTest, of_what_notices_are_about) {
  const House house{.host = "h", .console = "https://h:1"};
  EXPECT_EQ(page_of(house, "account:070nanys8h4n2"), "https://h:1/accounts/070nanys8h4n2");
  EXPECT_EQ(page_of(house, "totp_seed:x"), "https://h:1/secrets");
  EXPECT_EQ(page_of(house, "account:../evil"), "https://h:1/secrets");
  EXPECT_EQ(page_of({.host = "h", .console = ""}, "account:070nanys8h4n2"), "");
}

}  // namespace
}  // namespace mailward::notify::testing
