#include "audit/trail.h"
#include "audit/verification.h"

#include <thread>

#include "tests/support/databases.h"
#include "tests/support/manual_clock.h"

namespace mailward::audit {
namespace {

class TrailTest : public testing::OnEveryDatabase {
 protected:
  void append(int count) {
    for (int i = 0; i < count; ++i) {
      const auto done =
          database().transaction([&](db::Transaction& tx) { return trail_.append(tx, act("connection.edit")); });
      ASSERT_TRUE(done) << done.error().describe();
      time_.advance(std::chrono::seconds(1));
    }
  }
  static Act act(std::string action) {
    return {.by = {.actor = Actor::local(1000), .source = "192.0.2.7", .token = "t1", .request_id = "r1"},
            .action = std::move(action),
            .object_kind = "connection",
            .object_id = "c1",
            .details = R"({"before":{"description":"a"},"after":{"description":"b"}})"};
  }
  void tamper(const std::string& sql) {
    const Status done = database().transaction([&](db::Transaction& tx) { return tx.execute_script(sql); });
    ASSERT_TRUE(done) << done.error().describe();
  }
  /// As another process sees it, or the one that wrote it.
  std::string findings() {
    const Trail reader(SecretString(kKey), time_);
    return findings_of(reader);
  }
  std::string findings_of(const Trail& trail) {
    const auto result = verify(trail, database(), {});
    if (!result) return result.error().describe();
    std::string text;
    for (const Finding& finding : result->findings) {
      text += std::string(name_of(finding.kind)) + " " + std::to_string(finding.number) + "; ";
    }
    return text;
  }

  testing::ManualClock time_;
  static constexpr std::string_view kKey = "0123456789abcdef0123456789abcdef";
  Trail trail_{SecretString(kKey), time_};
};
MAILWARD_ON_EVERY_DATABASE(TrailTest);

TEST_P(TrailTest, an_untouched_trail_is_intact_and_reads_as_written) {
  EXPECT_EQ(findings(), "");
  append(3);
  EXPECT_EQ(findings(), "");
  const auto entries = database().read([](db::Session& session) { return Trail::list(session, 1, 10); });
  ASSERT_TRUE(entries) << entries.error().describe();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().number, 2);
  EXPECT_EQ(entries->front().act.by.actor, Actor::local(1000));
  EXPECT_EQ(entries->front().act.details, act("x").details);
  EXPECT_EQ(entries->front().at + std::chrono::seconds(1), entries->back().at);
}

TEST_P(TrailTest, a_chain_longer_than_a_page_is_verified_whole) {
  const Status done = database().transaction([&](db::Transaction& tx) -> Status {
    for (int i = 0; i < 1001; ++i) MW_CHECK(trail_.append(tx, act("bulk")));
    return {};
  });
  ASSERT_TRUE(done) << done.error().describe();
  const auto result = verify(trail_, database(), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->entries, 1001);
  EXPECT_TRUE(result->intact());
  tamper("UPDATE audit_entry SET outcome = 'failed' WHERE number = 1001");
  EXPECT_EQ(findings(), "changed 1001; ");
}

TEST_P(TrailTest, every_changed_column_is_found) {
  append(3);
  for (const std::string column :
       {"actor", "action", "object_kind", "object_id", "outcome", "request_id", "source", "token", "details"}) {
    tamper("UPDATE audit_entry SET " + column + " = " + column + " || '1' WHERE number = 2");
    EXPECT_EQ(findings(), "changed 2; ") << column;
    tamper("UPDATE audit_entry SET " + column + " = substr(" + column + ", 1, length(" + column +
           ") - 1) WHERE number = 2");
    EXPECT_EQ(findings(), "") << column;
  }
  tamper("UPDATE audit_entry SET at = at + 1 WHERE number = 2");
  EXPECT_EQ(findings(), "changed 2; ");
}

TEST_P(TrailTest, text_moved_from_one_column_to_the_next_is_found) {
  append(1);
  tamper("UPDATE audit_entry SET object_kind = 'connectio', object_id = 'nc1'");
  EXPECT_EQ(findings(), "changed 1; ");
}

TEST_P(TrailTest, missing_entries_are_found_wherever_they_were) {
  append(6);
  tamper("DELETE FROM audit_entry WHERE number = 3");
  EXPECT_EQ(findings(), "missing 4; ");
  tamper("DELETE FROM audit_entry WHERE number = 1");
  EXPECT_EQ(findings(), "missing 2; missing 4; ");
  tamper("DELETE FROM audit_entry WHERE number = 6");
  EXPECT_EQ(findings(), "missing 2; missing 4; cut_tail 6; ");
  tamper("DELETE FROM audit_entry");
  EXPECT_EQ(findings(), "cut_tail 1; ");
}

TEST_P(TrailTest, entries_that_changed_places_are_found) {
  append(4);
  tamper(
      "UPDATE audit_entry SET number = 100 WHERE number = 2; UPDATE audit_entry SET number = 2 WHERE number = 3;"
      "UPDATE audit_entry SET number = 3 WHERE number = 100");
  EXPECT_EQ(findings(), "changed 2; changed 3; out_of_order 4; ");
}

TEST_P(TrailTest, a_tail_cut_with_its_head_moved_back_is_found) {
  append(4);
  tamper(
      "DELETE FROM audit_entry WHERE number = 4; UPDATE audit_head SET number = 3, mac = (SELECT mac FROM audit_entry "
      "WHERE number = 3)");
  EXPECT_EQ(findings(), "changed_head 3; ");
  const auto refused = database().transaction([&](db::Transaction& tx) { return trail_.append(tx, act("after")); });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(AuditError::broken_head)) << refused.error().describe();
}

