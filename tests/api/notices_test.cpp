// Who may do what with notices, and what he is shown.
#include <gtest/gtest.h>

#include <algorithm>

#include "notify/notice.h"
#include "tests/api/browser.h"
#include "tests/product_support/product.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kPassword = "seven herons over the weir";

class NoticesOverTheApi : public ::testing::Test {
 protected:
  NoticesOverTheApi() : service_(folder_.path() / "state"), admin_(service_), analyst_(service_) {
    make_user(service_, "alice", "administrator", kPassword);
    make_user(service_, "bob", "analyst", kPassword);
    EXPECT_EQ(admin_.sign_in("alice", kPassword).status, 201);
    EXPECT_EQ(analyst_.sign_in("bob", kPassword).status, 201);
  }
  Json add(const Json& form) {
    const auto made = admin_.send("POST", "/notices/channels", form);
    EXPECT_EQ(made.status, 201) << made.body;
    return json_of(made);
  }
  Json add_relay() {
    return add({{"name", "House relay"},
                {"host", "mail.example.test"},
                {"from", "mailward@example.test"},
                {"user", "mailward"},
                {"password", "relay password"}});
  }
  Json add_webhook() {
    return add({{"name", "On call"}, {"kind", "webhook"}, {"url", "https://hooks.example.test/a/secret/path"}});
  }

  /// As a part of the service would, in a transaction of its own.
  void post(const std::string& kind) {
    const auto database =
        must(db::Database::open({.url = "sqlite:" + (service_.state() / "mailward.db").string()}, db::OpenAs::guest));
    must(database->transaction([&](db::Transaction& tx) {
      return notify::post(tx, {.kind = kind, .subject = "relay:1", .title = kind, .text = "…"}, Clock::system().now());
    }));
  }

  TemporaryFolder folder_;
  ServiceProcess service_;
  Browser admin_;
  Browser analyst_;
};

TEST_F(NoticesOverTheApi, one_subscribes_oneself_and_nobody_else) {
  const Json relay = add_relay();
  const Json hook = add_webhook();
  const Json own{{"channel", relay["id"]}, {"address", "bob@example.test"}, {"kinds", {"rotation_failed"}}};
  const auto saved = analyst_.send("PUT", "/notices/subscriptions", own);
  ASSERT_EQ(saved.status, 200) << saved.body;
  EXPECT_TRUE(json_of(saved)["mine"].get<bool>());

  Json others = own;
  others["user"] = "alice";
  EXPECT_EQ(analyst_.send("PUT", "/notices/subscriptions", others).status, 403);
  Json house = own;
  house["house"] = true;
  EXPECT_EQ(analyst_.send("PUT", "/notices/subscriptions", house).status, 403);
  EXPECT_EQ(analyst_.send("PUT", "/notices/subscriptions", {{"channel", hook["id"]}, {"all", true}}).status, 403);

  const auto hers = admin_.send("PUT", "/notices/subscriptions",
                                {{"channel", "House relay"}, {"address", "alice@example.test"}, {"all", true}});
  ASSERT_EQ(hers.status, 200) << hers.body;
  EXPECT_EQ(json_of(analyst_.send("GET", "/notices/subscriptions"))["subscriptions"].size(), 1U);
  EXPECT_EQ(json_of(admin_.send("GET", "/notices/subscriptions"))["subscriptions"].size(), 2U);
  const std::string path = "/notices/subscriptions/";
  EXPECT_EQ(analyst_.send("DELETE", path + json_of(hers)["id"].get<std::string>()).status, 403);
  EXPECT_EQ(analyst_.send("DELETE", path + json_of(saved)["id"].get<std::string>()).status, 204);
  EXPECT_EQ(analyst_.send("DELETE", path + json_of(saved)["id"].get<std::string>()).status, 404);
}

TEST_F(NoticesOverTheApi, nobody_hears_of_what_he_may_not_see) {
  const Json relay = add_relay();
  const auto kinds = [](Browser& browser) {
    std::vector<std::string> names;
    const Json all = json_of(browser.send("GET", "/notices/kinds"));
    for (const Json& one : all["kinds"]) names.push_back(one["name"]);
    return names;
  };
  const auto has = [](const std::vector<std::string>& names, const char* name) {
    return std::ranges::find(names, name) != names.end();
  };
  EXPECT_TRUE(has(kinds(admin_), "secret_due"));
  EXPECT_FALSE(has(kinds(analyst_), "secret_due"));
  EXPECT_TRUE(has(kinds(analyst_), "rotation_failed"));
  const Json keys{{"channel", relay["id"]}, {"address", "bob@example.test"}, {"kinds", {"secret_due"}}};
  EXPECT_EQ(analyst_.send("PUT", "/notices/subscriptions", keys).status, 403);
  post("secret_due");
  post("rotation_failed");
  const Json hers = json_of(admin_.send("GET", "/notices"))["notices"];
  EXPECT_EQ(hers.size(), 2U);
  const Json his = json_of(analyst_.send("GET", "/notices"))["notices"];
  ASSERT_EQ(his.size(), 1U);
  EXPECT_EQ(his[0]["kind"], "rotation_failed");
  for (const Json& one : hers) {
    const std::string path = "/notices/" + one["id"].get<std::string>();
    EXPECT_EQ(analyst_.send("GET", path).status, one["kind"] == "secret_due" ? 404 : 200);
  }
}

