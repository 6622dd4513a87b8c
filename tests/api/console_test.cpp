// The API as a browser and as a program meet it: over TLS, with sessions and tokens.
#include <filesystem>
#include <fstream>

#include <gtest/gtest.h>

#include "tests/api/browser.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kPassword = "seven herons over the weir";
constexpr const char* kMailboxPassword = "Never-Shown-Passw0rd!";

class OverTls : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    service_ = std::make_unique<ServiceProcess>(folder_->path() / "state");
    make_user(*service_, "alice", "administrator", kPassword);
    make_user(*service_, "olaf", "operator", kPassword);
  }
  static void TearDownTestSuite() {
    service_.reset();
    folder_.reset();
  }
  static Json form(const std::string& description) {
    return {{"description", description},
            {"ews_url", "https://mail.example.test/EWS/Exchange.asmx"},
            {"master_mailbox", description + "@example.test"},
            {"password", kMailboxPassword}};
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::unique_ptr<ServiceProcess> service_;
};

std::unique_ptr<TemporaryFolder> OverTls::folder_;
std::unique_ptr<ServiceProcess> OverTls::service_;

TEST_F(OverTls, nobody_is_let_in_without_a_session) {
  Browser browser(*service_);
  const auto answer = browser.send("GET", "/connections");
  EXPECT_EQ(answer.status, 401);
  EXPECT_EQ(json_of(answer).at("code"), "access.not_signed_in");
  EXPECT_EQ(browser.send("GET", "/session").status, 401);
}

TEST_F(OverTls, a_session_is_begun_used_and_ended) {
  Browser browser(*service_);
  const auto signed_in = browser.sign_in("Alice", kPassword);
  ASSERT_EQ(signed_in.status, 201) << signed_in.body;
  const std::string cookie(signed_in.headers.get("Set-Cookie"));
  EXPECT_TRUE(cookie.starts_with("__Host-mailward=")) << cookie;
  for (const char* part : {"; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"}) {
    EXPECT_NE(cookie.find(part), std::string::npos) << part;
  }
  EXPECT_EQ(json_of(signed_in).at("user").at("roles"), Json({"administrator"}));
  EXPECT_EQ(browser.send("GET", "/connections").status, 200);
  const auto made = browser.send("POST", "/connections", form("session"));
  EXPECT_EQ(made.status, 201) << made.body;
  EXPECT_EQ(browser.send("DELETE", "/session").status, 204);
  EXPECT_EQ(browser.send("GET", "/connections").status, 401);
}

TEST_F(OverTls, a_wrong_password_and_an_unknown_name_are_told_alike) {
  Browser browser(*service_);
  const auto wrong = browser.sign_in("olaf", "not this one at all");
  const auto unknown = browser.sign_in("nobody", "not this one at all");
  EXPECT_EQ(wrong.status, 401);
  EXPECT_EQ(unknown.status, 401);
  Json one = json_of(wrong);
  Json other = json_of(unknown);
  one.erase("request_id");
  other.erase("request_id");
  EXPECT_EQ(one, other);
  EXPECT_EQ(wrong.headers.find("Set-Cookie"), nullptr);
}

TEST_F(OverTls, what_changes_something_needs_the_csrf_token) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  browser.set_csrf("");
  const auto without = browser.send("POST", "/connections", form("csrf"));
  EXPECT_EQ(without.status, 403);
  EXPECT_EQ(json_of(without).at("code"), "api.csrf");
  browser.set_csrf(std::string(64, '0'));
  EXPECT_EQ(browser.send("POST", "/connections", form("csrf")).status, 403);
  EXPECT_EQ(browser.send("GET", "/connections").status, 200);
}

TEST_F(OverTls, other_sites_and_other_names_are_refused) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  http::ClientRequest request{.method = "GET", .url = browser.url() + "/api/v1/connections", .headers = {}, .body = {}};
  request.headers.set("Cookie", browser.cookie());
  EXPECT_EQ(browser.raw(request).status, 200);
  request.headers.set("Origin", "https://evil.example");
  EXPECT_EQ(browser.raw(request).status, 403);
  request.headers.remove("Origin");
  request.headers.set("Sec-Fetch-Site", "cross-site");
  EXPECT_EQ(browser.raw(request).status, 403);
  request.headers.remove("Sec-Fetch-Site");
  request.headers.set("Host", "evil.example");
  const auto rebound = browser.raw(request);
  EXPECT_EQ(rebound.status, 421);
  EXPECT_EQ(json_of(rebound).at("code"), "api.wrong_host");
}

