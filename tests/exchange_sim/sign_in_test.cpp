#include <gtest/gtest.h>

#include <vector>

#include "tests/exchange_sim/conversation.h"

namespace mailward::testing {
namespace {

/// One simulator for this file; each test begins as at its start.
class SignIn : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { simulator_ = new ExchangeSimulator(); }
  static void TearDownTestSuite() {
    delete simulator_;
    simulator_ = nullptr;
  }
  void SetUp() override {
    simulator_->reset();
    simulator_->unlock(kServiceAccount);
    simulator_->set_account_state(kServiceAccount, "enabled");
    simulator_->set_password(kServiceAccount, kServicePassword);
  }
  static ExchangeSimulator& sim() { return *simulator_; }
  static const std::string& first_url() { return sim().front_ends().front().url; }
  static int ntlm_status(std::string_view password, Binding binding = Binding::right,
                         std::string_view scheme = "NTLM") {
    Line line(sim(), first_url());
    return ntlm_call(line, kServiceAccount, password, binding, envelope({.body = get_folder_call()}), scheme).status;
  }
  static int basic_status(std::string_view user, std::string_view password) {
    http::Client client = client_of(sim());
    return post(client, first_url(), envelope({.body = get_folder_call()}), basic(user, password))->status;
  }

 private:
  static ExchangeSimulator* simulator_;
};
ExchangeSimulator* SignIn::simulator_ = nullptr;

TEST_F(SignIn, a_401_offers_the_schemes_in_order_and_has_no_body) {
  http::Client client = client_of(sim());
  const auto answer = post(client, sim().url(), envelope({.body = get_folder_call()}), "");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 401);
  EXPECT_TRUE(answer->body.empty());
  const auto offers = answer->headers.all("WWW-Authenticate");
  ASSERT_EQ(offers.size(), 3U);
  EXPECT_EQ(offers[0], "Negotiate");
  EXPECT_EQ(offers[1], "NTLM");
  EXPECT_EQ(offers[2], "Basic realm=\"mail.example.test\"");
  EXPECT_FALSE(answer->headers.has("X-CalculatedBETarget"));
  EXPECT_TRUE(answer->headers.has("X-FEServer"));
}

TEST_F(SignIn, extended_protection_is_enforced_in_all_nine_cases) {
  const struct {
    const char* setting;
    int without, with_wrong, with_right;
  } cases[] = {{"none", 200, 200, 200}, {"allow", 200, 401, 200}, {"require", 401, 401, 200}};
  for (const auto& each : cases) {
    sim().change_directory("{\"extended_protection\":\"" + std::string(each.setting) + "\"}");
    for (const std::string_view scheme : {"NTLM", "Negotiate"}) {
      EXPECT_EQ(ntlm_status(kServicePassword, Binding::none, scheme), each.without) << each.setting << " " << scheme;
      EXPECT_EQ(ntlm_status(kServicePassword, Binding::wrong, scheme), each.with_wrong)
          << each.setting << " " << scheme;
      EXPECT_EQ(ntlm_status(kServicePassword, Binding::right, scheme), each.with_right)
          << each.setting << " " << scheme;
    }
  }
  EXPECT_EQ(sim().account(kServiceAccount).bad_passwords_seen, 0);
}

TEST_F(SignIn, ntlm_signs_in_the_connection_and_only_that) {
  const std::string body = envelope({.body = get_folder_call()});
  Line line(sim(), first_url());
  const auto signed_in = ntlm_call(line, kServiceAccount, kServicePassword, Binding::right, body);
  ASSERT_EQ(signed_in.status, 200);
  EXPECT_EQ(signed_in.headers.get("Persistent-Auth"), "true");
  const auto again = line.post(body, "");
  EXPECT_EQ(again.status, 200);
  EXPECT_FALSE(again.headers.has("Persistent-Auth"));
  EXPECT_EQ(Line(sim(), first_url()).post(body, "").status, 401);
  EXPECT_EQ(line.post(body, basic(kServiceAccount, "wrong")).status, 401);
}

TEST_F(SignIn, without_persistence_each_request_must_sign_in) {
  sim().change_directory(R"({"per_request_authentication":true})");
  const std::string body = envelope({.body = get_folder_call()});
  Line line(sim(), first_url());
  const auto first = ntlm_call(line, kServiceAccount, kServicePassword, Binding::right, body);
  EXPECT_EQ(first.status, 200);
  EXPECT_EQ(first.headers.get("Persistent-Auth"), "false");
  EXPECT_EQ(line.post(body, "").status, 401);
}

TEST_F(SignIn, a_handshake_begun_on_one_connection_cannot_end_on_another) {
  const std::string negotiate = "NTLM " + to_base64(from_hex("4e544c4d5353500001000000058208a2").value());
  const auto first = Line(sim(), first_url()).post("", negotiate);
  ASSERT_EQ(first.status, 401);
  EXPECT_EQ(first.headers.all("WWW-Authenticate")[0], "Negotiate");
  EXPECT_TRUE(first.headers.all("WWW-Authenticate")[1].starts_with("NTLM TlRMTVNTUAAC"));
  EXPECT_EQ(first.headers.get("Content-Length"), "0");
  EXPECT_EQ(Line(sim(), first_url()).post("", "NTLM TlRMTVNTUAADAAAA").status, 401);
}