TEST_F(NoticesOverTheApi, an_own_address_is_confirmed_by_a_code_and_vouched_for_by_who_may) {
  const Json relay = add_relay();
  const Json own{{"channel", relay["id"]}, {"address", "bob@example.test"}, {"all", true}};
  const Json his = json_of(analyst_.send("PUT", "/notices/subscriptions", own));
  EXPECT_TRUE(his["confirmed"].is_null());
  const std::string path = "/notices/subscriptions/" + his["id"].get<std::string>();
  EXPECT_EQ(json_of(analyst_.send("POST", path + "/confirm", {{"code", "12345678"}}))["code"], "notify.wrong_code");
  Json vouched = own;
  vouched["user"] = "bob";
  EXPECT_FALSE(json_of(admin_.send("PUT", "/notices/subscriptions", vouched))["confirmed"].is_null());
  EXPECT_FALSE(json_of(analyst_.send("PUT", "/notices/subscriptions", own))["confirmed"].is_null());
  const Json hers = json_of(admin_.send("PUT", "/notices/subscriptions",
                                        {{"channel", relay["id"]}, {"address", "alice@example.test"}, {"all", true}}));
  EXPECT_EQ(analyst_.send("POST", "/notices/subscriptions/" + hers["id"].get<std::string>() + "/code").status, 403);
}

TEST_F(NoticesOverTheApi, a_webhooks_path_is_for_those_who_may_change_it) {
  const Json hook = add_webhook();
  EXPECT_EQ(hook["url"], "https://hooks.example.test/a/secret/path");
  for (const std::string& path :
       {std::string("/notices/channels"), "/notices/channels/" + hook["id"].get<std::string>()}) {
    const auto seen = analyst_.send("GET", path);
    EXPECT_EQ(seen.status, 200);
    EXPECT_EQ(seen.body.find("secret"), std::string::npos) << seen.body;
    EXPECT_NE(seen.body.find("https://hooks.example.test/"), std::string::npos) << seen.body;
  }
  EXPECT_EQ(service_.log().find("a/secret"), std::string::npos);
}

TEST_F(NoticesOverTheApi, forms_are_told_what_is_wrong_member_by_member) {
  const auto refused = admin_.send("POST", "/notices/channels",
                                   {{"name", ""}, {"host", "no host"}, {"from", "nobody"}, {"security", "ssl"}});
  EXPECT_EQ(refused.status, 422);
  for (const char* field : {"host", "from", "security"}) {
    EXPECT_NE(refused.body.find("\"field\":\"" + std::string(field) + "\""), std::string::npos) << refused.body;
  }
  Json relay = add_relay();
  const std::string path = "/notices/channels/" + relay["id"].get<std::string>();
  const Json moved{{"version", relay["version"]},
                   {"name", "House relay"},
                   {"host", "evil.example.test"},
                   {"from", "mailward@example.test"},
                   {"user", "mailward"}};
  const auto typed = admin_.send("PUT", path, moved);
  EXPECT_EQ(typed.status, 422);
  EXPECT_EQ(json_of(typed)["code"], "notify.password_must_be_typed") << typed.body;
  EXPECT_EQ(admin_.send("DELETE", path + "?version=7").status, 409);
  EXPECT_EQ(admin_.send("DELETE", path + "?version=1").status, 204);
}

TEST_F(NoticesOverTheApi, whoever_is_deleted_takes_his_subscriptions_along) {
  add_relay();
  const Json own{{"channel", "House relay"}, {"address", "bob@example.test"}, {"all", true}};
  ASSERT_EQ(analyst_.send("PUT", "/notices/subscriptions", own).status, 200);
  const Json bob = json_of(admin_.send("GET", "/users/bob"));
  ASSERT_EQ(admin_.send("DELETE", "/users/bob?version=" + std::to_string(bob["version"].get<int>())).status, 204);
  EXPECT_TRUE(json_of(admin_.send("GET", "/notices/subscriptions"))["subscriptions"].empty());
}

}  // namespace
}  // namespace mailward::testing
