#pragma once

#include <fstream>
#include <iterator>
#include <string>

#include "audit/entry_line.h"
#include "audit/head_file.h"
#include "audit/trail.h"
#include "audit/verification.h"
#include "tests/support/databases.h"
#include "tests/support/manual_clock.h"

namespace mailward::audit {

/// A trail with what is kept of it outside, to be tampered with.
class KeptTrail : public mailward::testing::OnEveryDatabase {
 protected:
  void append(int count, const std::string& action = "connection.edit") {
    for (int i = 0; i < count; ++i) {
      const Act act{
          .by = {.actor = Actor::local(1000), .source = "192.0.2.7", .token = {}, .request_id = "r1"},
          .action = action,
          .object_kind = "connection",
          .object_id = "c1",
          .outcome = "ok",
          .details = R"({"after":{"description":"Büro, \",\"details\":{} \\ ’"},"n":)" + std::to_string(i) + "}"};
      const auto done = database().transaction([&](db::Transaction& tx) { return trail().append(tx, act); });
      ASSERT_TRUE(done) << done.error().describe();
      time_.advance(std::chrono::microseconds(1'000'001));
    }
  }
  /// Whoever looks next is another process.
  void restart() { trails_.push_back(make()); }
  /// Behind the service's back, while it does not run.
  void tamper(const std::string& sql) {
    restart();
    const Status done = database().transaction([&](db::Transaction& tx) { return tx.execute_script(sql); });
    ASSERT_TRUE(done) << done.error().describe();
  }
  const Trail& trail() {
    if (trails_.empty()) trails_.push_back(make());
    return *trails_.back();
  }
  Head head() {
    const auto read = database().read([](db::Session& session) { return Trail::head(session); });
    return read.value_or(Head());
  }
  std::filesystem::path head_file() const { return folder() / "master.key.audit-head"; }
  std::filesystem::path anchor_file() const { return folder() / "anchor.jsonl"; }
  void note_head() {
    const Status done = write_head_file(head_file(), {.head = head(), .noted = time_.now()}, trail());
    ASSERT_TRUE(done) << done.error().describe();
  }
  std::vector<Link> links() {
    return database()
        .read([](db::Session& session) { return Trail::links(session, 0, 1000); })
        .value_or(std::vector<Link>());
  }
  /// All entries as they are sent out.
  std::string lines() {
    std::string text;
    for (const Link& link : links()) text += entry_line(link) + "\n";
    return text;
  }
  void write_anchor(const std::string& text) const { std::ofstream(anchor_file(), std::ios::binary) << text; }
  static std::string contents(const std::filesystem::path& file) {
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }
  std::string findings(bool with_head_file, bool with_anchor = false) {
    std::optional<Anchor> anchor;
    if (with_anchor) {
      auto read = Anchor::read(anchor_file(), trail());
      if (!read) return read.error().describe();
      anchor = *std::move(read);
    }
    const auto result = verify(
        trail(), database(),
        {.head_file = with_head_file ? head_file() : std::filesystem::path(), .anchor = anchor ? &*anchor : nullptr});
    if (!result) return result.error().describe();
    std::string text;
    for (const Finding& finding : result->findings) {
      text += std::string(name_of(finding.kind)) + " " + std::to_string(finding.number) + "; ";
    }
    return text;
  }

  mailward::testing::ManualClock time_;

 private:
  std::unique_ptr<Trail> make() const {
    return std::make_unique<Trail>(SecretString(std::string_view("0123456789abcdef0123456789abcdef")), time_);
  }
  std::vector<std::unique_ptr<Trail>> trails_;
};

}  // namespace mailward::audit
