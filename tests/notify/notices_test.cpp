// What is posted, to whom, and how storms are folded.
#include <nlohmann/json.hpp>

#include "base/digest.h"
#include "tests/notify/notify_house.h"

namespace mailward::notify::testing {
namespace {

class NoticesTest : public NotifyTest {
 protected:
  /// A webhook that everything goes to.
  void SetUp() override {
    NotifyTest::SetUp();
    allow_port(receiver_.port());
    channel_ = add(webhook_form(receiver_));
  }
  nlohmann::json body(std::size_t index) const { return nlohmann::json::parse(receiver_.got().at(index).body); }

  Receiver receiver_;
  Channel channel_;
};
MAILWARD_ON_EVERY_DATABASE(NoticesTest);

TEST_P(NoticesTest, goes_to_those_who_subscribed_to_its_kind_and_severity) {
  SubscriptionForm form;
  form.channel = channel_.id;
  form.kinds = {"connection_state", "account_locked"};
  form.least = Severity::warning;
  must(channels_->subscribe(form, by_admin()));
  post_one("Too mild", "connection:1", Severity::info);
  post_one("Grave", "connection:2", Severity::alarm);
  must(try_post({.kind = "master_key_rotated",
                 .subject = "key",
                 .title = "Other kind",
                 .text = {},
                 .severity = Severity::alarm}));
  deliver();
  ASSERT_EQ(receiver_.got().size(), 1U);
  EXPECT_EQ(body(0).at("title"), "Grave");
  EXPECT_EQ(body(0).at("severity"), "alarm");
  EXPECT_EQ(notices().size(), 3U) << "what nobody wants is listed all the same";
}

TEST_P(NoticesTest, a_post_that_is_rolled_back_is_never_sent_and_an_unknown_kind_is_an_error) {
  subscribe(channel_, "");
  const Status undone = database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(post(tx, {.kind = "test", .subject = "x", .title = "never", .text = {}}, time_.now()));
    return fail(BaseError::io, "undone");
  });
  EXPECT_FALSE(undone);
  const Status unknown = try_post({.kind = "weather", .subject = "x", .title = "rain", .text = {}});
  ASSERT_FALSE(unknown);
  EXPECT_TRUE(unknown.error().is(NotifyError::unknown_kind));
  deliver();
  EXPECT_TRUE(receiver_.got().empty());
  EXPECT_TRUE(notices().empty());
}

TEST_P(NoticesTest, ten_thousand_posts_of_a_storm_become_few_messages) {
  subscribe(channel_, "");
  const int posts = on_sqlite() ? 10'000 : 2'000;
  must(database().transaction(
      [&](db::Transaction& tx) -> Status {
        for (int i = 0; i < posts; ++i) {
          MW_CHECK(post(tx,
                        {.kind = "connection_state",
                         .subject = "connection:1",
                         .title = "Down " + std::to_string(i),
                         .text = {},
                         .severity = Severity::alarm},
                        time_.now()));
        }
        return {};
      },
      {.deadline = Deadline::after(60s, time_)}));
  deliver();
  ASSERT_EQ(receiver_.got().size(), 1U) << "the first goes out at once, the others wait";
  EXPECT_EQ(body(0).at("title"), "Down 0");
  time_.advance(15min);
  deliver();
  ASSERT_EQ(receiver_.got().size(), 2U);
  EXPECT_EQ(body(1).at("title"), "Down " + std::to_string(posts - 1) + " (and " + std::to_string(posts - 2) + " more)");
  EXPECT_EQ(body(1).at("times"), posts - 1);
  // It goes on: nothing at once, one when the next window ends.
  post_one("Still down", "connection:1", Severity::alarm);
  deliver();
  EXPECT_EQ(receiver_.got().size(), 2U);
  time_.advance(15min);
  deliver();
  ASSERT_EQ(receiver_.got().size(), 3U);
  // Long after, it is news again.
  time_.advance(60min);
  post_one("Down again", "connection:1", Severity::alarm);
  deliver();
  EXPECT_EQ(receiver_.got().size(), 4U);
}

TEST_P(NoticesTest, what_is_graver_does_not_wait_for_the_window) {
  subscribe(channel_, "");
  post_one("Degraded", "connection:1", Severity::warning);
  post_one("Down", "connection:1", Severity::alarm);
  post_one("Another one", "connection:2", Severity::warning);
  deliver();
  EXPECT_EQ(receiver_.got().size(), 3U);
}

TEST_P(NoticesTest, above_thirty_an_hour_the_others_come_as_one) {
  subscribe(channel_, "");
  for (int i = 0; i < 100; ++i) post_one("Number " + std::to_string(i), "connection:" + std::to_string(i));
  deliver();
  EXPECT_EQ(receiver_.got().size(), 30U);
  time_.advance(30min);
  deliver();
  EXPECT_EQ(receiver_.got().size(), 30U);
  time_.advance(31min);
  deliver();
  ASSERT_EQ(receiver_.got().size(), 31U);
  EXPECT_EQ(body(30).at("kind"), "digest");
  EXPECT_EQ(body(30).at("times"), 70);
  for (const PostedNotice& one : notices()) EXPECT_EQ(one.deliveries.front().state, "sent") << one.notice.title;
}

