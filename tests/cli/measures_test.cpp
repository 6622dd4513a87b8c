// Recommended measures on the command line, against a real service and a sample Exchange.
#include <fstream>
#include <memory>
#include <sstream>

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include "base/clock.h"
#include "tests/app/service_process.h"
#include "tests/support/exchange_simulator.h"
#include "tests/support/paths.h"

namespace mailward::testing {
namespace {

using Json = nlohmann::json;

/// "2027-01-31", so many days from now.
std::string day_in(int days) {
  return format_timestamp(Clock::system().now() + std::chrono::days(days)).substr(0, 10);
}

class MeasuresCli : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto config = folder_.path() / "mailward.toml";
    std::string ports = std::to_string(exchange_.port());
    for (const auto& front_end : exchange_.front_ends()) {
      ports += ", " + front_end.address.substr(front_end.address.rfind(':') + 1);
    }
    const std::string address = exchange_.url().substr(8, exchange_.url().find(':', 8) - 8);
    std::ofstream(config) << "[network]\nallowed_destinations = [\"127.0.0.0/8\"]\nallowed_ports = [443, " << ports
                          << "]\n[network.hosts]\n\"" << exchange_.host() << "\" = [\"" << address << "\"]\n";
    service_ = std::make_unique<ServiceProcess>(folder_.path() / "state",
                                                std::vector<std::string>{"--config", config.string()});
    const std::string url =
        "https://" + exchange_.host() + ":" + std::to_string(exchange_.port()) + "/EWS/Exchange.asmx";
    const Ended added =
        service_->cli({"connection", "add", "--json", "--description", "Sample", "--ews-url", url, "--master-mailbox",
                       "svc-mailward@example.test", "--trust-file", exchange_.ca_file().string(), "--mailbox-check",
                       "usera@example.test", "--heartbeat", "0", "--password-fd", "3"},
                      {.on_fd_3 = "Sample-Passw0rd!\n"});
    ASSERT_EQ(added.code, 0) << added.err;
    connection_ = Json::parse(added.out).at("id");
    ASSERT_EQ(service_->cli({"connection", "test", connection_}).code, 0);
  }
  Json line(const std::string& id) {
    const Ended listed = service_->cli({"measures", "list", "--json"});
    EXPECT_EQ(listed.code, 0) << listed.err;
    for (const Json& one : Json::parse(listed.out).at("measures")) {
      if (one.at("id") == id) return one;
    }
    ADD_FAILURE() << "no line " << id;
    return {};
  }

  TemporaryFolder folder_;
  ExchangeSimulator exchange_;
  std::unique_ptr<ServiceProcess> service_;
  std::string connection_;
};

TEST_F(MeasuresCli, lists_what_is_to_be_done_and_how) {
  const Ended listed = service_->cli({"measures", "list", "--connection", "Sample"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_NE(listed.out.find("to do now     EWS offers Basic"), std::string::npos) << listed.out;
  EXPECT_NE(listed.out.find("what to do: On each Exchange server"), std::string::npos);
  EXPECT_NE(listed.out.find("asked for by: NSA, CISA"), std::string::npos);
  EXPECT_NE(listed.out.find("--all"), std::string::npos);
  EXPECT_EQ(listed.out.find("master key"), std::string::npos) << "the installation is no part of a connection";
  const Ended all = service_->cli({"measures", "list", "--all"});
  EXPECT_NE(all.out.find("Master key is younger than a year"), std::string::npos) << all.out;
}

TEST_F(MeasuresCli, reads_anew_step_by_step) {
  EXPECT_EQ(line("tls_versions").at("state"), "cannot_tell");
  const Ended read = service_->cli({"measures", "refresh"});
  EXPECT_EQ(read.code, 0) << read.out << read.err;
  EXPECT_NE(read.out.find("read anew"), std::string::npos) << read.out;
  EXPECT_EQ(line("tls_versions").at("state"), "ok");
  EXPECT_EQ(line("password_age").at("state"), "cannot_tell") << "no directory is named";
}

TEST_F(MeasuresCli, accepts_for_a_time_and_no_longer) {
  const std::string subject = line("basic_offered").at("subject");
  const Ended nothing = service_->cli(
      {"measures", "accept", "basic_offered", "--subject", subject, "--reason", "old scanners", "--until", day_in(-1)});
  EXPECT_EQ(nothing.code, 1) << nothing.out;
  EXPECT_NE(nothing.err.find("at most 366 days"), std::string::npos) << nothing.err;
  const Ended accepted = service_->cli(
      {"measures", "accept", "basic_offered", "--subject", subject, "--reason", "old scanners", "--until", day_in(30)});
  EXPECT_EQ(accepted.code, 0) << accepted.err;
  EXPECT_EQ(line("basic_offered").at("state"), "accepted");
  EXPECT_EQ(line("basic_offered").at("acceptance").at("reason"), "old scanners");
  // Another front end that offers it, or the same: what was accepted holds for those that were seen.
  const Ended withdrawn = service_->cli({"measures", "withdraw", "basic_offered", "--subject", subject});
  EXPECT_EQ(withdrawn.code, 0) << withdrawn.err;
  EXPECT_EQ(line("basic_offered").at("state"), "to_do");
  EXPECT_EQ(service_->cli({"measures", "withdraw", "basic_offered", "--subject", subject}).code, 1);
}

TEST_F(MeasuresCli, writes_a_page_and_data_that_only_their_owner_reads) {
  for (const char* ending : {"html", "json"}) {
    const auto file = folder_.path() / (std::string("measures.") + ending);
    const Ended written = service_->cli({"measures", "export", file.string()});
    EXPECT_EQ(written.code, 0) << written.err;
    struct stat about{};
    ASSERT_EQ(::stat(file.c_str(), &about), 0);
    EXPECT_EQ(about.st_mode & 0777, 0600u);
    std::stringstream text;
    text << std::ifstream(file).rdbuf();
    EXPECT_NE(text.str().find("EWS offers Basic"), std::string::npos);
    EXPECT_EQ(text.str().find("Sample-Passw0rd!"), std::string::npos);
  }
  EXPECT_EQ(service_->cli({"measures", "export", (folder_.path() / "measures.txt").string()}).code, 2);
}

}  // namespace
}  // namespace mailward::testing
