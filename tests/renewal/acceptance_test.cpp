// What a person has accepted, and when that ends.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "renewal/measure_page.h"
#include "tests/renewal/measured.h"

namespace mailward::renewal {
namespace {

using testing::Measured;
using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;

class AcceptanceTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
    measured_ = std::make_unique<Measured>();
    const auto account = must(measured_->product().ledger().create_account(
        "svc-mailward@example.test", measured_->organisation().directory(), Product::by()));
    subject_ = "account:" + account.id.text();
    static_cast<void>(measured_->refresh());
  }
  Timestamp in(std::chrono::days days) { return measured_->clock().now() + days; }
  Result<ListedMeasure> accept(std::string_view measure, Timestamp until, std::string_view reason = "known") {
    return measured_->measures().accept(measure, subject_, reason, until, Product::by());
  }
  std::size_t entries(const std::string& action) {
    audit::Filter filter;
    filter.action = action;
    return must(measured_->product().database().read(
                    [&](db::Session& session) { return audit::Trail::find(session, filter); }))
        .size();
  }
  std::unique_ptr<Measured> measured_;
  std::string subject_;
};

TEST_F(AcceptanceTest, is_shown_with_its_reason_and_ends_on_its_day) {
  ASSERT_EQ(measured_->line("not_delegated").state(), "to_do");
  must(accept("not_delegated", in(std::chrono::days(30)), "waits for the change window"));
  const auto accepted = measured_->line("not_delegated");
  EXPECT_EQ(accepted.state(), "accepted");
  EXPECT_EQ(accepted.acceptance->reason, "waits for the change window");
  EXPECT_EQ(entries("measure.accept"), 1u);
  measured_->clock().advance(std::chrono::days(29));
  EXPECT_EQ(measured_->line("not_delegated").state(), "accepted");
  measured_->clock().advance(std::chrono::days(2));
  EXPECT_EQ(measured_->line("not_delegated").state(), "to_do");
  must(measured_->measures().tidy());
  EXPECT_EQ(entries("measure.acceptance_ended"), 1u);
  must(measured_->measures().tidy());
  EXPECT_EQ(entries("measure.acceptance_ended"), 1u);
}

TEST_F(AcceptanceTest, ends_for_good_when_more_is_found) {
  must(accept("not_delegated", in(std::chrono::days(300))));
  auto& dc = measured_->dc();
  const std::string dn = dc.dn_of(Organisation::kAccount);
  dc.set(dn, "userAccountControl", {std::to_string(0x80200)});
  static_cast<void>(measured_->refresh());
  const auto worse = measured_->line("not_delegated");
  EXPECT_EQ(worse.state(), "to_do") << Measured::text_of(worse);
  EXPECT_EQ(entries("measure.acceptance_ended"), 1u);
  dc.set(dn, "userAccountControl", {std::to_string(0x200)});
  static_cast<void>(measured_->refresh());
  EXPECT_EQ(measured_->line("not_delegated").state(), "to_do") << "it came back by itself";
}

TEST_F(AcceptanceTest, stays_where_less_is_found) {
  auto& dc = measured_->dc();
  const std::string dn = dc.dn_of(Organisation::kAccount);
  dc.set(dn, "userAccountControl", {std::to_string(0x80200)});
  static_cast<void>(measured_->refresh());
  must(accept("not_delegated", in(std::chrono::days(300))));
  dc.set(dn, "userAccountControl", {std::to_string(0x200)});
  static_cast<void>(measured_->refresh());
  EXPECT_EQ(measured_->line("not_delegated").state(), "accepted");
}

TEST_F(AcceptanceTest, can_be_withdrawn) {
  must(accept("not_delegated", in(std::chrono::days(30))));
  must(measured_->measures().withdraw("not_delegated", subject_, Product::by()));
  EXPECT_EQ(measured_->line("not_delegated").state(), "to_do");
  const auto again = measured_->measures().withdraw("not_delegated", subject_, Product::by());
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().is(MeasureError::not_accepted));
  EXPECT_EQ(entries("measure.withdraw"), 1u);
}