TEST_P(NoticesTest, one_address_gets_one_message_however_many_subscribed_it) {
  const SmtpRelay relay;
  allow_port(relay.port());
  const Channel mail = add(relay_form(relay));
  subscribe(mail, "team@example.test");
  subscribe(mail, "team@example.test", "0000000000001");
  post_one();
  deliver();
  EXPECT_EQ(relay.mails().size(), 1U);
}

TEST_P(NoticesTest, webhooks_show_who_sends_and_carry_the_same_key_again) {
  ChannelForm form = webhook_form(receiver_);
  form.name = "Signed";
  form.proof = Proof::signature;
  subscribe(add(form, "the key"), "");
  receiver_.answer_with(503);
  post_one();
  deliver();
  EXPECT_EQ(state_of_first(), "waiting");
  receiver_.answer_with(202);
  time_.advance(61s);
  deliver();
  const auto got = receiver_.got();
  ASSERT_EQ(got.size(), 2U);
  EXPECT_EQ(got[0].key, got[1].key);
  EXPECT_TRUE(got[0].key.starts_with("mailward-notice-"));
  EXPECT_EQ(got[1].signature, "sha256=" + to_hex(hmac_sha256(as_bytes("the key"), as_bytes(got[1].body))));

  form.name = "Bearer";
  form.proof = Proof::bearer;
  const auto report = must(deliveries_->test(add(form, "the-bearer").id, {}, by_admin()));
  EXPECT_EQ(report.attempt.outcome, Attempt::Outcome::accepted);
  EXPECT_EQ(receiver_.got().back().authorization, "Bearer the-bearer");
}

TEST_P(NoticesTest, an_answer_of_four_hundred_ends_it_but_for_timeouts_and_too_many) {
  subscribe(channel_, "");
  int number = 0;
  for (const auto& [status, state] : std::map<int, std::string>{{400, "refused"},
                                                                {404, "refused"},
                                                                {302, "refused"},
                                                                {408, "waiting"},
                                                                {429, "waiting"},
                                                                {500, "waiting"}}) {
    receiver_.answer_with(status);
    time_.advance(1s);
    post_one("Answered " + std::to_string(status), "connection:" + std::to_string(++number));
    deliver();
    EXPECT_EQ(state_of_first(), state) << status;
  }
}

TEST_P(NoticesTest, whoever_may_not_hear_any_more_does_not) {
  may_hear_ = [](const std::string& owner, const Kind&) -> Result<bool> { return owner != "gone"; };
  const SmtpRelay relay;
  allow_port(relay.port());
  const Channel mail = add(relay_form(relay));
  subscribe(mail, "gone@example.test", "gone");
  subscribe(mail, "here@example.test", "here");
  post_one();
  deliver();
  ASSERT_EQ(relay.mails().size(), 1U);
  EXPECT_TRUE(relay.mails().front().starts_with("here@example.test"));
}

TEST_P(NoticesTest, who_left_takes_nothing_away_from_another_at_the_same_address) {
  may_hear_ = [](const std::string& owner, const Kind&) -> Result<bool> { return owner != "gone"; };
  const SmtpRelay relay;
  allow_port(relay.port());
  const Channel mail = add(relay_form(relay));
  subscribe(mail, "oncall@example.test", "gone");
  subscribe(mail, "oncall@example.test", "here");
  post_one();
  deliver();
  ASSERT_EQ(relay.mails().size(), 1U);
  EXPECT_TRUE(relay.mails().front().starts_with("oncall@example.test"));
}

TEST_P(NoticesTest, a_grave_one_is_not_counted_into_a_mild_one_that_few_get) {
  SubscriptionForm form;
  form.channel = channel_.id;
  form.all = true;
  form.least = Severity::alarm;
  must(channels_->subscribe(form, by_admin()));
  post_one("Down", "connection:1", Severity::alarm);
  post_one("Up", "connection:1", Severity::info);
  post_one("Down again", "connection:1", Severity::alarm);
  deliver();
  EXPECT_EQ(receiver_.got().size(), 1U);
  time_.advance(16min);
  deliver();
  ASSERT_EQ(receiver_.got().size(), 2U);
  EXPECT_EQ(body(1).at("title"), "Down again");
}

TEST_P(NoticesTest, old_notices_go_but_none_that_is_on_its_way) {
  post_one("Nobody wants it", "connection:1");
  subscribe(channel_, "");
  receiver_.answer_with(503);
  post_one("On its way", "connection:2");
  deliver();
  time_.advance(1min);
  must(deliveries_->tidy(time_.now()));
  ASSERT_EQ(notices().size(), 1U);
  EXPECT_EQ(notices().front().notice.title, "On its way");
  time_.advance(48h);
  must(channels_->update(
      channel_.id, 1,
      [&] {
        ChannelForm off = webhook_form(receiver_);
        off.enabled = false;
        return off;
      }(),
      std::nullopt, by_admin()));
  must(deliveries_->tidy(time_.now() - 90 * 24h));
  EXPECT_EQ(state_of_first(), "given_up");
}

}  // namespace
}  // namespace mailward::notify::testing