TEST_P(TrailTest, a_head_that_is_gone_is_found_and_nothing_is_appended) {
  append(2);
  tamper("DELETE FROM audit_head");
  EXPECT_EQ(findings(), "changed_head 2; ");
  const auto refused = database().transaction([&](db::Transaction& tx) { return trail_.append(tx, act("after")); });
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(AuditError::broken_head)) << refused.error().describe();
}

TEST_P(TrailTest, another_key_verifies_nothing) {
  append(2);
  const Trail other(SecretString(std::string_view("another-another-another-another-")), time_);
  const auto result = verify(other, database(), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->findings.size(), 3U);
}

TEST_P(TrailTest, an_entry_stands_or_falls_with_its_transaction) {
  append(1);
  EXPECT_FALSE(database().transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(trail_.append(tx, act("undone")));
    return fail(BaseError::cancelled, "no");
  }));
  append(1);
  const auto head = database().read([](db::Session& session) { return Trail::head(session); });
  ASSERT_TRUE(head);
  EXPECT_EQ(head->number, 2);
  EXPECT_EQ(findings(), "");
}

TEST_P(TrailTest, writers_at_once_make_one_chain) {
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < 4; ++t) {
      threads.emplace_back([&] {
        for (int i = 0; i < 10; ++i) {
          const auto done = database().transaction([&](db::Transaction& tx) { return trail_.append(tx, act("many")); },
                                                   {.deadline = Deadline::after(std::chrono::seconds(60))});
          EXPECT_TRUE(done) << done.error().describe();
        }
      });
    }
  }
  const auto result = verify(trail_, database(), {});
  ASSERT_TRUE(result);
  EXPECT_EQ(result->entries, 40);
  EXPECT_EQ(findings(), "");
}

TEST_P(TrailTest, what_is_numbered_below_one_was_put_there) {
  append(2);
  tamper(
      "INSERT INTO audit_entry (number, at, actor, action, object_kind, object_id, outcome, request_id, details, "
      "previous_mac, mac) SELECT -5, at, actor, action, object_kind, object_id, outcome, request_id, details, "
      "previous_mac, mac FROM audit_entry WHERE number = 1");
  EXPECT_EQ(findings(), "changed -5; ");
}

TEST_P(TrailTest, a_trail_set_back_behind_its_writer_is_not_gone_on_from) {
  append(2);
  tamper("CREATE TABLE kept_head AS SELECT * FROM audit_head");
  append(1);
  tamper(
      "DELETE FROM audit_entry WHERE number = 3; DELETE FROM audit_head; INSERT INTO audit_head SELECT * FROM "
      "kept_head");
  EXPECT_EQ(findings(), "") << "in itself it is whole";
  EXPECT_EQ(findings_of(trail_), "older_database 3; ") << "who wrote it knows more";
  const auto again = database().transaction([&](db::Transaction& tx) { return trail_.append(tx, act("more")); });
  ASSERT_FALSE(again);
  EXPECT_TRUE(again.error().is(AuditError::broken_head)) << again.error().describe();
  tamper("DELETE FROM audit_entry; DELETE FROM audit_head");
  EXPECT_FALSE(database().transaction([&](db::Transaction& tx) { return trail_.append(tx, act("more")); }));
}

