#include <gtest/gtest.h>

#include <fstream>
#include <iterator>

#include "base/bytes.h"
#include "mime/message.h"
#include "tests/support/paths.h"

namespace mailward::mime {
namespace {

std::string crlf(std::string_view text) {
  std::string out;
  for (const char c : text) out += c == '\n' ? "\r\n" : std::string(1, c);
  return out;
}

TEST(MimeParse, headers_are_decoded_and_kept_as_they_stood) {
  const auto message =
      parse(crlf("From: =?utf-8?q?M=C3=BCller=2C_A?= <a@example.test>\n"
                 "To: Board: b@example.test, \"C, D\" <c@example.test>;\n"
                 "Subject: =?iso-8859-1?Q?R=E9union?=\n =?utf-8?B?IMOpcXVpcGU=?=\n"
                 "Message-ID: <1@example.test>\n"
                 "Date: Mon, 1 Sep 2025 11:00:00 +0200\n"
                 "X-Odd:   two  words\n\nHello\n"));
  ASSERT_TRUE(message) << message.error().describe();
  EXPECT_EQ(message->from, (std::vector<Address>{{.name = "Müller, A", .address = "a@example.test"}}));
  ASSERT_EQ(message->to.size(), 2U) << "groups are taken apart";
  EXPECT_EQ(message->to[1].name, "C, D");
  EXPECT_EQ(message->subject, "Réunion équipe");
  EXPECT_EQ(message->message_id, "<1@example.test>");
  EXPECT_EQ(format_timestamp(message->date.value()), "2025-09-01T09:00:00.000Z");
  EXPECT_EQ(message->header("x-odd"), "two  words");
  EXPECT_EQ(message->headers[2].name, "Subject");
  EXPECT_NE(message->headers[2].raw.find("=?iso-8859-1?Q?R=E9union?="), std::string::npos);
  EXPECT_EQ(message->text, "Hello\r\n");
}

TEST(MimeParse, bodies_and_attachments_are_told_apart) {
  const auto message = parse(
      crlf("From: a@example.test\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=o\n\n"
           "--o\nContent-Type: multipart/related; boundary=r\n\n"
           "--r\nContent-Type: multipart/alternative; boundary=i\n\n"
           "--i\nContent-Type: text/plain; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\ncaf=E9\n"
           "--i\nContent-Type: text/html; charset=utf-8\n\n<p>café</p>\n--i--\n"
           "--r\nContent-Type: image/png\nContent-ID: <p1>\nContent-Transfer-Encoding: base64\n\naGVsbG8=\n--r--\n"
           "--o\nContent-Type: application/pdf; name=\"a.pdf\"\nContent-Disposition: attachment; "
           "filename*=utf-8''%E2%82%AC.pdf\n"
           "Content-Transfer-Encoding: base64\n\nAAEC\n"
           "--o\nContent-Type: message/rfc822\n\nFrom: b@example.test\nSubject: within\n\ndeep\n"
           "--o\nContent-Type: text/plain\n\nA footer.\n--o--\n"));
  ASSERT_TRUE(message) << message.error().describe();
  EXPECT_EQ(message->text, "café");
  EXPECT_EQ(message->html, "<p>café</p>");
  ASSERT_EQ(message->attachments.size(), 4U);
  EXPECT_TRUE(message->attachments[0].inline_part);
  EXPECT_EQ(message->attachments[0].content_id, "p1");
  EXPECT_EQ(message->attachments[0].content, "hello");
  EXPECT_EQ(message->attachments[1].name, "€.pdf");
  EXPECT_EQ(message->attachments[1].content, std::string("\0\1\2", 3));
  EXPECT_TRUE(message->attachments[2].message);
  EXPECT_EQ(message->attachments[2].name, "within");
  EXPECT_NE(message->attachments[2].content.find("deep"), std::string::npos);
  EXPECT_EQ(message->attachments[3].content, "A footer.");
}

TEST(MimeParse, limits_are_kept_by_refusing) {
  const std::string small = crlf("From: a@example.test\n\nHello\n");
  EXPECT_TRUE(parse(small, {.bytes = 10}).error().is(MimeError::too_large));
  EXPECT_TRUE(parse(small, {.headers = 0}).error().is(MimeError::too_large));
  EXPECT_TRUE(parse(small, {.header_bytes = 3}).error().is(MimeError::too_large));
  std::string deep = "From: a@example.test\r\nMIME-Version: 1.0\r\n";
  for (int i = 0; i < 100; ++i) {
    const std::string boundary = "b" + std::to_string(i);
    deep += "Content-Type: multipart/mixed; boundary=" + boundary + "\r\n\r\n--" + boundary + "\r\n";
  }
  EXPECT_TRUE(parse(deep + "Content-Type: text/plain\r\n\r\nx").error().is(MimeError::too_large));
  std::string wide = "From: a@example.test\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n";
  for (int i = 0; i < 50; ++i) wide += "--b\r\nContent-Type: image/png\r\n\r\nx\r\n";
  EXPECT_TRUE(parse(wide, {.parts = 20}).error().is(MimeError::too_large));
  EXPECT_TRUE(parse(wide));
}

TEST(MimeParse, fields_of_the_content_stand_among_the_headers_in_their_place) {
  const auto message = parse(
      "Received: by a\r\nContent-Type: text/plain;\r\n charset=utf-8\r\nSubject: s\r\n"
      "Content-Language: de\r\nMIME-Version: 1.0\r\n\r\ntext");
  ASSERT_TRUE(message);
  std::string names;
  for (const Header& each : message->headers) names += each.name + " ";
  EXPECT_EQ(names, "Received Content-Type Subject Content-Language MIME-Version ");
  EXPECT_EQ(message->header("content-type"), "text/plain; charset=utf-8");
  EXPECT_TRUE(parse("Content-Type: text/plain\n\ntext"));
  EXPECT_EQ(parse("Subject: s\n\ntext")->headers.size(), 1U) << "nothing is made up";
}

TEST(MimeParse, what_is_no_message_is_refused) {
  EXPECT_TRUE(parse("").error().is(MimeError::no_message));
}

TEST(MimeParse, all_text_is_utf8_whatever_came) {
  const auto message = parse(
      "From: \xff\xfe <a@example.test>\r\nSubject: \xe9t\xe9\r\n"
      "Content-Type: text/plain; charset=nonsense\r\n\r\n\xe9\xff");
  ASSERT_TRUE(message);
  EXPECT_TRUE(is_utf8(message->subject));
  EXPECT_TRUE(is_utf8(message->from.front().name));
  EXPECT_TRUE(is_utf8(message->text.value()));
}

TEST(MimeParse, every_message_of_the_corpus_is_read_whole_and_cut_anywhere) {
  if (!testing::shared_dir()) GTEST_SKIP() << "../shared is absent: real messages are not tried";
  std::size_t read = 0;
  std::size_t refused = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(*testing::shared_dir() / "corpus")) {
    if (!entry.is_regular_file() || entry.path().filename() == "README.md") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(in), {}};
    const auto message = parse(bytes);
    ++read;
    if (!message) {
      EXPECT_TRUE(message.error().is(MimeError::no_message)) << entry.path() << message.error().describe();
      ++refused;
      continue;
    }
    for (const Header& each : message->headers) EXPECT_TRUE(is_utf8(each.value)) << entry.path();
    EXPECT_TRUE(is_utf8(message->subject));
    EXPECT_TRUE(is_utf8(message->text.value_or("") + message->html.value_or(""))) << entry.path();
    for (std::size_t size = 0; size < bytes.size(); size += 1 + bytes.size() / 17) {
      const auto cut = parse(std::string_view(bytes).substr(0, size));
      EXPECT_TRUE(cut || cut.error().is(MimeError::no_message)) << entry.path() << size;
    }
  }
  EXPECT_GT(read, 150U);
  EXPECT_LT(refused, 5U);
}

}  // namespace
}  // namespace mailward::mime
