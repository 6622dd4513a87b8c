// Who may do what: every route with every role, and with none. A route that has no line here fails.
#include <array>
#include <map>
#include <set>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "api/route.h"
#include "tests/api/browser.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

constexpr const char* kPassword = "seven herons over the weir";

/// a administrator, n analyst, o operator, u auditor, - nobody is signed in.
struct Line {
  std::string_view route;
  std::string_view may;
};

constexpr Line kMatrix[] = {
    {"GET /status", "anou"},
    {"GET /connections", "anou"},
    {"POST /connections", "a"},
    {"GET /connections/{id}", "anou"},
    {"PUT /connections/{id}", "a"},
    {"DELETE /connections/{id}", "a"},
    {"POST /connections/{id}/enable", "a"},
    {"POST /connections/{id}/disable", "a"},
    {"POST /connections/{id}/test", "ao"},
    {"POST /connection-tests", "ao"},
    {"POST /autodiscover", "ao"},
    {"POST /destinations", "anou"},
    {"POST /connections/prepare", "anou"},
    {"GET /connections/{id}/prepare", "anou"},
    {"GET /connections/{id}/heartbeats", "anou"},
    {"GET /accounts", "anou"},
    {"POST /accounts", "a"},
    {"GET /accounts/{id}", "anou"},
    {"PUT /accounts/{id}", "a"},
    {"DELETE /accounts/{id}", "a"},
    {"PUT /accounts/{id}/password", "a"},
    {"POST /accounts/{id}/rebind", ""},
    {"POST /accounts/{id}/recover", ""},
    {"POST /accounts/{id}/enable", "a"},
    {"POST /accounts/{id}/disable", "a"},
    {"POST /accounts/{id}/rotate", "a"},
    {"POST /accounts/{id}/reset-destination", "a"},
    {"PUT /accounts/{id}/reset-account", "a"},
    {"DELETE /accounts/{id}/reset-account", "a"},
    {"GET /schedule", "anou"},
    {"GET /accounts/{id}/schedule", "anou"},
    {"PUT /accounts/{id}/schedule", "a"},
    {"PUT /accounts/{id}/twin", "a"},
    {"DELETE /accounts/{id}/twin", "a"},
    {"GET /accounts/{id}/source", "anou"},
    {"PUT /accounts/{id}/source", "a"},
    {"PUT /accounts/{id}/source-command", ""},
    {"DELETE /accounts/{id}/source", "a"},
    {"GET /rotations/{id}/old-password", "anou"},
    {"POST /rotations/{id}/sign-in-events", "a"},
    {"GET /rotations", "anou"},
    {"GET /rotations/{id}", "anou"},
    {"POST /rotations/{id}/end", "a"},
    {"GET /measures", "anou"},
    {"GET /measures/export", "anou"},
    {"POST /measures/refresh", "ao"},
    {"PUT /measures/{id}/acceptance", "a"},
    {"DELETE /measures/{id}/acceptance", "a"},
    {"GET /connections/{id}/measures", "anou"},
    {"GET /directories", "anou"},
    {"POST /directories", "a"},
    {"GET /directories/{id}", "anou"},
    {"PUT /directories/{id}", "a"},
    {"DELETE /directories/{id}", "a"},
    {"GET /notices", "anou"},
    {"GET /notices/{id}", "anou"},
    {"GET /notices/kinds", "anou"},
    {"GET /notices/channels", "anou"},
    {"POST /notices/channels", "a"},
    {"GET /notices/channels/{id}", "anou"},
    {"PUT /notices/channels/{id}", "a"},
    {"DELETE /notices/channels/{id}", "a"},
    {"POST /notices/channels/{id}/test", "a"},
    {"GET /notices/subscriptions", "anou"},
    {"PUT /notices/subscriptions", "anou"},
    {"POST /notices/subscriptions/{id}/code", "anou"},
    {"POST /notices/subscriptions/{id}/confirm", "anou"},
    {"DELETE /notices/subscriptions/{id}", "anou"},
    {"GET /runs", "anou"},
    {"GET /runs/{id}", "anou"},
    {"POST /runs/{id}/cancel", "ao"},
    {"GET /runs/{id}/events", "anou"},
    {"GET /audit", "au"},
    {"POST /audit/verify", "au"},
    {"GET /keys", "au"},
    {"POST /keys/recovery", ""},
    {"GET /secrets", "au"},
    {"PUT /secrets/policy", "a"},
    {"POST /renewals", "a"},
    {"GET /renewals", "au"},
    {"GET /renewals/{id}", "au"},
    {"GET /renewals/{id}/report", "au"},
    {"POST /renewals/{id}/approve", "a"},
    {"POST /renewals/{id}/start", "a"},
    {"POST /renewals/{id}/retry", "a"},
    {"POST /renewals/{id}/close", "a"},
    {"POST /session", "anou-"},
    {"GET /session", "anou"},
    {"POST /session/confirm", "anou"},
    {"GET /sessions", "anou"},
    {"DELETE /sessions", "anou"},
    {"DELETE /sessions/{id}", "anou"},
    {"PUT /profile", "anou"},
    {"PUT /profile/password", "anou"},
    {"POST /profile/totp", "anou"},
    {"POST /profile/totp/prove", "anou"},
    {"DELETE /profile/totp", "anou"},
    {"GET /users", "au"},
    {"POST /users", "a"},
    {"GET /users/{id}", "au"},
    {"PUT /users/{id}", "a"},
    {"DELETE /users/{id}", "a"},
    {"POST /users/{id}/reset", "a"},
    {"POST /users/{id}/totp-reset", "a"},
    {"GET /roles", "au"},
    {"PUT /roles/{name}", "a"},
    {"POST /invitations/open", "anou-"},
    {"POST /invitations/accept", "anou-"},
    {"GET /tokens", "anou"},
    {"POST /tokens", "anou"},
    {"DELETE /tokens/{id}", "anou"},
    {"GET /openapi.json", "anou-"},
    {"DELETE /session", "anou"},
    // Not asked here, for it never ends; the_event_stream_needs_its_right asks.
    {"GET /events", "anou"},
};