TEST_F(OverTls, every_answer_bears_the_headers_that_bind_a_browser) {
  Browser browser(*service_);
  for (const char* path : {"/api/v1/session", "/api/v1/openapi.json", "/", "/api/v1/nothing", "/nothing.js"}) {
    const auto answer = browser.raw({.method = "GET", .url = browser.url() + path, .headers = {}, .body = {}});
    EXPECT_NE(answer.headers.get("Content-Security-Policy").find("default-src 'none'"), std::string::npos) << path;
    EXPECT_EQ(answer.headers.get("X-Content-Type-Options"), "nosniff") << path;
    EXPECT_EQ(answer.headers.get("Referrer-Policy"), "no-referrer") << path;
  }
}

TEST_F(OverTls, a_token_opens_what_its_rights_name) {
  Browser browser(*service_);
  const std::string token = make_token(*service_, "olaf", "see_connections");
  http::ClientRequest request{.method = "GET", .url = browser.url() + "/api/v1/connections", .headers = {}, .body = {}};
  request.headers.set("Authorization", "Bearer " + token);
  EXPECT_EQ(browser.raw(request).status, 200);
  request.url = browser.url() + "/api/v1/runs";
  EXPECT_EQ(browser.raw(request).status, 403);
  request.headers.set("Authorization",
                      "Bearer " + token.substr(0, token.size() - 1) + (token.back() == '0' ? "1" : "0"));
  EXPECT_EQ(browser.raw(request).status, 401);
}

TEST_F(OverTls, strangers_send_little) {
  Browser browser(*service_);
  EXPECT_EQ(browser.sign_in("alice", std::string(20'000, 'x')).status, 413);
}

TEST_F(OverTls, a_token_reaches_no_other_token) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  const std::string token = make_token(*service_, "alice", "see_status");
  const std::string id = json_of(browser.send("GET", "/tokens")).at("tokens").at(0).at("id");
  http::ClientRequest request{
      .method = "DELETE", .url = browser.url() + "/api/v1/tokens/" + id, .headers = {}, .body = {}};
  request.headers.set("Authorization", "Bearer " + token);
  EXPECT_EQ(browser.raw(request).status, 403);
  request.method = "GET";
  request.url = browser.url() + "/api/v1/tokens";
  EXPECT_EQ(browser.raw(request).status, 403);
  EXPECT_EQ(browser.send("DELETE", "/tokens/" + id).status, 204);
}

TEST_F(OverTls, whoever_must_enrol_makes_no_token) {
  make_user(*service_, "ursula", "analyst", kPassword);
  EXPECT_EQ(service_->cli({"user", "role", "analyst", "--require-totp", "yes"}).code, 0);
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("ursula", kPassword).status, 201);
  const Json form{{"description", "x"}, {"rights", {"see_status"}}};
  EXPECT_EQ(browser.send("POST", "/tokens", form).status, 422);
  EXPECT_EQ(service_->cli({"user", "role", "analyst", "--require-totp", "no"}).code, 0);
  EXPECT_EQ(browser.send("POST", "/tokens", form).status, 201);
}

/// With what was asked for; what stands in the query is nobody's business.
TEST_F(OverTls, a_refused_csrf_token_stands_in_the_trail) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  const std::string csrf = browser.csrf();
  browser.set_csrf("");
  EXPECT_EQ(browser.send("POST", "/accounts/svc-mailward@example.test/rotate?word=Wanderer").status, 403);
  browser.set_csrf(csrf);
  const Json refused = json_of(browser.send("GET", "/audit?limit=1&action=request.refused")).at("entries").at(0);
  EXPECT_EQ(refused.at("details").at("reason"), "csrf");
  EXPECT_EQ(refused.at("details").at("route"), "/accounts/{id}/rotate");
  EXPECT_EQ(refused.at("details").at("path"), "/accounts/svc-mailward@example.test/rotate");
  EXPECT_EQ(refused.dump().find("Wanderer"), std::string::npos) << refused.dump();
}

