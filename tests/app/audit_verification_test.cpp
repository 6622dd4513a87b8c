// `mailward audit verify` without the service, on copies that were tampered with, and the whole way through the
// service.
#include "app/audit_verification.h"

#include <csignal>
#include <fstream>

#include <sys/stat.h>
#include <nlohmann/json.hpp>

#include "audit/head_file.h"
#include "audit/trail.h"
#include "secrets/keyring.h"
#include "tests/app/service_process.h"
#include "tests/support/databases.h"

namespace mailward::app {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;
using mailward::testing::Ended;
using mailward::testing::run_mailward;
using mailward::testing::ServiceProcess;
using mailward::testing::TemporaryFolder;

class OfflineVerificationTest : public mailward::testing::OnEveryDatabase {
 protected:
  fs::path key_file() const { return folder() / "master.key"; }

  /// A trail under a real keyring, and its head file.
  void make_trail(int entries) {
    auto keyring = secrets::Keyring::open(database(), key_file());
    ASSERT_TRUE(keyring) << keyring.error().describe();
    auto key = (*keyring)->sub_key("audit");
    ASSERT_TRUE(key);
    trail_ = std::make_unique<audit::Trail>(*std::move(key), Clock::system());
    append(entries);
  }
  void append(int entries) {
    for (int i = 0; i < entries; ++i) {
      const audit::Act act{
          .by = {.actor = audit::Actor::local(0), .source = source_, .token = token_, .request_id = "r"},
          .action = "connection.edit",
          .object_kind = "connection",
          .object_id = "c" + std::to_string(i),
          .outcome = "ok",
          .details = "{}"};
      ASSERT_TRUE(database().transaction([&](db::Transaction& tx) { return trail_->append(tx, act); }));
    }
    const auto head = database().read([](db::Session& session) { return audit::Trail::head(session); });
    ASSERT_TRUE(head);
    ASSERT_TRUE(
        audit::write_head_file(audit::head_file_beside(key_file()), {.head = *head, .noted = Timestamp()}, *trail_));
  }
  void tamper(const std::string& sql) {
    const Status done = database().transaction([&](db::Transaction& tx) { return tx.execute_script(sql); });
    ASSERT_TRUE(done) << sql << ": " << done.error().describe();
  }
  /// Three entries in a database as an older program left it.
  void make_trail_without_sources(const std::string& change = {}) {
    make_trail(0);
    source_ = token_ = "";
    append(3);
    tamper(
        "DROP INDEX audit_entry_actor; DROP INDEX audit_entry_source; DROP INDEX audit_entry_request; DROP INDEX "
        "audit_entry_at; ALTER TABLE audit_entry DROP COLUMN source; ALTER TABLE audit_entry DROP COLUMN token; DELETE "
        "FROM schema_migration WHERE version >= 5; " +
        change);
  }
  /// As the command line does it, on the database as it is now.
  std::string findings() {
    if (on_sqlite()) close_database();
    const auto report = verify_offline({.database = on_sqlite() ? (folder() / "test.db").string() : url(),
                                        .master_key = key_file(),
                                        .head_file = {},
                                        .without_head_file = false,
                                        .anchor = {}});
    if (!report) return report.error().describe();
    std::string text;
    const Json json = Json::parse(*report);
    for (const Json& one : json.at("findings")) {
      text += one.at("kind").get<std::string>() + " " + one.at("number").dump() + "; ";
    }
    EXPECT_EQ(json.at("intact"), text.empty());
    return text;
  }
  std::unique_ptr<audit::Trail> trail_;
  std::string source_ = "192.0.2.7";
  std::string token_ = "t1";
};
MAILWARD_ON_EVERY_DATABASE(OfflineVerificationTest);

TEST_P(OfflineVerificationTest, every_kind_of_tampering_is_found) {
  make_trail(6);
  EXPECT_EQ(findings(), "");
  tamper("CREATE TABLE kept AS SELECT * FROM audit_entry; CREATE TABLE kept_head AS SELECT * FROM audit_head");
  const std::string restore =
      "DELETE FROM audit_entry; INSERT INTO audit_entry SELECT * FROM kept; DELETE FROM audit_head; INSERT INTO "
      "audit_head SELECT * FROM kept_head";
  struct Case {
    std::string sql;
    std::string found;
  };
  std::vector<Case> cases;
  for (const std::string column :
       {"actor", "action", "object_kind", "object_id", "outcome", "request_id", "source", "token", "details"}) {
    cases.push_back({"UPDATE audit_entry SET " + column + " = " + column + " || '1' WHERE number = 3", "changed 3; "});
  }
  cases.push_back({"UPDATE audit_entry SET at = at + 1 WHERE number = 3", "changed 3; "});
  const std::string other = on_sqlite() ? "zeroblob(32)" : "decode(repeat('00', 32), 'hex')";
  cases.push_back({"UPDATE audit_entry SET previous_mac = " + other + " WHERE number = 3", "changed 3; "});
  cases.push_back({"UPDATE audit_entry SET mac = " + other + " WHERE number = 3", "changed 3; out_of_order 4; "});
  cases.push_back({"UPDATE audit_entry SET number = 7 WHERE number = 6", "missing 7; changed 7; changed_head 7; "});
  cases.push_back({"DELETE FROM audit_entry WHERE number = 1", "missing 2; "});
  cases.push_back({"DELETE FROM audit_entry WHERE number = 4", "missing 5; "});
  cases.push_back({"DELETE FROM audit_entry WHERE number = 6", "cut_tail 6; older_database 6; "});
  cases.push_back(
      {"UPDATE audit_entry SET number = 100 WHERE number = 2; UPDATE audit_entry SET number = 2 WHERE "
       "number = 3; UPDATE audit_entry SET number = 3 WHERE number = 100",
       "changed 2; changed 3; out_of_order 4; "});
  cases.push_back(
      {"INSERT INTO audit_entry SELECT 7, at, actor, action, object_kind, object_id, outcome, request_id, "
       "details, previous_mac, mac, source, token FROM audit_entry WHERE number = 6",
       "changed 7; changed_head 7; "});
  cases.push_back(
      {"DELETE FROM audit_entry WHERE number > 4; UPDATE audit_head SET number = 4, mac = (SELECT mac FROM "
       "audit_entry WHERE number = 4)",
       "changed_head 4; older_database 5; "});
  cases.push_back({"DELETE FROM audit_head", "changed_head 6; "});
  cases.push_back({"DELETE FROM audit_entry; DELETE FROM audit_head", "older_database 1; "});
  for (const Case& one : cases) {
    tamper(one.sql);
    EXPECT_EQ(findings(), one.found) << one.sql;
    tamper(restore);
  }
  EXPECT_EQ(findings(), "");
}

TEST_P(OfflineVerificationTest, a_copy_from_before_sources_were_kept_is_verified_too) {
  make_trail_without_sources();
  EXPECT_EQ(findings(), "");
}

TEST_P(OfflineVerificationTest, a_change_in_a_copy_from_before_sources_were_kept_is_found) {
  make_trail_without_sources("UPDATE audit_entry SET actor = 'local:1' WHERE number = 2");
  EXPECT_EQ(findings(), "changed 2; ");
}

TEST_P(OfflineVerificationTest, an_older_copy_is_found_by_the_head_file) {
  make_trail(3);
  tamper("CREATE TABLE kept AS SELECT * FROM audit_entry; CREATE TABLE kept_head AS SELECT * FROM audit_head");
  append(2);
  EXPECT_EQ(findings(), "");
  tamper(
      "DELETE FROM audit_entry; INSERT INTO audit_entry SELECT * FROM kept; DELETE FROM audit_head; INSERT INTO "
      "audit_head SELECT * FROM kept_head");
  EXPECT_EQ(findings(), "older_database 4; ");
  fs::remove(audit::head_file_beside(key_file()));
  EXPECT_EQ(findings(), "no_head_file 0; ") << "gone is said, not passed over";
}

TEST_P(OfflineVerificationTest, another_master_key_verifies_nothing) {
  make_trail(2);
  fs::remove(key_file());
  EXPECT_NE(findings().find("is not there"), std::string::npos);
}

/// The whole program, on SQLite.
class AuditCommands : public ::testing::Test {
 protected:
  static Ended verify(const fs::path& database, const fs::path& key, std::vector<std::string> more = {}) {
    std::vector<std::string> words{"audit",           "verify",       "--json",    "--database",
                                   database.string(), "--master-key", key.string()};
    words.insert(words.end(), more.begin(), more.end());
    return run_mailward(words);
  }
  static void connect(const ServiceProcess& service, const std::string& name) {
    const Ended added = service.cli({"connection", "add", "--description", name, "--ews-url",
                                     "https://mail.example.test/EWS/Exchange.asmx", "--master-mailbox",
                                     name + "@example.test", "--no-password"});
    ASSERT_EQ(added.code, 0) << added.err;
  }
  fs::path state() const { return folder_.path() / "state"; }
  fs::path database() const { return state() / "mailward.db"; }
  fs::path key() const { return state() / "master.key"; }
  fs::path anchor() const { return folder_.path() / "anchor.jsonl"; }
  std::unique_ptr<ServiceProcess> start() const {
    const fs::path config = folder_.path() / "mailward.toml";
    std::ofstream(config) << "[audit]\nforward = [\"file:" << anchor().string()
                          << "\", \"syslog:" << (folder_.path() / "nobody").string() << "\"]\n";
    return std::make_unique<ServiceProcess>(state(), std::vector<std::string>{"--config", config.string()});
  }
  static std::string kinds(const Ended& ended) {
    const Json report = Json::parse(ended.out, nullptr, false);
    std::string text;
    if (!report.is_object()) return ended.err;
    for (const Json& one : report.at("findings")) text += one.at("kind").get<std::string>() + " ";
    return text;
  }
  TemporaryFolder folder_;
};

TEST_F(AuditCommands, the_trail_of_a_service_is_verified_with_it_and_without_it) {
  auto service = start();
  connect(*service, "one");
  const Ended listed = service->cli({"audit", "list", "--action", "connection.*"});
  EXPECT_EQ(listed.code, 0) << listed.err;
  EXPECT_NE(listed.out.find("connection.create"), std::string::npos) << listed.out;
  EXPECT_EQ(listed.out.find("account.create"), std::string::npos) << listed.out;
  const Ended detailed = service->cli({"audit", "list", "--verbose", "--object", "connection"});
  EXPECT_NE(detailed.out.find("one@example.test"), std::string::npos) << detailed.out;

  const auto sent = [&] {
    const Json status = Json::parse(service->cli({"status", "--json"}).out);
    return status.at("audit").at("forward").at(0).at("lag") == 0;
  };
  ASSERT_TRUE(mailward::testing::wait_for(sent));
  const Ended online = service->cli({"audit", "verify", "--anchor", anchor().string()});
  EXPECT_EQ(online.code, 0) << online.out << online.err;
  EXPECT_TRUE(online.out.starts_with("intact")) << online.out;
  // Beside the running service, which keeps what it writes in the "-wal".
  const Ended beside = verify(database(), key());
  EXPECT_EQ(beside.code, 0) << beside.out << beside.err;

  const Json status = Json::parse(service->cli({"status", "--json"}).out).at("audit");
  EXPECT_EQ(status.at("head_file").at("state"), "kept");
  EXPECT_GT(status.at("forward").at(1).at("failures"), 0);
  EXPECT_GT(status.at("forward").at(1).at("lag"), 0);
  const Ended shown = service->cli({"status"});
  EXPECT_NE(shown.out.find("FAILING SINCE"), std::string::npos) << shown.out;
  EXPECT_NE(service->log().find("audit entries cannot be sent"), std::string::npos);
  EXPECT_EQ(service->stop(), 0);
  const Ended offline = verify(database(), key(), {"--anchor", anchor().string()});
  EXPECT_EQ(offline.code, 0) << offline.out << offline.err;
  EXPECT_EQ(Json::parse(offline.out).at("head_file").at("behind"), 0) << "exact at a clean stop";
}

TEST_F(AuditCommands, a_kill_leaves_the_head_file_behind_at_most) {
  auto service = start();
  for (int i = 0; i < 5; ++i) connect(*service, "n" + std::to_string(i));
  kill(service->pid(), SIGKILL);
  service->stop();
  const Ended offline = verify(database(), key());
  EXPECT_EQ(offline.code, 0) << offline.out << offline.err;
  EXPECT_GE(Json::parse(offline.out).at("head_file").at("behind"), 0);
  service = start();
  EXPECT_EQ(service->cli({"audit", "verify"}).code, 0);
}

TEST_F(AuditCommands, copies_are_looked_at_and_left_as_they_are) {
  auto service = start();
  connect(*service, "one");
  service->stop();
  const fs::path older = folder_.path() / "older.db";
  fs::copy_file(database(), older);
  service = start();
  connect(*service, "two");
  service->stop();

  const fs::path copies = folder_.path() / "copies";
  fs::create_directory(copies);
  fs::copy_file(database(), copies / "evidence #1?.db");
  const auto before = fs::last_write_time(copies / "evidence #1?.db");
  EXPECT_EQ(verify(copies / "evidence #1?.db", key()).code, 0);
  EXPECT_EQ(fs::last_write_time(copies / "evidence #1?.db"), before);
  EXPECT_EQ(std::distance(fs::directory_iterator(copies), {}), 1) << "nothing is put beside it";

  const Ended set_back = verify(older, key());
  EXPECT_EQ(set_back.code, 10) << set_back.out << set_back.err;
  EXPECT_EQ(kinds(set_back), "older_database ");
  const Ended by_anchor = verify(older, key(), {"--without-head-file", "--anchor", anchor().string()});
  EXPECT_EQ(by_anchor.code, 10) << by_anchor.out << by_anchor.err;
  EXPECT_EQ(kinds(by_anchor), "older_database ");
  EXPECT_EQ(verify(older, key(), {"--without-head-file"}).code, 0) << "the chain alone cannot tell";

  // Put in place of the service's own: it says so, and goes on saying so.
  fs::copy_file(older, database(), fs::copy_options::overwrite_existing);
  service = start();
  const Ended through = service->cli({"audit", "verify"});
  EXPECT_EQ(through.code, 10) << through.out << through.err;
  EXPECT_TRUE(through.out.starts_with("NOT INTACT")) << through.out;
  EXPECT_NE(service->cli({"status"}).out.find("audit head file: older_database"), std::string::npos);
  EXPECT_NE(service->cli({"audit", "list"}).out.find("audit.head_file"), std::string::npos);
}

TEST_F(AuditCommands, what_cannot_be_looked_at_is_said) {
  std::ofstream(folder_.path() / "nothing.db") << "no database";
  EXPECT_EQ(verify(folder_.path() / "nothing.db", key()).code, 7);
  EXPECT_EQ(verify(folder_.path() / "absent.db", key()).code, 7);
  EXPECT_FALSE(fs::exists(folder_.path() / "absent.db"));
  auto service = start();
  connect(*service, "one");
  service->stop();
  EXPECT_EQ(verify(database(), folder_.path() / "absent.key").code, 8);
  EXPECT_EQ(verify(database(), key(), {"--anchor", (folder_.path() / "absent").string()}).code, 1);
  std::ofstream(anchor()) << "nothing\n";
  const Ended empty = verify(database(), key(), {"--anchor", anchor().string()});
  EXPECT_EQ(empty.code, 1);
  EXPECT_NE(empty.err.find("holds no entry"), std::string::npos) << empty.err;
  EXPECT_EQ(run_mailward({"audit", "verify", "--master-key", "x"}).code, 2);
}

}  // namespace
}  // namespace mailward::app
