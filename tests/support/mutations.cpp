#include "tests/support/mutations.h"

#include <algorithm>
#include <array>

namespace mailward::testing {
namespace {

/// An element without elements in it: "<t:Name a="b">text</t:Name>", from "<" to behind the last ">".
struct Leaf {
  std::size_t begin = 0;
  std::size_t text = 0;
  std::size_t text_end = 0;
  std::size_t end = 0;
  std::string name;
};

std::vector<Leaf> leaves_of(std::string_view xml) {
  std::vector<Leaf> found;
  for (std::size_t at = xml.find('<'); at != std::string_view::npos; at = xml.find('<', at + 1)) {
    const std::size_t close = xml.find('>', at);
    if (close == std::string_view::npos) break;
    if (xml[at + 1] == '/' || xml[at + 1] == '?' || xml[at + 1] == '!') continue;
    const std::string name(xml.substr(at + 1, xml.find_first_of(" />", at) - at - 1));
    if (xml[close - 1] == '/') {
      found.push_back({.begin = at, .text = close + 1, .text_end = close + 1, .end = close + 1, .name = name});
      continue;
    }
    const std::size_t next = xml.find('<', close);
    const std::string ending = "</" + name + ">";
    if (next == std::string_view::npos || !xml.substr(next).starts_with(ending)) continue;
    found.push_back({.begin = at, .text = close + 1, .text_end = next, .end = next + ending.size(), .name = name});
  }
  return found;
}

/// The values of attributes, without their quotes.
std::vector<std::pair<std::size_t, std::size_t>> attribute_values(std::string_view xml) {
  std::vector<std::pair<std::size_t, std::size_t>> found;
  for (std::size_t at = xml.find("=\""); at != std::string_view::npos; at = xml.find("=\"", at + 1)) {
    const std::size_t end = xml.find('"', at + 2);
    if (end == std::string_view::npos) break;
    // Without its namespaces nothing would be read any further.
    const std::size_t name = xml.rfind(' ', at);
    if (name == std::string_view::npos || !xml.substr(name + 1).starts_with("xmlns")) found.emplace_back(at + 2, end);
  }
  return found;
}

}  // namespace

std::string_view Mutations::odd_value() {
  static const std::string kLong(5000, 'x');
  static const std::array<std::string_view, 24> kOdd{"",
                                                     " ",
                                                     "0",
                                                     "-1",
                                                     "1",
                                                     "2147483648",
                                                     "-9223372036854775808",
                                                     "99999999999999999999999",
                                                     "NaN",
                                                     "1e308",
                                                     "true",
                                                     "maybe",
                                                     "0000-00-00T00:00:00Z",
                                                     "9999-12-31T23:59:59Z",
                                                     "2025-02-30T25:61:61+99:99",
                                                     "usera@example.test",
                                                     "@",
                                                     "https://[::1/",
                                                     "&#x9;&#xA;",
                                                     "&#128512;",
                                                     "\xed\xa0\x80",
                                                     "AAAA====",
                                                     "%00%n",
                                                     kLong};
  return kOdd.at(below(kOdd.size()));
}

void Mutations::change_bytes(std::string& text) {
  if (text.empty()) {
    text = static_cast<char>(random_());
    return;
  }
  const std::size_t at = below(text.size());
  const std::size_t length = 1 + below(std::min<std::size_t>(text.size() - at, 40));
  switch (below(6)) {
    case 0:
      text[at] = static_cast<char>(random_());
      break;
    case 1:
      text[at] = static_cast<char>(text[at] ^ (1 << below(8)));
      break;
    case 2:
      text.erase(at, length);
      break;
    case 3:
      text.insert(below(text.size()), text.substr(at, length));
      break;
    case 4:
      text.insert(at, odd_value());
      break;
    default:
      text.resize(at);
  }
}

void Mutations::change_xml(std::string& xml) {
  const auto leaves = leaves_of(xml);
  const auto attributes = attribute_values(xml);
  if (leaves.empty()) return change_bytes(xml);
  const Leaf& leaf = leaves[below(leaves.size())];
  const Leaf& other = leaves[below(leaves.size())];
  const std::string whole = xml.substr(leaf.begin, leaf.end - leaf.begin);
  switch (below(7)) {
    case 0:
      if (!attributes.empty()) {
        const auto [begin, end] = attributes[below(attributes.size())];
        xml.replace(begin, end - begin, odd_value());
      }
      break;
    case 1:
      xml.erase(leaf.begin, leaf.end - leaf.begin);
      break;
    case 2:
      xml.insert(leaf.begin, whole);
      break;
    case 3:
      xml.insert(other.begin, whole);
      break;
    case 4: {
      const std::string renamed =
          "<" + other.name + ">" + xml.substr(leaf.text, leaf.text_end - leaf.text) + "</" + other.name + ">";
      xml.replace(leaf.begin, leaf.end - leaf.begin, renamed);
      break;
    }
    default:
      if (leaf.text == leaf.end) {
        xml.replace(leaf.begin, leaf.end - leaf.begin, xml.substr(other.begin, other.end - other.begin));
      } else {
        xml.replace(leaf.text, leaf.text_end - leaf.text, odd_value());
      }
  }
}

std::string Mutations::of_bytes(std::string_view text) {
  std::string changed(text);
  for (std::size_t i = 1 + below(3); i > 0; --i) change_bytes(changed);
  return changed;
}

std::string Mutations::of_xml(std::string_view xml) {
  if (below(5) == 0) return of_bytes(xml);
  std::string changed(xml);
  for (std::size_t i = 1 + below(3); i > 0; --i) change_xml(changed);
  return changed;
}

}  // namespace mailward::testing
