// The books of channels: forms, the password's destination, the trail.
#include "notify/message.h"
#include "notify/text.h"
#include "tests/notify/notify_house.h"

namespace mailward::notify::testing {
namespace {

template <typename T>
::testing::AssertionResult fails_with(const Result<T>& result, NotifyError code) {
  if (result) return ::testing::AssertionFailure() << "it succeeded";
  if (result.error().is(code)) return ::testing::AssertionSuccess();
  return ::testing::AssertionFailure() << result.error().describe();
}

std::string some_authority() {
  static const mailward::testing::TestCa kAuthority;
  return kAuthority.pem();
}

class ChannelsTest : public NotifyTest {
 protected:
  static ChannelForm form() {
    ChannelForm form;
    form.name = "House relay";
    form.host = "Mail.example.test ";
    form.user = "mailward";
    form.from = "mailward@example.test";
    return form;
  }
};
MAILWARD_ON_EVERY_DATABASE(ChannelsTest);

TEST_P(ChannelsTest, a_changed_destination_wants_the_password_anew) {
  const Channel made = add(form(), "secret");
  EXPECT_EQ(made.form.host, "mail.example.test");
  const auto changed = [&](auto change) {
    ChannelForm other = form();
    change(other);
    return channels_->update(made.id, channel(made).version, other, std::nullopt, by_admin());
  };
  using Change = void (*)(ChannelForm&);
  for (const Change change :
       {+[](ChannelForm& f) { f.host = "evil.example.test"; }, +[](ChannelForm& f) { f.port = 25; },
        +[](ChannelForm& f) { f.security = Security::tls; }, +[](ChannelForm& f) { f.user = "somebody"; },
        +[](ChannelForm& f) { f.trust_pem = some_authority(); }}) {
    EXPECT_TRUE(fails_with(changed(change), NotifyError::password_must_be_typed));
  }
  const auto renamed = changed([](ChannelForm& f) { f.name = "Renamed"; });
  ASSERT_TRUE(renamed) << renamed.error().describe();
  EXPECT_EQ(must(channels_->open_secret(*renamed))->reveal(), "secret");
  EXPECT_TRUE(
      fails_with(channels_->update(made.id, 1, form(), std::nullopt, by_admin()), NotifyError::version_conflict));
}

TEST_P(ChannelsTest, a_row_that_was_changed_in_the_database_opens_nothing) {
  const Channel made = add(form(), "secret");
  must(database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(tx.execute("UPDATE notice_channel SET host = 'evil.example.test' WHERE id = $1", {made.id}));
    return {};
  }));
  EXPECT_FALSE(channels_->open_secret(channel(made)));
}

TEST_P(ChannelsTest, keeps_the_inventory_and_the_trail) {
  const Channel made = add(form(), "secret");
  const auto secrets = [&] {
    return must(database().read([](db::Session& session) { return secrets::list_secrets(session); }));
  };
  const auto has_line = [&] {
    const auto lines = secrets();
    return std::ranges::find(lines, made.id.text(), &secrets::SecretRecord::id) != lines.end();
  };
  EXPECT_TRUE(has_line());
  subscribe(made, "alice@example.test");
  must(channels_->remove(made.id, channel(made).version, by_admin()));
  EXPECT_FALSE(has_line());
  EXPECT_TRUE(must(channels_->subscriptions(std::nullopt)).empty());
  const auto entries = must(database().read([](db::Session& session) { return audit::Trail::list(session, 0, 100); }));
  std::vector<std::string> actions;
  for (const audit::Entry& entry : entries) {
    actions.push_back(entry.act.action);
    EXPECT_EQ(entry.act.details.find("secret"), std::string::npos) << entry.act.details;
  }
  EXPECT_EQ(actions,
            (std::vector<std::string>{"notice_channel.create", "notice_subscription.create", "notice_channel.delete"}));
}