TEST_P(TrailTest, finds_what_is_asked_for) {
  append(4);
  const auto other = [&](std::string action, Actor actor) {
    Act made = act(std::move(action));
    made.by.actor = std::move(actor);
    made.outcome = "refused";
    made.object_id = "c2";
    made.by.source = "2001:db8::7";
    made.by.request_id = "r2";
    ASSERT_TRUE(database().transaction([&](db::Transaction& tx) { return trail_.append(tx, made); }));
  };
  other("connection.delete", Actor::user("0abc"));
  other("user.create", Actor::user("0abc"));
  const auto numbers = [&](Filter filter) {
    const auto entries = database().read([&](db::Session& session) { return Trail::find(session, filter); });
    std::string text;
    for (const Entry& entry : entries.value_or(std::vector<Entry>())) text += std::to_string(entry.number) + " ";
    return text;
  };
  EXPECT_EQ(numbers({}), "6 5 4 3 2 1 ");
  EXPECT_EQ(numbers({.limit = 2}), "6 5 ");
  EXPECT_EQ(numbers({.before = 5, .limit = 2}), "4 3 ");
  EXPECT_EQ(numbers({.after = 2, .limit = 2}), "3 4 ");
  EXPECT_EQ(numbers({.after = 2, .before = 4}), "3 ");
  EXPECT_EQ(numbers({.actor = "user:0abc"}), "6 5 ");
  EXPECT_EQ(numbers({.source = "2001:db8::7"}), "6 5 ");
  EXPECT_EQ(numbers({.action = "connection.edit"}), "4 3 2 1 ");
  EXPECT_EQ(numbers({.action = "connection.*", .outcome = "refused"}), "5 ");
  EXPECT_EQ(numbers({.object_kind = "connection", .object_id = "c1"}), "4 3 2 1 ");
  EXPECT_EQ(numbers({.request_id = "r2"}), "6 5 ");
  const auto first = database().read([](db::Session& session) { return Trail::list(session, 0, 1); });
  ASSERT_TRUE(first);
  const Timestamp begun = first->front().at;
  EXPECT_EQ(numbers({.from = begun + std::chrono::seconds(3), .until = begun + std::chrono::seconds(4)}), "4 ");
  EXPECT_EQ(numbers({.until = begun}), "");
}

TEST_P(TrailTest, one_changed_actor_hides_nothing) {
  append(2);
  tamper("UPDATE audit_entry SET actor = 'nobody' WHERE number = 2");
  const auto entries = database().read([](db::Session& session) { return Trail::find(session, {}); });
  ASSERT_TRUE(entries) << entries.error().describe();
  ASSERT_EQ(entries->size(), 2U);
  EXPECT_EQ(entries->front().act.by.actor.text(), "system:unreadable");
}

TEST_P(TrailTest, details_that_are_no_object_are_refused) {
  for (const auto* details : {"", "[1]", "{", "\"x\""}) {
    Act bad = act("x");
    bad.details = details;
    const auto done = database().transaction([&](db::Transaction& tx) { return trail_.append(tx, bad); });
    ASSERT_FALSE(done) << details;
    EXPECT_TRUE(done.error().is(AuditError::bad_details));
  }
}

TEST(ActorTest, has_a_text_form_that_reads_back) {
  for (const Actor& actor :
       {Actor::local(0), Actor::local(4294967295U), Actor::system("heartbeat"), Actor::user("0abc")}) {
    const auto read = Actor::parse(actor.text());
    ASSERT_TRUE(read) << actor.text();
    EXPECT_EQ(*read, actor);
  }
  EXPECT_EQ(Actor::local(1000).text(), "local:1000");
  for (const auto* text : {"", "local:", "local:root", "local:-1", "nobody:1", "system"})
    EXPECT_FALSE(Actor::parse(text)) << text;
}

}  // namespace
}  // namespace mailward::audit
