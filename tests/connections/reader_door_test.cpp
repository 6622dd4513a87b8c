#include "connections/reader_door.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <thread>

#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::TestOutcome;

constexpr std::string_view kReader = "directory-reader";
constexpr int kAccounts = 6;

/// The reader of a real Active Directory, whose password is changed there while Mailward keeps the old one.
class ReaderDoorTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>();
    for (int at = 0; at < kAccounts; ++at) controller().create_user(name(at), Organisation::kPassword);
  }
  SambaDc& controller() { return organisation_->controller(); }
  Product& product() { return organisation_->product(); }
  DirectoryRecord record() { return must(product().ledger().directory(organisation_->directory().value())); }
  static std::string name(int at) { return fmt::format("svc-reader-door-{}", at); }
  int refused_binds() { return controller().bad_password_count(kReader); }
  /// Three times: Active Directory does not count the passwords that the account had last.
  void change_readers_password(std::string_view last) {
    for (const char* before : {"Another-Reader-A1!", "Another-Reader-A2!", "Another-Reader-A3!"}) {
      controller().set_password(kReader, before);
    }
    controller().set_password(kReader, last);
    ASSERT_EQ(refused_binds(), 0);
  }
  void type_readers_password(std::string_view password) {
    const DirectoryRecord before = record();
    must(product().ledger().update_directory(before.id, before.version, before.form,
                                             TypedPassword{SecretString(password), false}, Product::by()));
  }
  /// One test of each account, all at once.
  std::vector<TestOutcome> test_all() {
    std::vector<TestOutcome> outcomes(kAccounts);
    std::vector<std::jthread> testers;
    testers.reserve(kAccounts);
    for (int at = 0; at < kAccounts; ++at) {
      testers.emplace_back([&, at] {
        ConnectionForm form = organisation_->form();
        form.master_mailbox = "EXAMPLE\\" + name(at);
        outcomes[static_cast<std::size_t>(at)] =
            product().test_form(form, Organisation::kPassword, organisation_->directory());
      });
    }
    testers.clear();
    return outcomes;
  }
  static std::string account_step(const TestOutcome& outcome) {
    for (const work::Step& step : outcome.steps) {
      if (step.name == "account") return step.evidence + " " + step.remedy;
    }
    return "no such step";
  }

  std::unique_ptr<Organisation> organisation_;
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

TEST_F(ReaderDoorTest, a_changed_password_costs_one_bind_however_many_tests_run) {
  change_readers_password("Another-Reader-B1!");
  for (const TestOutcome& outcome : test_all()) {
    EXPECT_TRUE(contains(account_step(outcome), "refuse")) << account_step(outcome);
  }
  EXPECT_EQ(refused_binds(), 1);
  EXPECT_TRUE(record().reader_refused);
  for (const TestOutcome& outcome : test_all()) {
    EXPECT_TRUE(contains(account_step(outcome), "its reader's password was refused at")) << account_step(outcome);
    EXPECT_TRUE(contains(account_step(outcome), "mailward directory edit")) << account_step(outcome);
  }
  product().restart();
  test_all();
  EXPECT_EQ(refused_binds(), 1);
  type_readers_password("Another-Reader-B1!");
  for (const TestOutcome& outcome : test_all()) {
    EXPECT_TRUE(contains(account_step(outcome), "tries_left")) << account_step(outcome);
  }
  EXPECT_FALSE(record().reader_refused);
}

TEST_F(ReaderDoorTest, a_proven_password_that_is_changed_costs_one_bind_too) {
  for (const TestOutcome& outcome : test_all()) {
    EXPECT_TRUE(contains(account_step(outcome), "tries_left")) << account_step(outcome);
  }
  ASSERT_EQ(refused_binds(), 0);
  change_readers_password("Another-Reader-C1!");
  test_all();
  EXPECT_EQ(refused_binds(), 1);
  EXPECT_TRUE(record().reader_refused);
}

TEST_F(ReaderDoorTest, by_kerberos_a_changed_password_costs_one_attempt_too) {
  DirectoryRecord before = record();
  before.form.reader_sign_in = ReaderSignIn::kerberos;
  const auto refused = product().ledger().update_directory(before.id, before.version, before.form, {}, Product::by());
  ASSERT_FALSE(refused);
  ASSERT_TRUE(refused.error().is(ConnectionsError::password_must_be_typed)) << refused.error().describe();
  must(product().ledger().update_directory(before.id, before.version, before.form,
                                           TypedPassword{SecretString(Organisation::kReaderPassword), false},
                                           Product::by()));
  EXPECT_EQ(record().form.reader_sign_in, ReaderSignIn::kerberos);
  for (const TestOutcome& outcome : test_all()) {
    EXPECT_TRUE(contains(account_step(outcome), "tries_left")) << account_step(outcome);
  }
  change_readers_password("Another-Reader-K1!");
  test_all();
  EXPECT_EQ(refused_binds(), 1);
  EXPECT_TRUE(record().reader_refused);
}

/// Two processes on one database, of which neither has proven the password.
TEST_F(ReaderDoorTest, processes_share_what_came_of_the_first_bind) {
  change_readers_password("Another-Reader-D1!");
  Resolver resolver({.hosts = {{std::string(SambaDc::kHost), {must(IpAddress::parse(controller().address()))}}}});
  DestinationPolicy destinations;
  destinations.allowed = {must(AddressBlock::parse("127.0.0.0/8"))};
  const ReaderDoor::Parts parts{product().ledger(), product().refusals(), resolver,
                                destinations,       Clock::system(),      product().runs().process()};
  std::array<ReaderDoor, 4> doors{ReaderDoor(parts), ReaderDoor(parts), ReaderDoor(parts), ReaderDoor(parts)};
  const DirectoryRecord stands = record();
  {
    std::vector<std::jthread> processes;
    for (ReaderDoor& door : doors) {
      processes.emplace_back([&] {
        const auto reader = must(door.open(stands)).directory;
        ASSERT_TRUE(reader);
        EXPECT_FALSE(reader->check_reader(Deadline::after(std::chrono::seconds(20))));
      });
    }
  }
  EXPECT_EQ(refused_binds(), 1);
}

TEST_F(ReaderDoorTest, a_bind_that_a_kill_interrupted_is_not_repeated_until_a_person_types_the_password) {
  change_readers_password("Another-Reader-E1!");
  const DirectoryRecord before = record();
  const auto password = must(product().ledger().open_reader_password(before)).value();
  must(product().refusals().begin_try(reader_memory_name(before.reader_secret.value()), password, std::nullopt));
  product().restart();
  for (const TestOutcome& outcome : test_all()) {
    EXPECT_TRUE(contains(account_step(outcome), "was interrupted")) << account_step(outcome);
    EXPECT_TRUE(contains(account_step(outcome), "mailward directory edit")) << account_step(outcome);
  }
  EXPECT_EQ(refused_binds(), 0);
  type_readers_password("Another-Reader-E1!");
  for (const TestOutcome& outcome : test_all()) {
    EXPECT_TRUE(contains(account_step(outcome), "tries_left")) << account_step(outcome);
  }
  EXPECT_EQ(refused_binds(), 0);
}

}  // namespace
}  // namespace mailward::connections
