// Secrets and plans over the real service: who is asked for what, approval by name, and the report.
#include <set>

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "tests/api/browser.h"
#include "tests/app/service_process.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

constexpr const char* kAnnasPassword = "seven herons over the weir";
constexpr const char* kBertsPassword = "nine otters under the bridge";

class RenewalsOverTheApi : public ::testing::Test {
 protected:
  RenewalsOverTheApi() : service_(folder_.path() / "state") {
    make_user(service_, "anna", "administrator", kAnnasPassword);
    make_user(service_, "bert", "administrator", kBertsPassword);
  }
  Ended run(const std::vector<std::string>& arguments, int code = 0, const std::string& password = {}) {
    Ended ended = service_.cli(arguments, {.on_fd_3 = password});
    EXPECT_EQ(ended.code, code) << ended.out << ended.err;
    return ended;
  }
  Json data(std::vector<std::string> arguments) {
    arguments.emplace_back("--json");
    return Json::parse(run(arguments).out, nullptr, false);
  }
  std::string state_of(const std::string& plan) {
    return data({"secrets", "renewal", "show", plan}).value("state", "");
  }

  TemporaryFolder folder_;
  ServiceProcess service_;
};

TEST_F(RenewalsOverTheApi, every_key_and_file_stands_in_the_list) {
  std::set<std::string> kinds;
  for (const Json& one : data({"secrets", "list"}).at("secrets")) kinds.insert(one.at("kind").get<std::string>());
  for (const char* kind : {"master_key", "sub_key", "tls_key", "user_password"})
    EXPECT_TRUE(kinds.contains(kind)) << kind;
  const Ended due = run({"secrets", "list", "--due"});
  EXPECT_NE(due.out.find("Nothing is due"), std::string::npos) << due.out;
  run({"secrets", "policy", "--age", "no_such_kind=3"}, 1);
  EXPECT_NE(run({"secrets", "policy", "--age", "master_key=30"}).out.find("30 d"), std::string::npos);
}

TEST_F(RenewalsOverTheApi, a_plan_runs_on_the_command_line_and_the_certificate_is_another) {
  const std::string before =
      data({"secrets", "renew", "--dry-run", "--only", "tls_key"}).at("items")[0].at("before").dump();
  const Ended unasked = run({"secrets", "renew", "--only", "master_key"}, 1);
  EXPECT_NE(unasked.err.find("nothing was changed"), std::string::npos) << unasked.err;
  const Ended renewed = run({"secrets", "renew", "--yes", "--only", "master_key", "--only", "tls_key"});
  EXPECT_NE(renewed.out.find("finished"), std::string::npos) << renewed.out;
  const Json plan = data({"secrets", "renewals"}).at("renewals")[0];
  EXPECT_EQ(plan.at("state"), "finished");
  const std::string id = plan.at("id");
  const std::string page = (folder_.path() / "report.html").string();
  run({"secrets", "renewal", "report", id, page});
  const Json report = Json::parse(run({"secrets", "renewal", "report", id}).out);
  EXPECT_EQ(report.at("items").size(), 2U);
  EXPECT_NE(report.at("items")[1].at("after").dump(), before);
  // The running service takes the new pair up, and the console answers with it.
  EXPECT_TRUE(wait_for([&] { return service_.log().find("certificate reloaded") != std::string::npos; }));
  Browser browser(service_);
  EXPECT_EQ(browser.sign_in("anna", kAnnasPassword).status, 201);
}

TEST_F(RenewalsOverTheApi, over_the_local_socket_the_approver_proves_who_he_is) {
  run({"secrets", "policy", "--approval", "yes"});
  EXPECT_NE(run({"secrets", "renew", "--yes", "--only", "master_key"}, 1).err.find("the person must be named"),
            std::string::npos);
  run({"secrets", "renew", "--yes", "--only", "master_key", "--user", "anna", "--password-fd", "3"}, 1, "not hers");
  run({"secrets", "renew", "--yes", "--only", "master_key", "--user", "anna", "--password-fd", "3"}, 0, kAnnasPassword);
  const Json asked = data({"secrets", "renewals"}).at("renewals")[0];
  EXPECT_EQ(asked.at("asked_by").at("name"), "anna");
  const std::string own = asked.at("id");
  run({"secrets", "renewal", "approve", own, "--user", "anna", "--password-fd", "3"}, 1, kAnnasPassword);
  EXPECT_EQ(state_of(own), "awaiting_approval");
  run({"secrets", "renewal", "close", own});

  Browser anna(service_);
  ASSERT_EQ(anna.sign_in("anna", kAnnasPassword).status, 201);
  EXPECT_EQ(anna.send("POST", "/renewals", {{"user", "bert"}, {"password", kBertsPassword}}).status, 422)
      << "it is the signed-in user";
  const auto made = anna.send("POST", "/renewals", {{"only", {"master_key"}}});
  ASSERT_EQ(made.status, 201) << made.body;
  const std::string id = json_of(made).at("id");
  EXPECT_EQ(json_of(made).at("state"), "awaiting_approval");
  EXPECT_EQ(anna.send("POST", "/renewals/" + id + "/start").status, 409);
  EXPECT_EQ(anna.send("POST", "/renewals/" + id + "/approve").status, 403) << "nobody approves his own";
  run({"secrets", "renewal", "approve", id, "--user", "bert", "--password-fd", "3"}, 1, "not his password");
  run({"secrets", "renewal", "approve", id, "--user", "anna", "--password-fd", "3"}, 1, kAnnasPassword);
  EXPECT_EQ(state_of(id), "awaiting_approval");
  run({"secrets", "renewal", "approve", id, "--user", "bert", "--password-fd", "3"}, 0, kBertsPassword);
  run({"secrets", "renewal", "start", id});
  EXPECT_EQ(state_of(id), "finished");
  const auto page = anna.send("GET", "/renewals/" + id + "/report?format=html");
  EXPECT_EQ(page.headers.get("Content-Type"), "text/html; charset=utf-8");
  EXPECT_NE(page.headers.get("Content-Disposition").find("attachment"), std::string::npos);
  EXPECT_NE(page.body.find("bert"), std::string::npos) << "who approved";
  EXPECT_EQ(page.body.find(kBertsPassword), std::string::npos);
  EXPECT_EQ(service_.log().find(kBertsPassword), std::string::npos);
  run({"audit", "verify"});
}

}  // namespace
}  // namespace mailward::testing
