#include "exchange_sim/xml_writing.h"

#include <gtest/gtest.h>

#include <map>

namespace mailward::exchange_sim {
namespace {

// Plain text is looked through in blocks of 64: a letter that needs writing otherwise is seen wherever in them it
// stands.
TEST(XmlWriting, sees_each_letter_that_it_writes_otherwise_wherever_it_stands) {
  const std::map<char, std::string> in_text = {{'&', "&amp;"},  {'<', "&lt;"},     {'>', "&gt;"},
                                               {'\r', "&#xD;"}, {'\x01', "&#x1;"}, {'\x1f', "&#x1F;"}};
  auto in_attribute = in_text;
  in_attribute['"'] = "&quot;";
  in_attribute['\n'] = "&#xA;";
  const std::string plain(200, 'x');
  for (std::size_t where = 0; where < plain.size(); ++where) {
    for (const auto& [letter, written] : in_attribute) {
      auto given = plain;
      given[where] = letter;
      auto expected = plain;
      expected.replace(where, 1, written);
      EXPECT_EQ(escape_attribute(given), expected) << int(letter) << " at " << where;
      if (in_text.contains(letter)) EXPECT_EQ(escape_text(given), expected) << int(letter) << " at " << where;
    }
  }
}

TEST(XmlWriting, leaves_all_other_bytes_as_they_are) {
  std::string other = "\t";
  for (int letter = 0x20; letter < 0x100; ++letter) {
    if (std::string_view("&<>\"").find(static_cast<char>(letter)) == std::string_view::npos) {
      other += static_cast<char>(letter);
    }
  }
  EXPECT_EQ(escape_attribute(other), other);
  EXPECT_EQ(escape_text(other + "\n\""), other + "\n\"");
}

}  // namespace
}  // namespace mailward::exchange_sim