/// With ids of nothing, so that what is allowed does nothing.
std::string path_of(std::string_view pattern) {
  std::string path;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    path += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    pattern.remove_prefix(pattern.find('}') + 1);
    path += "0000000000001";
  }
  return path;
}

bool let_in(const http::Response& answer) {
  const auto json = json_of(answer);
  const std::string code = json.is_object() ? json.value("code", "") : "";
  EXPECT_NE(answer.status, 500) << answer.body;
  return code != "api.forbidden" && code != "access.not_signed_in" && code != "api.csrf" &&
         code != "api.confirm_sign_in" && code != "api.person_needed";
}

class RoleMatrix : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TemporaryFolder>();
    service_ = std::make_unique<ServiceProcess>(folder_->path() / "state");
    for (const auto& [letter, role] : kRoles) make_user(*service_, role, role, kPassword);
  }
  static void TearDownTestSuite() {
    service_.reset();
    folder_.reset();
  }
  static constexpr std::array<std::pair<char, const char*>, 4> kRoles{
      {{'a', "administrator"}, {'n', "analyst"}, {'o', "operator"}, {'u', "auditor"}}};
  static void walk(Browser& browser, char who) {
    for (const Line& line : kMatrix) {
      const std::string_view route = line.route;
      if (route == "GET /events") continue;
      const std::string method(route.substr(0, route.find(' ')));
      const std::string path = path_of(route.substr(route.find(' ') + 1));
      const auto answer = browser.send(method, path);
      const bool expected = line.may.find(who) != std::string_view::npos;
      EXPECT_EQ(let_in(answer), expected) << route << " as " << who << ": " << answer.status << " " << answer.body;
      if (!expected) EXPECT_TRUE(answer.status == 401 || answer.status == 403) << route << " " << answer.status;
    }
  }

  static std::unique_ptr<TemporaryFolder> folder_;
  static std::unique_ptr<ServiceProcess> service_;
};

std::unique_ptr<TemporaryFolder> RoleMatrix::folder_;
std::unique_ptr<ServiceProcess> RoleMatrix::service_;

TEST_F(RoleMatrix, has_a_line_for_every_route) {
  std::set<std::string> lines;
  for (const Line& line : kMatrix) EXPECT_TRUE(lines.emplace(line.route).second) << line.route << " stands twice";
  for (const api::Route* route : api::all_routes()) {
    const std::string name = std::string(route->method) + " " + std::string(route->pattern);
    EXPECT_EQ(lines.erase(name), 1U) << name << " has no line in the matrix: say which roles may";
  }
  EXPECT_TRUE(lines.empty()) << *lines.begin() << " is no route";
}

TEST_F(RoleMatrix, holds_for_every_role) {
  for (const auto& [letter, role] : kRoles) {
    Browser browser(*service_);
    ASSERT_EQ(browser.sign_in(role, kPassword).status, 201) << role;
    walk(browser, letter);
  }
}

TEST_F(RoleMatrix, holds_for_nobody) {
  Browser browser(*service_);
  walk(browser, '-');
}

TEST_F(RoleMatrix, the_event_stream_needs_its_right) {
  Browser browser(*service_);
  EXPECT_EQ(browser.send("GET", "/events").status, 401);
}

}  // namespace
}  // namespace mailward::testing
