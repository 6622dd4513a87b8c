// XML is read the same in whatever pieces it comes.
#include <gtest/gtest.h>

#include <fstream>
#include <random>
#include <sstream>

#include "base/bytes.h"
#include "ews/answer_reader.h"
#include "ews/base64_reader.h"
#include "ews/xml_scan.h"
#include "tests/support/paths.h"

namespace mailward::ews {
namespace {

/// Writes down what was found, text and sections joined.
class Notes : public XmlSink {
 public:
  Outcome<void> start(std::string_view tag, std::string_view name, bool empty) override {
    EXPECT_TRUE(tag.substr(1).starts_with(name));
    EXPECT_EQ(tag.ends_with("/>"), empty);
    written += tag;
    return {};
  }
  Outcome<void> text(std::string_view escaped) override {
    written += escaped;
    return {};
  }
  Outcome<void> cdata(std::string_view plain) override {
    written += plain;
    return {};
  }
  Outcome<void> end(std::string_view tag) override {
    written += tag;
    return {};
  }
  Outcome<void> document_end() override {
    written += "\n---\n";
    return {};
  }
  std::string written;
};

struct Read {
  std::string written;
  std::string ended;
  std::size_t replaced = 0;
  bool operator==(const Read&) const = default;
};

template <typename NextLength>
Read read(std::string_view xml, XmlScanner::Documents documents, NextLength next) {
  Notes notes;
  XmlScanner scanner(notes, {}, documents);
  Outcome<void> ended;
  while (ended && !xml.empty()) {
    const std::size_t length = std::min<std::size_t>(next(), xml.size());
    ended = scanner.feed(xml.substr(0, length));
    xml.remove_prefix(length);
  }
  if (ended) ended = scanner.finish();
  return {.written = std::move(notes.written),
          .ended = ended ? "" : std::string(error_name(ended.error().code)),
          .replaced = scanner.replaced()};
}

void expect_the_same_in_pieces(std::string_view xml, XmlScanner::Documents documents = XmlScanner::Documents::one) {
  const Read whole = read(xml, documents, [] { return std::string_view::npos; });
  for (std::size_t length : {1U, 2U, 3U, 7U, 64U, 1000U}) {
    const Read pieces = read(xml, documents, [length] { return length; });
    ASSERT_EQ(pieces.ended, whole.ended) << "pieces of " << length << ": " << printable(xml);
    if (whole.ended.empty()) {
      ASSERT_EQ(pieces, whole) << "pieces of " << length << ": " << printable(xml);
    }
  }
}

TEST(XmlPieces, samples_of_all_kinds_read_the_same_in_pieces) {
  constexpr std::string_view kOfEachKind =
      "<?xml version='1.0' encoding='utf-8'?><s:a xmlns:s='u'><!-- c > --><b c=\"d&amp;>e\"   "
      "f = 'g'/>t&#x41;\xC3\xA4"
      "<![CDATA[x]]]><y>]]></s:a> <!-- end --> ";
  for (const std::string_view xml :
       std::initializer_list<std::string_view>{kOfEachKind,
                                               "\xEF\xBB\xBF<a>\xE2\x82\xAC&#x0;\x01\xEF\xBF\xBF</a>",
                                               "<a><b></a></b>",
                                               "<a b=c/>",
                                               "<a '>'/>",
                                               "<a>&nbsp;</a>",
                                               "<a>&amp</a>",
                                               "text",
                                               "  ",
                                               "",
                                               "<a/><b/>",
                                               "<a/>x",
                                               "<a>\xC3(</a>",
                                               "<!DOCTYPE a><a/>",
                                               "<a><![CDATA[\r\n]]></a>",
                                               "<?xml version='1.0' encoding='iso-8859-1'?><a/>",
                                               "<?pi?><a/>",
                                               "<a></a >",
                                               "<a></a b>",
                                               "</a>",
                                               "<a",
                                               "<![CDATA[x]]>"}) {
    expect_the_same_in_pieces(xml);
  }
  expect_the_same_in_pieces(std::string_view("\xFF\xFE<\0a\0>\0\x3D\xD8\x00\xDE<\0/\0a\0>\0", 20));
  expect_the_same_in_pieces(std::string_view("\xFE\xFF\0<\0a\0>\x20\xAC\0<\0/\0a\0>", 18));
}

TEST(XmlPieces, documents_that_follow_each_other_are_told_apart) {
  const std::string_view xml = "<a>1</a><?xml version='1.0'?><b/>\r\n\xEF\xBB\xBF<c x='>'>3</c>";
  const Read whole = read(xml, XmlScanner::Documents::many, [] { return std::string_view::npos; });
  EXPECT_EQ(whole.written, "<a>1</a>\n---\n<b/>\n---\n<c x='>'>3</c>\n---\n");
  EXPECT_EQ(whole.ended, "");
  expect_the_same_in_pieces(xml, XmlScanner::Documents::many);
  EXPECT_EQ(read("<a/><b>", XmlScanner::Documents::many, [] { return 1U; }).ended, "truncated");
  EXPECT_EQ(read("<a/>x", XmlScanner::Documents::many, [] { return 1U; }).ended, "not_xml");
  EXPECT_EQ(read("", XmlScanner::Documents::many, [] { return 1U; }).ended, "");
}

TEST(XmlPieces, limits_hold_for_each_document_whatever_the_pieces) {
  XmlLimits few;
  few.bytes = 40;
  few.tag_bytes = 16;
  Notes notes;
  XmlScanner scanner(notes, few, XmlScanner::Documents::many);
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(scanner.feed("<a>0123456789</a>"));
  EXPECT_TRUE(scanner.finish());
  XmlScanner large(notes, few);
  auto fed = large.feed("<a>" + std::string(40, 'x'));
  ASSERT_FALSE(fed);
  EXPECT_TRUE(fed.error().is(EwsError::xml_limit));
  XmlScanner tag(notes, few);
  Outcome<void> ended;
  for (int i = 0; ended && i < 40; ++i) ended = tag.feed(i == 0 ? "<" : "a");
  ASSERT_FALSE(ended) << "a tag without an end is held without a limit";
  EXPECT_TRUE(ended.error().is(EwsError::xml_limit));
}

TEST(XmlPieces, text_is_the_same_however_it_is_cut) {
  const std::string xml =
      "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><m:GetItemResponse "
      "xmlns:m='http://schemas.microsoft.com/exchange/services/2006/messages' xmlns:t='"
      "http://schemas.microsoft.com/exchange/services/2006/types'><m:ResponseMessages><m:GetItemResponseMessage "
      "ResponseClass='Success'><m:ResponseCode>NoError</m:ResponseCode><m:Items><t:Message><t:Subject>a&#xD;\n\r\nb"
      "<![CDATA[\r\n]<]]>\xE2\x82\xAC</t:Subject></t:Message></m:Items></m:GetItemResponseMessage>"
      "</m:ResponseMessages></m:GetItemResponse></s:Body></s:Envelope>";
  static constexpr std::string_view kUnitsIn[] = {"Items"};
  for (std::size_t length = 1; length < xml.size(); ++length) {
    std::string subject;
    AnswerTaker taker;
    taker.unit = [&](std::size_t, XmlElement unit) -> Outcome<void> {
      subject = unit.child("Subject").text();
      return {};
    };
    AnswerReader reader({.operation = "GetItem", .units_in = kUnitsIn}, taker, {}, 4000);
    for (std::size_t at = 0; at < xml.size(); at += length) ASSERT_TRUE(reader.feed(xml.substr(at, length)));
    ASSERT_TRUE(reader.finish());
    ASSERT_EQ(subject, "a\r\n\nb\n]<\xE2\x82\xAC") << "pieces of " << length;
  }
}

std::vector<std::string> recorded_answers(const std::filesystem::path& shared) {
  std::vector<std::string> found;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(shared / "ews-traces")) {
    if (!entry.path().string().ends_with(".response.xml")) continue;
    std::ifstream in(entry.path(), std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    found.push_back(std::move(text).str());
  }
  return found;
}

TEST(XmlPieces, recorded_answers_read_the_same_in_pieces_and_mutated) {
  auto shared = testing::shared_dir();
  if (!shared) GTEST_SKIP() << "no ../shared: recorded answers are not tried";
  std::mt19937 random(20261130);
  const auto answers = recorded_answers(*shared);
  ASSERT_GT(answers.size(), 300U);
  for (std::string xml : answers) {
    if (xml.size() > 200'000) continue;
    for (int change = 0; change < 2 && !::testing::Test::HasFatalFailure(); ++change) {
      const Read whole = read(xml, XmlScanner::Documents::one, [] { return std::string_view::npos; });
      const Read pieces =
          read(xml, XmlScanner::Documents::one, [&] { return 1 + random() % (random() % 4 == 0 ? 2000 : 20); });
      ASSERT_EQ(pieces.ended, whole.ended);
      if (whole.ended.empty()) ASSERT_EQ(pieces, whole);
      // Once more with a letter changed.
      if (!xml.empty()) xml[random() % xml.size()] = static_cast<char>(random());
    }
  }
}

TEST(Base64Reader, undoes_what_was_written_in_whatever_pieces) {
  std::mt19937 random(17);
  for (std::size_t size = 0; size < 300; ++size) {
    Bytes bytes(size);
    for (auto& byte : bytes) byte = static_cast<std::uint8_t>(random());
    std::string text = to_base64(bytes);
    // Lines, as MIME has them.
    if (size % 3 == 1) {
      for (std::size_t at = 76; at < text.size(); at += 78) text.insert(at, "\r\n");
    }
    Base64Reader reader;
    Bytes out;
    for (std::string_view rest = text; !rest.empty();) {
      const auto length = std::min<std::size_t>(rest.size(), 1 + random() % 90);
      ASSERT_TRUE(reader.feed(rest.substr(0, length), out));
      rest.remove_prefix(length);
    }
    EXPECT_TRUE(reader.finish());
    EXPECT_EQ(out, bytes);
  }
}

TEST(Base64Reader, refuses_what_is_none) {
  for (std::string_view text : {"AAA", "A", "AA=", "A===", "AA==AAAA", "AAA=A", "AA-_", "AAAA=", "=AAA", "AA=A"}) {
    Base64Reader reader;
    Bytes out;
    EXPECT_FALSE(reader.feed(text, out) && reader.finish()) << text;
  }
}

}  // namespace
}  // namespace mailward::ews
