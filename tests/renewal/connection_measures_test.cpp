// What stands open at the server, as a connection test and a look from outside see it.
#include <gtest/gtest.h>

#include "tests/renewal/measured.h"

namespace mailward::renewal {
namespace {

using testing::ExchangeSimulator;
using testing::Measured;
using testing::must;
using testing::Organisation;
using testing::Product;
using testing::SambaDc;

void clear(ExchangeSimulator& exchange) {
  exchange.reset();
}

struct Case {
  const char* name;
  const char* measure;
  void (*spoil)(ExchangeSimulator& exchange);
  void (*mend)(ExchangeSimulator& exchange);
  const char* shown;    ///< somewhere on the spoilt line
  const char* urgency;  ///< of the spoilt line
};

const Case kCases[] = {
    {"old_tls", "tls_versions", [](ExchangeSimulator& one) { one.set_fault("tls_old_offered"); }, clear,
     "takes TLSv1, TLSv1.1", "soon"},
    {"short_certificate", "certificate_expiry", [](ExchangeSimulator& one) { one.set_fault("certificate_expiring"); },
     clear, "within 30", "now"},
    {"weak_key", "certificate_strength", [](ExchangeSimulator& one) { one.set_fault("certificate_weak_key"); }, clear,
     "RSA 1024", "now"},
    {"incomplete_chain", "certificate_chain",
     [](ExchangeSimulator& one) { one.set_fault("certificate_incomplete_chain"); }, clear, "without that of its issuer",
     "soon"},
    {"inspection", "extended_protection", [](ExchangeSimulator& one) { one.set_fault("tls_inspection"); }, clear,
     "opens TLS before", "now"},
    {"no_hsts", "hsts", clear,
     [](ExchangeSimulator& one) {
       one.change_directory(R"({"strict_transport_security":"max-age=63072000; includeSubDomains"})");
     },
     "no Strict-Transport-Security", "later"},
    {"short_hsts", "hsts",
     [](ExchangeSimulator& one) { one.change_directory(R"({"strict_transport_security":"max-age=300"})"); },
     [](ExchangeSimulator& one) { one.change_directory(R"({"strict_transport_security":"Max-Age=31536000"})"); },
     "less than a year", "later"},
    {"basic", "basic_offered", clear,
     [](ExchangeSimulator& one) { one.change_directory(R"({"schemes":["Negotiate","NTLM"]})"); }, "offers Basic",
     "now"},
    {"ntlm", "ntlm_offered", clear,
     [](ExchangeSimulator& one) { one.change_directory(R"({"schemes":["Negotiate"]})"); }, "offers NTLM", "later"},
    {"unprotected", "extended_protection",
     [](ExchangeSimulator& one) { one.change_directory(R"({"extended_protection":"none"})"); },
     [](ExchangeSimulator& one) { one.change_directory(R"({"extended_protection":"allow"})"); }, "accepted", "now"},
    {"signs_in_by_ntlm", "scheme_used", [](ExchangeSimulator& one) { one.change_directory(R"({"schemes":["NTLM"]})"); },
     clear, "NTLM", "soon"},
    {"out_of_support", "server_support", [](ExchangeSimulator& one) { one.change_directory(R"({"build":"2019"})"); },
     [](ExchangeSimulator& one) { one.change_directory(R"({"build":"SE"})"); }, "2025-10-14", "now"},
    {"scope_too_wide", "refused_mailbox",
     [](ExchangeSimulator& one) { one.set_impersonation("EXAMPLE\\svc-mailward", {}, true); },
     [](ExchangeSimulator& one) { one.set_impersonation("EXAMPLE\\svc-mailward", {"usera@example.test"}); },
     "opens the mailbox", "now"},
    {"mailbox_gone", "mailbox_check",
     [](ExchangeSimulator& one) { one.change_mailbox("usera@example.test", R"({"place":"exchange_online"})"); },
     [](ExchangeSimulator& one) { one.change_mailbox("usera@example.test", R"({"place":"here"})"); }, "does not open",
     "soon"},
};

class ConnectionMeasures : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (SambaDc::unavailable()) return;
    measured_ = std::make_unique<Measured>();
    connection_ = std::make_unique<connections::ServerConnection>(measured_->organisation().connect());
  }
  static void TearDownTestSuite() {
    connection_.reset();
    measured_.reset();
  }
  void SetUp() override {
    if (const auto why = SambaDc::unavailable()) GTEST_SKIP() << *why;
  }
  static ListedMeasure line(const char* id) {
    static_cast<void>(measured_->product().test({.connection = connection_->id}));
    static_cast<void>(measured_->refresh());
    return measured_->line(id, "connection:" + connection_->id.text());
  }
  static std::unique_ptr<Measured> measured_;
  static std::unique_ptr<connections::ServerConnection> connection_;
};
std::unique_ptr<Measured> ConnectionMeasures::measured_;
std::unique_ptr<connections::ServerConnection> ConnectionMeasures::connection_;

