// Autodiscover for a connection: against the simulated Exchange and a real Active Directory.
#include "connections/autodiscovery.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "tests/product_support/organisation.h"

namespace mailward::connections {
namespace {

using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;
using testing::TestOutcome;
using Verdict = ews::AutodiscoverStep::Verdict;
using namespace std::chrono_literals;

const Authentication kNtlm{.negotiate = false, .ntlm = true, .basic = false};

class AutodiscoveryTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    organisation_ = std::make_unique<Organisation>(Organisation::Options{.authentication = kNtlm});
    organisation_->controller().add_service_point("mailward-test", exchange_url() + "/Autodiscover/Autodiscover.xml");
  }
  void TearDown() override {
    if (organisation_) organisation_->controller().delete_service_point("mailward-test");
  }
  std::string exchange_url() const {
    const auto& exchange = organisation_->exchange();
    return "https://" + exchange.host() + ":" + std::to_string(exchange.port());
  }
  ConnectionForm form() const {
    ConnectionForm form = organisation_->form();
    form.autodiscover = "usera@example.test";
    return form;
  }
  static TypedPassword typed(std::string_view password) { return {SecretString(password), false}; }
  ews::AutodiscoverResult find(EwsSearch search) {
    search.directory = organisation_->directory();
    search.by = Product::by();
    return must(find_ews(organisation_->product().tests().parts(), std::move(search), Deadline::after(40s), {}));
  }
  std::size_t signed_requests() const {
    const auto seen = organisation_->exchange().requests();
    return static_cast<std::size_t>(
        std::ranges::count_if(seen, [](const auto& one) { return one.authorization != "none"; }));
  }
  std::unique_ptr<Organisation> organisation_;
};

/// The first press: nobody has confirmed anything, so that no password leaves the house; the second, after the person
/// has said that the host is his.
TEST_F(AutodiscoveryTest, shows_the_typed_password_to_confirmed_hosts_alone) {
  ConnectionForm asked = form();
  asked.ews_url.clear();
  const auto first = find({.form = asked, .password = typed(Organisation::kPassword)});
  EXPECT_FALSE(first.mailbox);
  ASSERT_FALSE(first.steps.empty());
  EXPECT_EQ(first.steps[0].source, ews::AutodiscoverSource::scp) << "the directory's word comes first";
  EXPECT_EQ(first.steps[0].verdict, Verdict::unconfirmed) << first.steps[0].sentence;
  ASSERT_FALSE(first.unconfirmed.empty());
  EXPECT_EQ(first.unconfirmed[0], organisation_->exchange().host());
  EXPECT_EQ(signed_requests(), 0u);
  const auto second =
      find({.form = asked, .password = typed(Organisation::kPassword), .confirmed = {first.unconfirmed[0]}});
  ASSERT_TRUE(second.mailbox) << json_of(second).dump();
  EXPECT_EQ(second.mailbox->ews_url(), organisation_->form().ews_url.find(":443/") == std::string::npos
                                           ? organisation_->form().ews_url
                                           : "https://" + organisation_->exchange().host() + "/EWS/Exchange.asmx");
  EXPECT_EQ(organisation_->bad_password_count(), 0);
}

TEST_F(AutodiscoveryTest, a_wrong_password_costs_one_attempt_however_often_it_is_asked) {
  const EwsSearch wrong{.form = form(), .confirmed = {organisation_->exchange().host()}};
  const auto search = [&] {
    EwsSearch one{.form = wrong.form, .password = typed("Never-Had-This-1"), .confirmed = wrong.confirmed};
    one.directory = organisation_->directory();
    one.by = Product::by();
    return find_ews(organisation_->product().tests().parts(), std::move(one), Deadline::after(40s), {});
  };
  const auto refused = must(search());
  EXPECT_TRUE(refused.password_refused()) << json_of(refused).dump();
  EXPECT_EQ(organisation_->bad_password_count(), 1);
  for (int i = 0; i < 2; ++i) {
    const auto again = search();
    ASSERT_FALSE(again);
    EXPECT_TRUE(again.error().is(ConnectionsError::account_parked)) << again.error().describe();
  }
  EXPECT_EQ(organisation_->bad_password_count(), 1);
}

TEST_F(AutodiscoveryTest, five_wrong_passwords_are_enough_for_half_an_hour) {
  const auto search = [&](const std::string& password) {
    EwsSearch one{.form = form(), .password = typed(password), .confirmed = {organisation_->exchange().host()}};
    one.directory = organisation_->directory();
    one.by = Product::by();
    return find_ews(organisation_->product().tests().parts(), std::move(one), Deadline::after(40s), {});
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(must(search("Never-Had-This-" + std::to_string(i))).password_refused());
  const int counted = organisation_->bad_password_count();
  const auto sixth = search(std::string(Organisation::kPassword));
  ASSERT_FALSE(sixth);
  EXPECT_TRUE(sixth.error().is(ConnectionsError::account_parked)) << sixth.error().describe();
  EXPECT_NE(sixth.error().remedy(), "");
  EXPECT_EQ(organisation_->bad_password_count(), counted);
}

TEST_F(AutodiscoveryTest, each_search_stands_in_the_audit_trail) {
  EwsSearch wrong{
      .form = form(), .password = typed("Never-Had-This-1"), .confirmed = {organisation_->exchange().host()}};
  EXPECT_TRUE(find(std::move(wrong)).password_refused());
  find({.form = form()});
  const auto lines = must(organisation_->product().database().read(
      [](db::Session& session) { return audit::Trail::find(session, {.action = "connection.find"}); }));
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0].act.outcome, "not_found");
  const audit::Act& refused = lines[1].act;
  EXPECT_EQ(refused.outcome, "refused");
  EXPECT_EQ(refused.by.actor, Product::by().actor);
  EXPECT_NE(refused.details.find("\"password\":\"typed\""), std::string::npos) << refused.details;
  EXPECT_NE(refused.details.find(organisation_->exchange().host()), std::string::npos) << refused.details;
  EXPECT_EQ(refused.details.find("Never-Had"), std::string::npos);
}

