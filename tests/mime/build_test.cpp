#include <gtest/gtest.h>

#include <algorithm>

#include "mime/composition.h"

namespace mailward::mime {
namespace {

Composition sample() {
  Composition made;
  made.from = {{.name = "Müller, A", .address = "a@example.test"}};
  made.to = {{.name = "", .address = "b@example.test"}, {.name = "C \"D\"", .address = "c@example.test"}};
  made.subject = "Réunion: 日本語 & more, long enough that the header has to be folded somewhere along its way";
  made.message_id = "<1@example.test>";
  made.date = parse_timestamp("2025-09-01T09:00:00Z").value();
  made.text = "Hello café\r\n.\r\nFrom here\r\n";
  made.html = "<p>Hello café</p>";
  made.boundary_seed = "one";
  made.attachments.push_back(
      {.name = "€.bin", .content_type = "application/x-odd", .content = std::string("\0\r\n\xff", 4)});
  made.attachments.push_back(
      {.name = "p.png", .content_type = "image/png", .content_id = "p1", .inline_part = true, .content = "png"});
  made.attachments.push_back({.content_type = "message/rfc822",
                              .message = true,
                              .content = "From: d@example.test\r\nSubject: in\r\n\r\ndeep\r\n"});
  return made;
}

TEST(MimeBuild, what_was_built_is_read_as_the_same) {
  const Composition made = sample();
  const auto bytes = build(made);
  ASSERT_TRUE(bytes) << bytes.error().describe();
  EXPECT_TRUE(std::ranges::all_of(*bytes, [](char c) { return static_cast<unsigned char>(c) < 128; }));
  const auto message = parse(*bytes);
  ASSERT_TRUE(message) << *bytes;
  EXPECT_EQ(message->from, made.from);
  EXPECT_EQ(message->to, made.to);
  EXPECT_EQ(message->subject, made.subject);
  EXPECT_EQ(message->message_id, made.message_id);
  EXPECT_EQ(message->date, made.date);
  EXPECT_EQ(message->text, made.text);
  EXPECT_EQ(message->html, made.html);
  ASSERT_EQ(message->attachments.size(), 3U) << *bytes;
  const auto named = [&](std::string_view name) {
    return *std::ranges::find(message->attachments, name, &Attachment::name);
  };
  EXPECT_EQ(named("€.bin").content, made.attachments[0].content);
  EXPECT_TRUE(named("p.png").inline_part);
  EXPECT_EQ(named("p.png").content_id, "p1");
  EXPECT_TRUE(named("in").message);
}

TEST(MimeBuild, what_a_calendar_acts_upon_stands_behind_the_text_for_people) {
  Composition made;
  made.text = "Meet";
  made.scheduling = {.method = "REQUEST", .calendar = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nEND:VCALENDAR\r\n"};
  const std::string bytes = build(made).value();
  const auto calendar = bytes.find("Content-Type: text/calendar; charset=utf-8; method=REQUEST\r\n");
  EXPECT_NE(bytes.find("Content-Type: multipart/alternative"), std::string::npos) << bytes;
  EXPECT_NE(calendar, std::string::npos) << bytes;
  EXPECT_LT(bytes.find("Content-Type: text/plain"), calendar);
  EXPECT_EQ(parse(bytes)->text, "Meet");
}

TEST(MimeBuild, the_same_seed_gives_the_same_bytes_and_another_differs) {
  Composition made = sample();
  const std::string first = build(made).value();
  EXPECT_EQ(build(made).value(), first);
  made.boundary_seed = "two";
  EXPECT_NE(build(made).value(), first);
  made.boundary_seed = "one";
  made.date_first = true;
  EXPECT_TRUE(build(made).value().starts_with("Date: "));
}

TEST(MimeBuild, a_line_end_in_a_header_is_refused) {
  for (const std::string& bad :
       {std::string("a\r\nBcc: x@example.test"), std::string("a\nb"), std::string("a\0b", 3)}) {
    Composition made = sample();
    made.subject = bad;
    EXPECT_TRUE(build(made).error().is(MimeError::unbuildable));
    made = sample();
    made.to.front().name = bad;
    EXPECT_TRUE(build(made).error().is(MimeError::unbuildable));
    made = sample();
    made.attachments.front().name = bad;
    EXPECT_TRUE(build(made).error().is(MimeError::unbuildable));
  }
}

TEST(MimeBuild, a_message_of_nothing_is_one) {
  const auto message = parse(build({.subject = "x"}).value());
  ASSERT_TRUE(message);
  EXPECT_EQ(message->subject, "x");
  EXPECT_EQ(message->text, "");
}

}  // namespace
}  // namespace mailward::mime
