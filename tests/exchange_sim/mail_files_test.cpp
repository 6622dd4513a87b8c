// Messages from files into mailboxes.
#include "exchange_sim/mail_files.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>

#include "base/file.h"
#include "exchange_sim/item_mime.h"
#include "tests/support/paths.h"

namespace mailward::exchange_sim {
namespace {

class MailFiles : public ::testing::Test {
 protected:
  std::filesystem::path put(const std::string& name, const std::string& text) {
    const auto file = folder_.path() / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
    return file;
  }
  LoadedMail load(const std::filesystem::path& source) {
    auto loaded = load_mail(organisation_, source);
    EXPECT_TRUE(loaded) << loaded.error().describe();
    return loaded.value_or(LoadedMail{});
  }
  /// The messages of a folder as their bytes.
  std::vector<std::string> held(std::string_view smtp, std::string_view folder) {
    const Mailbox& mailbox = *organisation_.find_mailbox(smtp);
    std::vector<std::string> found;
    for (const auto& [arrival, each] : mailbox.find_distinguished(folder)->items) {
      found.push_back(mime_of({mailbox, *each}));
    }
    std::ranges::sort(found);
    return found;
  }

  testing::TemporaryFolder folder_;
  Organisation organisation_{
      "example.test",
      {{.smtp = "a@example.test", .display_name = "A", .account = "", .aliases = {"alias@example.test"}},
       {.smtp = "b@example.test", .display_name = "B", .account = ""},
       {.smtp = "moved@example.test", .display_name = "M", .account = "", .place = MailboxPlace::exchange_online}},
      {}};
};

const std::string kForB =
    "From: a@example.test\r\nTo: b@example.test, moved@example.test\r\nSubject: one\r\n\r\nBody\r\n";
const std::string kForAlias = "From: x@other.test\r\nCc: ALIAS@example.test\r\n\r\nBody\r\n";
const std::string kForNobody = "From: x@other.test\r\nTo: y@other.test\r\n\r\nBody ";

TEST_F(MailFiles, a_message_goes_to_its_receivers_and_to_its_senders_sent_items) {
  put("1.eml", kForB);
  put("below/2.EML", kForAlias);
  put("notes.txt", "not looked at");
  EXPECT_EQ(load(folder_.path()).messages, 2U);
  EXPECT_EQ(held("b@example.test", "inbox"), std::vector{kForB});
  EXPECT_EQ(held("a@example.test", "sentitems"), std::vector{kForB});
  EXPECT_EQ(held("a@example.test", "inbox"), std::vector{kForAlias});
  EXPECT_TRUE(held("moved@example.test", "inbox").empty());
}

TEST_F(MailFiles, what_is_for_nobody_here_is_dealt_out_in_turn) {
  for (const std::string number : {"1", "2", "3"}) put(number + ".eml", kForNobody + number);
  EXPECT_EQ(load(folder_.path()).messages, 3U);
  EXPECT_EQ(held("a@example.test", "inbox"), (std::vector{kForNobody + "1", kForNobody + "3"}));
  EXPECT_EQ(held("b@example.test", "inbox"), std::vector{kForNobody + "2"});
}

TEST_F(MailFiles, an_mbox_is_taken_apart_and_unquoted) {
  const auto file = put("mail",
                        "From x@other.test Mon Nov 30 04:14:40 2026\nTo: b@example.test\nSubject: 1\n\n"
                        ">From here\n>>From there\nFrom nowhere\n\n"
                        "From x@other.test Mon Nov 30 04:14:41 2026\nTo: b@example.test\nSubject: 2\n\nText\n\n");
  const LoadedMail loaded = load(file);
  EXPECT_EQ(loaded.messages, 2U);
  EXPECT_EQ(loaded.left_out, 0U);
  EXPECT_EQ(held("b@example.test", "inbox"),
            (std::vector<std::string>{"To: b@example.test\nSubject: 1\n\nFrom here\n>From there\nFrom nowhere\n",
                                      "To: b@example.test\nSubject: 2\n\nText\n"}));
}

TEST_F(MailFiles, what_is_no_message_is_left_out_and_named) {
  put("1.eml", kForB);
  const auto empty = put("2.eml", "");
  const LoadedMail loaded = load(folder_.path());
  EXPECT_EQ(loaded.messages, 1U);
  EXPECT_EQ(loaded.left_out, 1U);
  ASSERT_EQ(loaded.why.size(), 1U);
  EXPECT_TRUE(loaded.why.front().starts_with(empty.string() + ": ")) << loaded.why.front();
}

TEST_F(MailFiles, every_file_that_is_left_out_has_its_own_reason) {
  put("1.eml", kForB);
  put("2.eml", "");
  put("3.eml", "no header here\n\nText\n");
  put("4.eml", std::string(std::size_t{3} * 1024 * 1024, 'x'));
  const testing::TemporaryFolder elsewhere;
  std::ofstream(elsewhere.path() / "secret.eml") << kForB;
  std::filesystem::create_symlink(elsewhere.path() / "secret.eml", folder_.path() / "5.eml");
  const LoadedMail loaded = load(folder_.path());
  EXPECT_EQ(loaded.messages, 1U);
  ASSERT_EQ(loaded.why.size(), 4U);
  EXPECT_NE(loaded.why[0].find("it is empty"), std::string::npos) << loaded.why[0];
  EXPECT_NE(loaded.why[1].find("does not begin with a header line: no header here"), std::string::npos)
      << loaded.why[1];
  EXPECT_NE(loaded.why[2].find("its first line has 3145728 bytes"), std::string::npos) << loaded.why[2];
  EXPECT_NE(loaded.why[3].find("it is a link"), std::string::npos) << loaded.why[3];
}

TEST_F(MailFiles, nothing_that_could_be_loaded_is_an_error) {
  const auto loaded = load_mail(organisation_, put("1.eml", ""));
  ASSERT_FALSE(loaded);
  EXPECT_NE(loaded.error().describe().find("1.eml: it is empty"), std::string::npos) << loaded.error().describe();
  EXPECT_FALSE(loaded.error().remedy().empty());
}

TEST_F(MailFiles, nothing_to_load_is_an_error_with_a_remedy) {
  put("notes.txt", "none");
  for (const auto& source : {folder_.path(), folder_.path() / "absent"}) {
    const auto loaded = load_mail(organisation_, source);
    ASSERT_FALSE(loaded);
    EXPECT_TRUE(loaded.error().is(BaseError::not_found));
    EXPECT_NE(loaded.error().describe().find(source.string()), std::string::npos);
    EXPECT_FALSE(loaded.error().remedy().empty());
  }
}

TEST_F(MailFiles, the_corpus_comes_back_as_it_came) {
  if (!testing::shared_dir()) GTEST_SKIP() << "../shared is absent: real messages are not tried";
  const auto corpus = *testing::shared_dir() / "corpus";
  const LoadedMail loaded = load(corpus);
  EXPECT_GT(loaded.messages, 150U);
  EXPECT_LT(loaded.left_out, 5U);
  std::vector<std::string> held_here = held("a@example.test", "inbox");
  for (const auto& each : held("b@example.test", "inbox")) held_here.push_back(each);
  std::size_t found = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(corpus)) {
    if (entry.path().extension() != ".eml") continue;
    const std::string bytes = read_file(entry.path(), mime::Limits().bytes).value();
    found += std::ranges::count(held_here, bytes) > 0 ? 1U : 0U;
  }
  EXPECT_EQ(found, loaded.messages);
}

}  // namespace
}  // namespace mailward::exchange_sim