class SpoiltServer : public ConnectionMeasures, public ::testing::WithParamInterface<Case> {};
INSTANTIATE_TEST_SUITE_P(Ways, SpoiltServer, ::testing::ValuesIn(kCases),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(SpoiltServer, is_to_be_mended_and_then_well) {
  const Case& one = GetParam();
  clear(measured_->exchange());
  one.spoil(measured_->exchange());
  const auto spoilt = line(one.measure);
  const std::string text = Measured::text_of(spoilt);
  EXPECT_EQ(spoilt.state(), "to_do") << text;
  EXPECT_NE(text.find(one.shown), std::string::npos) << text;
  EXPECT_EQ(name_of(spoilt.measure.urgency), one.urgency) << text;
  EXPECT_FALSE(spoilt.measure.grounds.empty());
  EXPECT_TRUE(spoilt.measure.seen_how.starts_with("from outside")) << text;
  one.mend(measured_->exchange());
  const auto mended = line(one.measure);
  EXPECT_EQ(mended.state(), "ok") << Measured::text_of(mended);
  EXPECT_EQ(measured_->organisation().bad_password_count(), 0);
  clear(measured_->exchange());
}

TEST_F(ConnectionMeasures, before_a_test_nothing_is_well) {
  Measured own;
  auto form = own.organisation().form();
  const auto made =
      must(own.product().ledger().create_connection(form, own.organisation().directory(), std::nullopt, Product::by()));
  const std::string subject = "connection:" + made.id.text();
  for (const char* id :
       {"refused_mailbox", "mailbox_check", "scheme_used", "basic_offered", "ntlm_offered", "extended_protection",
        "tls_versions", "hsts", "certificate_expiry", "certificate_strength", "certificate_chain", "server_support"}) {
    EXPECT_EQ(own.line(id, subject).state(), "cannot_tell") << id;
  }
}

TEST_F(ConnectionMeasures, a_test_of_an_unsaved_form_says_nothing_of_the_stored_one) {
  Measured own;
  auto form = own.organisation().form();
  const auto made =
      must(own.product().ledger().create_connection(form, own.organisation().directory(), std::nullopt, Product::by()));
  connections::TestRequest request{.connection = made.id, .form = form};
  request.password = connections::TypedPassword{SecretString(Organisation::kPassword), false};
  static_cast<void>(own.product().test(std::move(request)));
  EXPECT_EQ(own.line("basic_offered", "connection:" + made.id.text()).state(), "cannot_tell");
}

TEST_F(ConnectionMeasures, a_rotation_and_its_rehearsal_stand_in_the_books) {
  Measured own;
  const auto connection = own.organisation().connect();
  const std::string subject = "account:" + connection.account.text();
  EXPECT_EQ(own.line("last_rotation", subject).state(), "to_do");
  EXPECT_EQ(own.line("rotation_drill", subject).state(), "to_do");
  static_cast<void>(own.product().rotate(connection.account, true));
  const auto drill = own.line("rotation_drill", subject);
  EXPECT_EQ(drill.state(), "ok") << Measured::text_of(drill);
  EXPECT_EQ(own.line("last_rotation", subject).state(), "to_do") << "a rehearsal is no rotation";
  static_cast<void>(own.product().rotate(connection.account));
  const auto rotation = own.line("last_rotation", subject);
  EXPECT_EQ(rotation.state(), "ok") << Measured::text_of(rotation);
  EXPECT_NE(Measured::text_of(rotation).find("begun by: system:test"), std::string::npos);
  own.clock().advance(std::chrono::days(91));
  EXPECT_EQ(own.line("last_rotation", subject).state(), "to_do");
  EXPECT_EQ(own.line("rotation_drill", subject).state(), "to_do");
  // The account that Mailward itself resets with is no finding.
  static_cast<void>(own.refresh());
  const auto setters = own.line("password_setters", subject);
  EXPECT_EQ(setters.state(), "ok") << Measured::text_of(setters);
}

}  // namespace
}  // namespace mailward::renewal