TEST_P(ChannelsTest, forms_that_do_not_hold_are_refused) {
  const auto refused = [&](auto change, bool with_password = true) {
    ChannelForm bad = form();
    change(bad);
    std::optional<SecretString> password;
    if (with_password) password.emplace("secret");
    return fails_with(channels_->create(bad, password, by_admin()), NotifyError::invalid_form);
  };
  EXPECT_TRUE(refused([](ChannelForm& f) { f.name = " "; }));
  EXPECT_TRUE(refused([](ChannelForm& f) { f.name = "two\nlines"; }));
  EXPECT_TRUE(refused([](ChannelForm& f) { f.host = "mail.example.test\r\nRSET"; }));
  EXPECT_TRUE(refused([](ChannelForm& f) { f.host = "http://mail"; }));
  EXPECT_TRUE(refused([](ChannelForm& f) { f.from = "no address"; }));
  EXPECT_TRUE(refused([](ChannelForm& f) { f.from = "a@b>\r\nRCPT TO:<c@d"; }));
  EXPECT_TRUE(refused([](ChannelForm& f) { f.security = Security::none; }));
  EXPECT_TRUE(refused([](ChannelForm& f) { f.user = ""; })) << "a password without a user";
  EXPECT_TRUE(refused([](ChannelForm& f) { f.trust_pem = "no certificate"; }));
  EXPECT_TRUE(refused([](ChannelForm&) {}, false)) << "a user without a password";
  const auto hook = [](const char* url) {
    return [url](ChannelForm& f) {
      f.kind = ChannelKind::webhook;
      f.proof = Proof::bearer;
      f.url = url;
    };
  };
  for (const char* url : {"", "ftp://host/x", "http://hooks.example.test/x", "https://user:pw@host/x",
                          "https://host/#x", "https://ho st/", "https://host:0/", "https://[::1/", "https://"}) {
    EXPECT_TRUE(refused(hook(url))) << url;
  }
  EXPECT_TRUE(channels_->create(
      [&] {
        ChannelForm good = form();
        hook("https://[2001:db8::1]:8443/hook?x=y")(good);
        return good;
      }(),
      SecretString("token"), by_admin()));
}

TEST_P(ChannelsTest, subscriptions_are_one_for_each_owner_channel_and_address) {
  const Channel made = add(form(), "secret");
  const Subscription first = subscribe(made, "alice@example.test", "u1");
  SubscriptionForm fewer;
  fewer.owner = "u1";
  fewer.channel = made.id;
  fewer.address = "alice@example.test";
  fewer.kinds = {"rotation_failed"};
  const Subscription second = must(channels_->subscribe(fewer, by_admin()));
  EXPECT_EQ(first.id, second.id);
  EXPECT_EQ(second.kinds, std::vector<std::string>{"rotation_failed"});
  EXPECT_EQ(must(channels_->subscriptions(std::nullopt)).size(), 1U);
  fewer.kinds = {"weather"};
  EXPECT_TRUE(fails_with(channels_->subscribe(fewer, by_admin()), NotifyError::invalid_form));
  fewer.kinds = {};
  EXPECT_TRUE(fails_with(channels_->subscribe(fewer, by_admin()), NotifyError::invalid_form));
  must(channels_->forget_owner("u1", by_admin()));
  EXPECT_TRUE(must(channels_->subscriptions(std::nullopt)).empty());
}

TEST(AddressTest, holds_only_what_may_stand_in_an_envelope) {
  for (const char* good : {"a@example.test", "first.last+tag@mail.example.test", "o'neil@example.test"}) {
    EXPECT_FALSE(address_problem(good)) << good;
  }
  for (const char* bad : {"", "@example.test", "a@", "a", "a b@example.test", "a@exa mple.test", "a..b@example.test",
                          ".a@example.test", "a@[127.0.0.1]", "a@127.0.0.1", "a\r\n@example.test", "<a@example.test>",
                          "ä@example.test", "\"a b\"@example.test", "a@-x.test", "a@example.test."}) {
    EXPECT_TRUE(address_problem(bad)) << bad;
  }
}

TEST(MailTest, long_and_foreign_subjects_are_folded_into_whole_characters) {
  const Message message{.id = "0123456789abc",
                        .severity = Severity::alarm,
                        .kind = "test",
                        .subject = {},
                        .title = std::string(90, 'x') + " äöü ẞ 𝔘",
                        .text = std::string(300, 'y') + "\ntrailing \nü",
                        .at = from_micros(1'770'000'000'000'000)};
  const std::string mail =
      mail_text(message, "mailward@example.test", "alice@example.test", {.host = "mail.example.test", .console = ""});
  EXPECT_NE(mail.find("Date: Mon, 02 Feb 2026 02:40:00 +0000\r\n"), std::string::npos) << mail;
  EXPECT_NE(mail.find("trailing=20\r\n"), std::string::npos) << mail;
  for (std::size_t at = 0; at < mail.size();) {
    const std::size_t end = mail.find("\r\n", at);
    ASSERT_NE(end, std::string::npos);
    EXPECT_LE(end - at, 78U) << mail.substr(at, end - at);
    EXPECT_EQ(mail.substr(at, end - at).find('\n'), std::string::npos);
    at = end + 2;
  }
}

}  // namespace
}  // namespace mailward::notify::testing
