// What the head file and an anchor know beyond the chain.
#include "audit/verification.h"

#include "tests/audit/kept_trail.h"

namespace mailward::audit {
namespace {

/// A head row with its own MAC, to be put back: what an older copy of the database holds.
struct HeadRow {
  std::int64_t number = 0;
  Bytes mac;
  Bytes head_mac;
};

class VerificationTest : public KeptTrail {
 protected:
  HeadRow head_row() {
    const auto row = database().read(
        [](db::Session& session) { return session.query_row("SELECT number, mac, head_mac FROM audit_head"); });
    if (!row || !*row) throw std::runtime_error("no head");
    return {.number = (*row)->integer(0), .mac = (*row)->bytes(1), .head_mac = (*row)->bytes(2)};
  }
  /// The database as it was when `head` was its head: chain and head are whole.
  void set_back(const HeadRow& head) {
    restart();
    const Status done = database().transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(tx.execute("DELETE FROM audit_entry WHERE number > $1", {head.number}));
      MW_CHECK(tx.execute("UPDATE audit_head SET number = $1, mac = $2, head_mac = $3",
                          {head.number, head.mac, head.head_mac}));
      return {};
    });
    ASSERT_TRUE(done) << done.error().describe();
  }
};
MAILWARD_ON_EVERY_DATABASE(VerificationTest);

TEST_P(VerificationTest, an_untouched_trail_agrees_with_its_witnesses) {
  append(5);
  note_head();
  write_anchor(lines());
  EXPECT_EQ(findings(true, true), "");
  append(2);
  EXPECT_EQ(findings(true, true), "") << "a crash leaves the head file behind, and what came later is not anchored yet";
}

TEST_P(VerificationTest, an_older_database_is_found_by_either_witness) {
  append(3);
  const HeadRow older = head_row();
  append(4);
  note_head();
  write_anchor(lines());
  set_back(older);
  EXPECT_EQ(findings(false), "") << "the chain alone cannot tell";
  EXPECT_EQ(findings(true), "older_database 4; ");
  EXPECT_EQ(findings(false, true), "older_database 4; ");
}

TEST_P(VerificationTest, an_older_database_that_went_on_is_found) {
  append(3);
  const HeadRow older = head_row();
  append(2);
  note_head();
  write_anchor(lines());
  set_back(older);
  append(4, "user.delete");
  EXPECT_EQ(findings(false), "");
  EXPECT_EQ(findings(true), "other_history 5; ");
  EXPECT_EQ(findings(false, true), "other_history 4; other_history 5; ");
}

TEST_P(VerificationTest, a_head_file_that_is_gone_or_changed_is_said) {
  append(3);
  EXPECT_EQ(findings(true), "no_head_file 0; ");
  note_head();
  std::string text = contents(head_file());
  EXPECT_EQ(findings(true), "");
  const std::size_t number = text.find(" 3 ");
  ASSERT_NE(number, std::string::npos);
  text[number + 1] = '2';
  std::ofstream(head_file()) << text;
  EXPECT_EQ(findings(true), "changed_head_file 0; ");
  std::ofstream(head_file()) << "nonsense";
  EXPECT_EQ(findings(true), "changed_head_file 0; ");
}

TEST_P(VerificationTest, an_emptied_trail_is_found) {
  append(3);
  note_head();
  write_anchor(lines());
  tamper("DELETE FROM audit_entry; DELETE FROM audit_head");
  EXPECT_EQ(findings(false), "");
  EXPECT_EQ(findings(true, true), "older_database 1; ");
}

TEST_P(VerificationTest, a_changed_anchor_is_not_taken_for_a_changed_trail) {
  append(3);
  std::string text = lines();
  const std::size_t action = text.find("connection.edit", text.find("\"number\":2"));
  text.replace(action, 15, "connection.view");
  write_anchor(text);
  EXPECT_EQ(findings(false, true), "changed_anchor 2; ");
}

TEST_P(VerificationTest, an_anchor_may_stand_in_a_syslog_file_with_repeats_and_a_cut_end) {
  append(3);
  const std::string all = lines();
  std::string text = "<110>1 2026-02-02T09:00:00.000000Z host mailward - audit - ";
  text += all + "Feb  2 09:00:00 host other: nonsense\n" + all;
  write_anchor(text + all.substr(0, 80));
  EXPECT_EQ(findings(false, true), "");
  const auto anchor = Anchor::read(anchor_file(), trail());
  ASSERT_TRUE(anchor);
  EXPECT_EQ(anchor->known().size(), 3U);
  EXPECT_EQ(anchor->unreadable_lines(), 1);
  write_anchor("nothing\n");
  const auto nothing = Anchor::read(anchor_file(), trail());
  ASSERT_FALSE(nothing);
  EXPECT_TRUE(nothing.error().is(AuditError::bad_anchor));
}

TEST_P(VerificationTest, a_column_of_another_type_is_a_changed_entry) {
  if (on_sqlite()) return;  // its STRICT tables keep their types
  append(2);
  tamper("ALTER TABLE audit_entry ALTER actor DROP NOT NULL");
  tamper("UPDATE audit_entry SET actor = NULL WHERE number = 2");
  EXPECT_EQ(findings(false), "changed 2; ");
}

TEST_P(VerificationTest, every_column_and_row_is_held_against_the_anchor_even_under_a_known_key) {
  // Who holds the audit key can write the whole chain anew: only an anchor tells.
  append(4);
  write_anchor(lines());
  const Head before = head();
  tamper("DELETE FROM audit_entry; DELETE FROM audit_head");
  append(4, "user.delete");
  EXPECT_NE(head().mac, before.mac);
  EXPECT_EQ(findings(false), "");
  EXPECT_EQ(findings(false, true), "other_history 1; other_history 2; other_history 3; other_history 4; ");
}

TEST_P(VerificationTest, only_one_verification_at_a_time) {
  append(1);
  note_head();
  Verifier verifier(trail(), database(), head_file());
  const auto first = verifier.verify(nullptr, {});
  ASSERT_TRUE(first) << first.error().describe();
  EXPECT_TRUE(first->intact());
  EXPECT_NE(json_text(*first).find("\"behind\":0"), std::string::npos) << json_text(*first);
}

TEST_P(VerificationTest, a_line_reads_back_as_it_was_written) {
  append(2);
  for (const Link& link : links()) {
    const std::string line = entry_line(link);
    const auto read = read_entry_line(line);
    ASSERT_TRUE(read) << line;
    ASSERT_TRUE(read->link) << line;
    EXPECT_TRUE(trail().genuine(*read->link)) << line;
    EXPECT_EQ(entry_line(*read->link), line);
    const auto cut = read_entry_line(entry_line(link, line.size() - 1));
    ASSERT_TRUE(cut);
    EXPECT_FALSE(cut->link) << "details that are cut cannot be checked";
    EXPECT_EQ(cut->mac, read->mac);
  }
  for (const char* bad : {"", "{}", "{\"number\":1}", "{\"number\":0,\"mac\":\"\"}", "{\"number\":1,\"mac\":\"zz\"}"}) {
    EXPECT_FALSE(read_entry_line(bad)) << bad;
  }
}

}  // namespace
}  // namespace mailward::audit
