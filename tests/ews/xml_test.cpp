#include "ews/xml.h"

#include <gtest/gtest.h>

#include "ews/challenge.h"

namespace mailward::ews {
namespace {

EwsError refusal(std::string_view xml, const XmlLimits& limits = {}) {
  auto document = XmlDocument::parse(xml, limits);
  EXPECT_FALSE(document) << xml.substr(0, 100);
  return document ? EwsError::cancelled : document.error().code;
}

TEST(Xml, document_types_and_foreign_entities_are_refused) {
  EXPECT_EQ(refusal("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"), EwsError::xml_limit);
  EXPECT_EQ(refusal("<?xml version='1.0'?><!DOCTYPE a SYSTEM 'http://example.test/'><a/>"), EwsError::xml_limit);
  EXPECT_EQ(refusal("<a>&b;</a>"), EwsError::xml_limit);
  EXPECT_EQ(refusal("<a b='&c;'/>"), EwsError::xml_limit);
  EXPECT_EQ(refusal("<a><!ELEMENT b ANY></a>"), EwsError::xml_limit);
}

TEST(Xml, limits_hold_at_the_last_allowed_and_refuse_the_next) {
  auto nested = [](std::size_t depth) {
    std::string xml;
    for (std::size_t i = 0; i < depth; ++i) xml += "<a>";
    for (std::size_t i = 0; i < depth; ++i) xml += "</a>";
    return xml;
  };
  EXPECT_TRUE(XmlDocument::parse(nested(200)));
  EXPECT_EQ(refusal(nested(201)), EwsError::xml_limit);
  XmlLimits few{.bytes = 64, .elements = 3, .attributes = 2, .attributes_of_one = 2, .name_length = 4};
  EXPECT_TRUE(XmlDocument::parse("<a><b/><c/></a>", few));
  EXPECT_EQ(refusal("<a><b/><c/><d/></a>", few), EwsError::xml_limit);
  EXPECT_TRUE(XmlDocument::parse("<a b='' c=''/>", few));
  EXPECT_EQ(refusal("<a b='' c='' d=''/>", few), EwsError::xml_limit);
  EXPECT_EQ(refusal("<abcde/>", few), EwsError::xml_limit);
  EXPECT_EQ(refusal("<a>" + std::string(64, 'x') + "</a>", few), EwsError::xml_limit);
}

TEST(Xml, illegal_characters_become_replacements_and_the_rest_survives) {
  auto document = XmlDocument::parse(
      "<a b='x&#x1;y'>1&#x0;2&#x1;3&#xB;4&#x19;5&#xFFFF;6&#99999999999;7\x01"
      "8</a>");
  ASSERT_TRUE(document);
  std::string r = "\xEF\xBF\xBD";
  EXPECT_EQ(document->root().text(), "1" + r + "2" + r + "3" + r + "4" + r + "5" + r + "6" + r + "7" + r + "8");
  EXPECT_EQ(document->root().attribute("b"), "x" + r + "y");
  EXPECT_EQ(document->replaced_characters(), 8U);
}

TEST(Xml, line_ends_written_as_references_survive) {
  auto document = XmlDocument::parse("<a>one&#xD;\ntwo &lt;&amp;&gt;&#x20AC;<![CDATA[<b>&amp;</b>]]></a>");
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().text(), "one\r\ntwo <&>\xE2\x82\xAC<b>&amp;</b>");
}

TEST(Xml, cut_off_anywhere_is_truncated_or_empty) {
  std::string xml =
      "<?xml version='1.0' encoding='utf-8'?><s:a xmlns:s='u'><!-- c --><b "
      "c=\"d&amp;e\">t&#x41;</b><![CDATA[x]]></s:a>";
  ASSERT_TRUE(XmlDocument::parse(xml));
  for (std::size_t bytes = 0; bytes < xml.size(); ++bytes) {
    EXPECT_EQ(refusal(xml.substr(0, bytes)), bytes == 0 ? EwsError::empty_answer : EwsError::truncated)
        << xml.substr(0, bytes);
  }
}

TEST(Xml, malformed_text_is_named) {
  EXPECT_EQ(refusal("  \r\n"), EwsError::empty_answer);
  EXPECT_EQ(refusal("Service Unavailable"), EwsError::not_xml);
  EXPECT_EQ(refusal("<a></b>"), EwsError::malformed_xml);
  EXPECT_EQ(refusal("<a/><b/>"), EwsError::malformed_xml);
  EXPECT_EQ(refusal("<a/>text"), EwsError::malformed_xml);
  EXPECT_EQ(refusal("<a b=c/>"), EwsError::malformed_xml);
  EXPECT_EQ(refusal("<a>\xC3(</a>"), EwsError::malformed_xml);
  EXPECT_EQ(refusal("<?xml version='1.0' encoding='iso-8859-1'?><a/>"), EwsError::malformed_xml);
}

TEST(Xml, utf16_with_a_byte_order_mark_is_read) {
  std::string little("\xFF\xFE<\0a\0>\0\xAC\x20<\0/\0a\0>\0", 18);
  auto document = XmlDocument::parse(little);
  ASSERT_TRUE(document) << document.error().error.describe();
  EXPECT_EQ(document->root().text(), "\xE2\x82\xAC");
}

TEST(Xml, names_are_matched_by_namespace_whatever_the_prefix) {
  auto document = XmlDocument::parse(
      "<q:Envelope xmlns:q='http://schemas.xmlsoap.org/soap/envelope/'><Body "
      "xmlns='http://schemas.xmlsoap.org/soap/envelope/'>"
      "<x xmlns='urn:other'/><x "
      "xmlns='http://schemas.microsoft.com/exchange/services/2006/types'>yes</x></Body></q:Envelope>");
  ASSERT_TRUE(document);
  EXPECT_TRUE(document->root().is(kSoapNamespace, "Envelope"));
  EXPECT_EQ(document->root().child("Body").child("x").text(), "yes");
}

TEST(Xml, what_the_writer_writes_is_read_back) {
  XmlWriter writer;
  std::string nasty = "<&>\"'\r\n\t\xC3\xA4";
  writer.open("a").attribute("b", nasty).text(nasty + std::string(1, '\x01')).close();
  auto document = XmlDocument::parse(writer.take());
  ASSERT_TRUE(document);
  EXPECT_EQ(document->root().attribute("b"), nasty);
  EXPECT_EQ(document->root().text(), nasty + "\xEF\xBF\xBD");
}

TEST(Challenge, several_fields_and_lists_are_read) {
  HttpFields head;
  head.add("WWW-Authenticate", "Negotiate, NTLM TlRMTVNTUAAC==, Basic realm=\"a, \\\"b\\\"\", charset=UTF-8");
  head.add("www-authenticate", "Bearer error=invalid, Digest nonce=x");
  auto challenges = challenges_of(head);
  ASSERT_EQ(challenges.size(), 5U);
  EXPECT_EQ(challenges[1].token, "TlRMTVNTUAAC==");
  EXPECT_EQ(challenges[2].parameters.at(0).second, "a, \"b\"");
  EXPECT_EQ(challenges[2].parameters.at(1).first, "charset");
  Offer offer = offer_of(head);
  EXPECT_EQ(offer.schemes, (std::vector{Scheme::negotiate, Scheme::ntlm, Scheme::basic}));
  EXPECT_EQ(offer.others, (std::vector<std::string>{"Bearer", "Digest"}));
}

TEST(Challenge, nonsense_ends_the_list_without_harm) {
  EXPECT_TRUE(parse_challenges("").empty());
  EXPECT_TRUE(parse_challenges(",, ,").empty());
  EXPECT_TRUE(parse_challenges("\"x").empty());
  EXPECT_EQ(parse_challenges("Basic realm=\"open").size(), 1U);
  EXPECT_LE(parse_challenges(std::string(10'000, 'a') + std::string(10'000, ',')).size(), 32U);
}

}  // namespace
}  // namespace mailward::ews