TEST_F(SignIn, broken_credentials_are_refused_and_cost_nothing) {
  const int before = sim().account(kServiceAccount).bad_passwords_seen;
  http::Client client = client_of(sim());
  const std::vector<std::string> headers{"Basic",          "Basic %%%",  "Basic " + to_base64(as_bytes("nocolon")),
                                         "NTLM x",         "NTLM",       "Negotiate",
                                         "Negotiate YII=", "Digest a=b", "NTLM " + std::string(12000, 'A')};
  for (const std::string& header : headers) {
    const auto answer = post(client, first_url(), "", header);
    ASSERT_TRUE(answer) << header.substr(0, 20);
    EXPECT_EQ(answer->status, 401) << header.substr(0, 20);
  }
  EXPECT_EQ(sim().account(kServiceAccount).bad_passwords_seen, before);
}

TEST_F(SignIn, a_wrong_password_counts_once_by_each_scheme_and_success_clears_the_count) {
  EXPECT_EQ(basic_status(kServiceAccount, "wrong"), 401);
  EXPECT_EQ(sim().account(kServiceAccount).bad_password_count, 1);
  EXPECT_EQ(ntlm_status("wrong"), 401);
  EXPECT_EQ(sim().account(kServiceAccount).bad_password_count, 2);
  EXPECT_EQ(ntlm_status(kServicePassword), 200);
  EXPECT_EQ(sim().account(kServiceAccount).bad_password_count, 0);
}

TEST_F(SignIn, ten_wrong_passwords_lock_the_account_against_the_right_one) {
  for (int i = 0; i < 10; ++i) EXPECT_EQ(basic_status(kServiceAccount, "wrong"), 401);
  EXPECT_TRUE(sim().account(kServiceAccount).locked);
  EXPECT_EQ(basic_status(kServiceAccount, kServicePassword), 401);
  EXPECT_EQ(ntlm_status(kServicePassword), 401);
  EXPECT_EQ(sim().account(kServiceAccount).bad_password_count, 10);
  sim().unlock(kServiceAccount);
  EXPECT_EQ(basic_status(kServiceAccount, kServicePassword), 200);
}

TEST_F(SignIn, only_an_enabled_account_gets_in_and_nothing_tells_why_not) {
  sim().change_directory(R"({"basic_token_s":0})");
  http::Client client = client_of(sim());
  for (const std::string_view state : {"disabled", "expired", "password_expired", "must_change"}) {
    sim().set_account_state(kServiceAccount, state);
    EXPECT_EQ(basic_status(kServiceAccount, kServicePassword), 401) << state;
    const auto answer = post(client, first_url(), "", basic(kServiceAccount, kServicePassword));
    EXPECT_TRUE(answer->body.empty());
  }
  EXPECT_EQ(basic_status("EXAMPLE\\nobody", "x"), 401);
}

TEST_F(SignIn, a_reset_password_takes_the_place_of_the_old_one_uncounted) {
  EXPECT_EQ(basic_status(kServiceAccount, kServicePassword), 200);
  sim().set_password(kServiceAccount, "Sample-Next-2!");
  EXPECT_EQ(basic_status(kServiceAccount, kServicePassword), 200) << "IIS keeps the token of a Basic sign-in";
  sim().change_directory(R"({"basic_token_s":0})");
  EXPECT_EQ(basic_status(kServiceAccount, kServicePassword), 401);
  EXPECT_EQ(sim().account(kServiceAccount).bad_password_count, 0) << "AD does not count the password before";
  EXPECT_EQ(basic_status("svc-mailward@example.test", "Sample-Next-2!"), 200);
}

TEST_F(SignIn, a_scheme_that_is_not_offered_is_not_taken) {
  sim().change_directory(R"({"schemes":["NTLM"]})");
  EXPECT_EQ(basic_status(kServiceAccount, kServicePassword), 401);
  EXPECT_EQ(ntlm_status(kServicePassword), 200);
}

TEST_F(SignIn, the_balancer_hands_connections_round) {
  for (int i = 0; i < 4; ++i) {
    http::Client client = client_of(sim());
    const auto answer =
        post(client, sim().url(), envelope({.body = get_folder_call()}), basic(kServiceAccount, kServicePassword));
    ASSERT_TRUE(answer) << answer.error().describe();
  }
  int first = 0;
  for (const SeenRequest& seen : sim().requests()) first += seen.front_end == "EX01" ? 1 : 0;
  EXPECT_EQ(first, 2);
  EXPECT_EQ(sim().requests().front().scheme, "Basic");
  EXPECT_EQ(sim().requests().front().account, kServiceAccount);
  EXPECT_EQ(sim().requests().front().operation, "GetFolder");
}

}  // namespace
}  // namespace mailward::testing
