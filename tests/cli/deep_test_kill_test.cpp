// A deep test whose process is killed in the middle: the next one finds what is left by its mark and removes it.
#include <fstream>
#include <thread>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "tests/app/service_process.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

class DeepTestKill : public ::testing::Test {
 protected:
  DeepTestKill() {
    const std::string address = exchange_.url().substr(8, exchange_.url().find(':', 8) - 8);
    std::ofstream(config()) << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = ["
                            << exchange_.port() << "]\n[network.hosts]\n\"" << exchange_.host() << "\" = [\"" << address
                            << "\"]\n";
    service_ = start();
  }
  std::string config() const { return (folder_.path() / "mailward.toml").string(); }
  std::unique_ptr<ServiceProcess> start() const {
    return std::make_unique<ServiceProcess>(folder_.path() / "state", std::vector<std::string>{"--config", config()});
  }
  std::string contents() const { return exchange_.control("GET", "/control/mailboxes/usera@example.test/folders"); }
  std::string add() const {
    const std::string url =
        "https://" + exchange_.host() + ":" + std::to_string(exchange_.port()) + "/EWS/Exchange.asmx";
    const Ended added =
        service_->cli({"connection", "add", "--json", "--description", "Sample", "--ews-url", url, "--master-mailbox",
                       "svc-mailward@example.test", "--trust-file", exchange_.ca_file().string(), "--mailbox-check",
                       "usera@example.test", "--password-fd", "3"},
                      {.on_fd_3 = "Sample-Passw0rd!"});
    EXPECT_EQ(added.code, 0) << added.err;
    return Json::parse(added.out).at("id");
  }

  TemporaryFolder folder_;
  ExchangeSimulator exchange_;
  std::unique_ptr<ServiceProcess> service_;
};

TEST_F(DeepTestKill, leaves_nothing_that_the_next_one_does_not_find) {
  const std::string untouched = contents();
  const std::string id = add();
  // Each operation in turn is done, and its answer never arrives.
  for (const char* operation : {"CreateFolder", "CreateItem", "MoveItem", "DeleteItem"}) {
    SCOPED_TRACE(operation);
    exchange_.set_fault("latency", std::string(R"({"milliseconds":60000,"values":[")") + operation + R"("]})");
    const auto before = exchange_.request_count();
    std::jthread tester([&] { service_->cli({"connection", "test", id, "--deep"}); });
    const bool met = wait_for([&] {
      for (const SeenRequest& one : exchange_.requests(before)) {
        if (one.operation == operation) return true;
      }
      return false;
    });
    service_->kill_hard();
    tester.join();
    ASSERT_TRUE(met);
    EXPECT_NE(contents(), untouched) << "there is something to remove";
    exchange_.clear_faults();
    service_.reset();
    service_ = start();
    const Ended tested = service_->cli({"connection", "test", id, "--deep", "--json"});
    EXPECT_EQ(tested.code, 0) << tested.out << tested.err;
    EXPECT_NE(tested.out.find("\"leftovers_removed\""), std::string::npos) << tested.out;
    EXPECT_EQ(contents(), untouched);
  }
}

}  // namespace
}  // namespace mailward::testing