TEST_F(AcceptanceTest, wants_a_reason_a_day_and_something_to_accept) {
  const auto refused = [&](std::string_view measure, Timestamp until, std::string_view reason, MeasureError code) {
    const auto result = accept(measure, until, reason);
    ASSERT_FALSE(result) << measure << " " << reason;
    EXPECT_TRUE(result.error().is(code)) << result.error().name();
  };
  const Timestamp soon = in(std::chrono::days(1));
  refused("not_delegated", soon, "", MeasureError::invalid_acceptance);
  refused("not_delegated", soon, "  ", MeasureError::invalid_acceptance);
  refused("not_delegated", soon, "two\nlines", MeasureError::invalid_acceptance);
  refused("not_delegated", soon, std::string(501, 'x'), MeasureError::invalid_acceptance);
  refused("not_delegated", in(std::chrono::days(-1)), "x", MeasureError::invalid_acceptance);
  refused("not_delegated", in(std::chrono::days(367)), "x", MeasureError::invalid_acceptance);
  refused("preauthentication", soon, "x", MeasureError::nothing_to_accept);
  refused("no_such_line", soon, "x", MeasureError::unknown_measure);
  must(accept("not_delegated", in(std::chrono::days(366))));
}

TEST_F(AcceptanceTest, what_is_exported_can_be_read_and_runs_nothing) {
  must(accept("not_delegated", in(std::chrono::days(30)), "<script>alert(1)</script> & \"so\""));
  const auto lines = must(measured_->measures().list());
  const std::string html = export_html(lines, measured_->clock().now());
  EXPECT_EQ(html.find("<script"), std::string::npos);
  EXPECT_NE(html.find("&lt;script&gt;alert(1)&lt;/script&gt; &amp; &quot;so&quot;"), std::string::npos);
  EXPECT_EQ(html.find(" src="), std::string::npos);
  EXPECT_EQ(html.find("<link"), std::string::npos);
  EXPECT_NE(html.find("@page { size: A4"), std::string::npos);
  const auto json = export_json(lines, measured_->clock().now());
  EXPECT_EQ(json.at("measures").size(), lines.size());
  for (const auto& one : json.at("measures")) {
    EXPECT_FALSE(one.at("source").at("section").get<std::string>().empty()) << one.at("id");
    EXPECT_FALSE(one.at("sentence").get<std::string>().empty()) << one.at("id");
    if (one.at("state") == "to_do" || one.at("state") == "cannot_tell") {
      EXPECT_FALSE(one.at("remedy").get<std::string>().empty()) << one.at("id");
    }
  }
}

TEST_F(AcceptanceTest, keys_and_readers_of_content_have_lines_of_the_installation) {
  EXPECT_EQ(measured_->line("master_key_age", "installation").state(), "ok");
  EXPECT_EQ(measured_->line("secret_age", "installation").state(), "ok");
  EXPECT_EQ(measured_->line("content_readers", "installation").state(), "ok");
  must(measured_->access().users.create(
      {.name = "reader", .display_name = {}, .roles = {access::Role::analyst}, .reads_content = true}, Product::by()));
  const auto fresh = measured_->line("content_readers");
  EXPECT_EQ(fresh.state(), "ok") << Measured::text_of(fresh);
  EXPECT_NE(Measured::text_of(fresh).find("user reader: never seen"), std::string::npos);
  measured_->clock().advance(std::chrono::days(366));
  EXPECT_EQ(measured_->line("content_readers").state(), "to_do");
  EXPECT_EQ(measured_->line("master_key_age").state(), "to_do");
  EXPECT_EQ(measured_->line("secret_age").state(), "to_do");
}

}  // namespace
}  // namespace mailward::renewal