TEST_F(AutodiscoveryTest, four_may_be_under_way_at_once) {
  TestRuns& tests = organisation_->product().tests();
  std::vector<std::shared_ptr<void>> places;
  for (int i = 0; i < 4; ++i) places.push_back(must(tests.search_place()));
  const auto fifth = tests.search_place();
  ASSERT_FALSE(fifth);
  EXPECT_TRUE(fifth.error().is(BaseError::pool_full));
  places.pop_back();
  EXPECT_TRUE(tests.search_place()) << "one has ended";
}

/// Whoever may edit the connection and does not know the password: another domain gets none of what is stored.
TEST_F(AutodiscoveryTest, a_stored_password_goes_to_the_domain_that_it_was_typed_for) {
  auto& product = organisation_->product();
  const auto saved = must(product.ledger().create_connection(form(), organisation_->directory(),
                                                             typed(Organisation::kPassword), Product::by()));
  ASSERT_EQ(product.test({.connection = saved.id}).verdict, "none");
  const auto found = find({.form = saved.form, .connection = saved.id});
  EXPECT_TRUE(found.mailbox) << json_of(found).dump();
  const std::size_t before = signed_requests();
  ConnectionForm theft = saved.form;
  theft.autodiscover = "usera@localhost.test";
  EXPECT_FALSE(find({.form = theft, .connection = saved.id}).mailbox);
  EwsSearch confirming{.form = theft, .connection = saved.id, .confirmed = {organisation_->exchange().host()}};
  const auto refused = find_ews(product.tests().parts(), std::move(confirming), Deadline::after(40s), {});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(ConnectionsError::invalid_form)) << refused.error().describe();
  EXPECT_EQ(signed_requests(), before);
  EXPECT_EQ(must(product.ledger().destination_of(saved)).find("autodiscover=example.test\n") != std::string::npos,
            true);
}

/// The host refuses the right password: no controller has counted it, so that it may be asked again at once.
TEST_F(AutodiscoveryTest, a_refusal_of_the_stored_password_that_no_controller_counted_is_forgotten) {
  auto& product = organisation_->product();
  const auto saved = must(product.ledger().create_connection(form(), organisation_->directory(),
                                                             typed(Organisation::kPassword), Product::by()));
  ASSERT_EQ(product.test({.connection = saved.id}).verdict, "none");
  organisation_->exchange().set_fault("legacy_auth_blocked");
  for (int i = 0; i < 2; ++i) {
    const auto refused = find({.form = saved.form, .connection = saved.id});
    EXPECT_TRUE(refused.password_refused()) << json_of(refused).dump();
  }
  organisation_->exchange().clear_faults();
  EXPECT_TRUE(find({.form = saved.form, .connection = saved.id}).mailbox);
  EXPECT_EQ(product.test({.connection = saved.id}).verdict, "none");
  EXPECT_EQ(organisation_->bad_password_count(), 0);
}

TEST_F(AutodiscoveryTest, is_a_step_of_the_connection_test) {
  const TestOutcome good = organisation_->test(form());
  EXPECT_EQ(good.verdict, "none") << good.text();
  EXPECT_EQ(good.outcomes_of("autodiscover"), std::vector{work::StepOutcome::ok}) << good.text();
  // What it leads to is elsewhere: worth a note.
  ConnectionForm moved = form();
  moved.autodiscover = "moved@example.test";
  const TestOutcome note = organisation_->test(moved);
  EXPECT_EQ(note.verdict, "none") << note.text();
  EXPECT_EQ(note.outcomes_of("autodiscover"), std::vector{work::StepOutcome::note}) << note.text();
  EXPECT_NE(note.text().find("autodiscover_differs"), std::string::npos) << note.text();
  ConnectionForm unknown = form();
  unknown.autodiscover = "nobody-at-all@example.test";
  EXPECT_NE(organisation_->test(unknown).text().find("autodiscover_silent"), std::string::npos);
  EXPECT_TRUE(organisation_->test(organisation_->form()).outcomes_of("autodiscover").empty());
}

TEST(AutodiscoverAddress, of_a_domain_is_one_that_the_form_holds) {
  ConnectionForm form;
  form.autodiscover = "Example.Test";
  EXPECT_FALSE(autodiscover_address(form));
  form.mailbox_check = "usera@example.test";
  EXPECT_EQ(must(autodiscover_address(form)), "usera@example.test");
  form.autodiscover = "userb@example.test";
  EXPECT_EQ(must(autodiscover_address(form)), "userb@example.test");
  for (const char* bad : {"localhost", "127.0.0.1", "a b@example.test", "https://example.test", "example.test/x"}) {
    EXPECT_FALSE(autodiscover_domain(bad)) << bad;
  }
}

}  // namespace
}  // namespace mailward::connections