TEST_F(OverTls, the_trail_says_from_where_and_with_which_token) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  const auto newest = [&](const std::string& query) {
    return json_of(browser.send("GET", "/audit?limit=1&" + query)).at("entries").at(0);
  };
  EXPECT_EQ(newest("action=session.create").at("source"), "127.0.0.1");
  EXPECT_EQ(newest("action=session.create").at("token"), "");
  EXPECT_EQ(newest("action=user.create").at("source"), "") << "over the local socket";

  const std::string token = make_token(*service_, "alice", "see_connections");
  const std::string id = newest("action=token.create").at("object_id");
  http::ClientRequest request{.method = "GET", .url = browser.url() + "/api/v1/runs", .headers = {}, .body = {}};
  request.headers.set("Authorization", "Bearer " + token);
  EXPECT_EQ(browser.raw(request).status, 403);
  const Json refused = newest("action=request.refused&source=127.0.0.1");
  EXPECT_EQ(refused.at("token"), id);
  EXPECT_EQ(refused.at("actor"), newest("action=session.create").at("actor"));
  EXPECT_TRUE(json_of(browser.send("GET", "/audit?source=192.0.2.1")).at("entries").empty());
}

TEST_F(OverTls, the_command_line_comes_from_elsewhere_with_a_token) {
  const auto token_file = folder_->path() / "token";
  {
    std::ofstream(token_file) << make_token(*service_, "alice", "see_status") << "\n";
  }
  std::filesystem::permissions(token_file, std::filesystem::perms::owner_read);
  const std::vector<std::string> place{"--server",     service_->console_url(),
                                       "--server-ca",  (service_->state() / "tls" / "self-signed.crt").string(),
                                       "--token-file", token_file.string()};
  std::vector<std::string> words{"status"};
  words.insert(words.end(), place.begin(), place.end());
  const Ended status = run_mailward(words);
  EXPECT_EQ(status.code, 0) << status.err;
  words[0] = "user";
  words.insert(words.begin() + 1, "list");
  const Ended users = run_mailward(words);
  EXPECT_EQ(users.code, 1);
  EXPECT_NE(users.err.find("see_users"), std::string::npos) << users.err;
  const Ended untrusted =
      run_mailward({"status", "--server", service_->console_url(), "--token-file", token_file.string()});
  EXPECT_EQ(untrusted.code, 5);
  EXPECT_NE(untrusted.err.find("--server-ca"), std::string::npos) << untrusted.err;
}

TEST_F(OverTls, the_request_id_of_the_browser_leads_into_the_log) {
  Browser browser(*service_);
  const std::string id = "0b5a2f5e-6f0a-4d8e-9b3f-0a1b2c3d4e5f";
  http::ClientRequest request{.method = "GET", .url = browser.url() + "/api/v1/session", .headers = {}, .body = {}};
  request.headers.set("X-Request-Id", id);
  EXPECT_EQ(browser.raw(request).headers.get("X-Request-Id"), id);
  EXPECT_NE(service_->log().find(id), std::string::npos);
  request.headers.set("X-Request-Id", "forged\" level=error");
  EXPECT_NE(browser.raw(request).headers.get("X-Request-Id").find('-'), std::string::npos);
  EXPECT_EQ(service_->log().find("forged"), std::string::npos);
}

TEST_F(OverTls, the_last_administrator_stays) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  const Json alice = json_of(browser.send("GET", "/users/alice"));
  Json change{{"version", alice.at("version")}, {"roles", {"auditor"}}};
  const auto refused = browser.send("PUT", "/users/alice", change);
  EXPECT_EQ(refused.status, 409) << refused.body;
  EXPECT_EQ(json_of(refused).at("code"), "access.last_administrator");
}

TEST_F(OverTls, no_secret_stands_in_the_log) {
  Browser browser(*service_);
  ASSERT_EQ(browser.sign_in("alice", kPassword).status, 201);
  const std::string token = make_token(*service_, "alice", "see_status");
  const std::string session = browser.cookie().substr(browser.cookie().find('=') + 1);
  const std::string log = service_->log();
  for (const std::string& secret :
       {std::string(kPassword), std::string(kMailboxPassword), token, session, browser.csrf()}) {
    EXPECT_EQ(log.find(secret), std::string::npos);
  }
  EXPECT_NE(log.find("caller=user:"), std::string::npos);
}

}  // namespace
}  // namespace mailward::testing
