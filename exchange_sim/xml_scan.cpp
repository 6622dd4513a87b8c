#include "exchange_sim/xml_scan.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 5> kEntities{"amp", "lt", "gt", "quot", "apos"};
constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::size_t kMostOfOneTag = 256;

bool is_character(std::uint32_t code) {
  if (code < 0x20) return code == '\t' || code == '\n' || code == '\r';
  return code < 0xd800 || (code > 0xdfff && code != 0xfffe && code != 0xffff && code <= 0x10ffff);
}

/// The character itself cannot stand in an answer: the full stop is what .NET writes in place of a zero.
std::string forbidden(std::uint32_t code) {
  return fmt::format("'.', hexadecimal value 0x{:02X}, is an invalid character.", code);
}

/// A character of UTF-8 and its length; a length of 0: these bytes are none.
struct Decoded {
  std::uint32_t code = 0;
  std::size_t size = 0;
};

Decoded decode(std::string_view text) {
  const auto byte = [&](std::size_t at) { return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at])); };
  const std::uint32_t lead = byte(0);
  if (lead < 0x80) return {.code = lead, .size = 1};
  const std::size_t size = lead >= 0xf0 && lead < 0xf5 ? 4 : lead >= 0xe0 ? 3 : 2;
  if (lead < 0xc2 || lead > 0xf4 || text.size() < size) return {};
  std::uint32_t code = lead & (0xffU >> (size + 1));
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    code = code << 6 | (byte(i) & 0x3f);
  }
  const std::uint32_t least = size == 2 ? 0x80 : size == 3 ? 0x800 : 0x10000;
  const bool surrogate = code >= 0xd800 && code <= 0xdfff;
  return code < least || surrogate || code > 0x10ffff ? Decoded{} : Decoded{.code = code, .size = size};
}

class Scan {
 public:
  Scan(std::string_view text, const XmlLimits& limits) : text_(text), limits_(limits) {}

  std::optional<XmlTrouble> run() {
    if (text_.size() > limits_.bytes) return XmlTrouble{.words = "the request is too large", .place = {}};
    if (text_.starts_with("\xef\xbb\xbf")) at_ = 3;
    while (at_ < text_.size()) {
      if (auto trouble = text_[at_] == '<' ? markup() : content()) return trouble;
    }
    if (open_.empty() && rooted_) return std::nullopt;
    if (open_.empty()) return trouble("Root element is missing.");
    std::string names;
    for (auto each = open_.rbegin(); each != open_.rend(); ++each) {
      names += (names.empty() ? "" : ", ") + std::string(each->name);
    }
    return trouble("Unexpected end of file has occurred. The following elements are not closed: " + names + ".");
  }

 private:
  struct Tag {
    std::string_view name;
    std::size_t at = 0;
  };

  std::optional<XmlTrouble> trouble(std::string words) const { return trouble_at(text_, at_, std::move(words)); }
  static XmlTrouble beyond(std::string words) { return {.words = std::move(words), .place = {}}; }

  /// The character at the place, and the one after it is next.
  std::optional<XmlTrouble> character() {
    const auto byte = static_cast<unsigned char>(text_[at_]);
    if (byte >= 0x20 && byte < 0x80) {
      ++at_;
      return std::nullopt;
    }
    const Decoded decoded = decode(text_.substr(at_));
    if (decoded.size == 0) return trouble("Invalid character in the given encoding.");
    if (!is_character(decoded.code)) return trouble(forbidden(decoded.code));
    at_ += decoded.size;
    return std::nullopt;
  }

  std::optional<XmlTrouble> reference() {
    constexpr std::size_t kLongest = 64;
    const auto end = text_.substr(at_, kLongest).find(';');
    ++at_;
    if (end == std::string_view::npos || end < 2) return trouble("An error occurred while parsing EntityName.");
    const std::string_view name = text_.substr(at_, end - 1);
    if (name.front() != '#') {
      if (name.find_first_of(" \t\r\n<&\"'=") != std::string_view::npos) {
        return trouble("An error occurred while parsing EntityName.");
      }
      if (std::ranges::find(kEntities, name) == kEntities.end()) {
        return trouble("Reference to undeclared entity '" + std::string(name) + "'.");
      }
    } else {
      const bool hex = name.starts_with("#x");
      const std::string_view digits = name.substr(hex ? 2 : 1);
      std::uint32_t code = 0;
      const auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
      if (digits.empty() || last != digits.data() + digits.size() || error == std::errc::invalid_argument) {
        return trouble("Invalid syntax for a decimal or hexadecimal numeric entity reference.");
      }
      if (error != std::errc{} || !is_character(code)) return trouble(forbidden(code));
    }
    at_ += end;
    return std::nullopt;
  }

  /// Text, in an element or around the root.
  std::optional<XmlTrouble> content() {
    while (at_ < text_.size() && text_[at_] != '<') {
      if (open_.empty() && !kBlanks.contains(text_[at_])) return trouble("Data at the root level is invalid.");
      if (auto wrong = text_[at_] == '&' ? reference() : character()) return wrong;
    }
    return std::nullopt;
  }

  /// What is taken as it stands, up to its end.
  std::optional<XmlTrouble> raw(std::string_view end, std::string_view what) {
    const auto stop = text_.find(end, at_);
    if (stop == std::string_view::npos) {
      return trouble("Unexpected end of file while parsing " + std::string(what) + " has occurred.");
    }
    while (at_ < stop) {
      if (auto wrong = character()) return wrong;
    }
    at_ = stop + end.size();
    return std::nullopt;
  }

  std::optional<XmlTrouble> markup() {
    const std::string_view rest = text_.substr(at_);
    if (++nodes_ > limits_.nodes) return beyond("the request has too many elements");
    if (rest.starts_with("<!--")) {
      at_ += 4;
      return raw("-->", "Comment");
    }
    if (rest.starts_with("<![CDATA[") && !open_.empty()) return raw("]]>", "CDATA");
    if (rest.starts_with("<?")) return raw("?>", "PI");
    if (rest.starts_with("<!")) return trouble("For security reasons DTD is prohibited in this XML document.");
    return rest.starts_with("</") ? end_tag() : start_tag();
  }

  std::string_view name() {
    const auto end = std::min(text_.find_first_of(" \t\r\n/><=\"'&", at_), text_.size());
    const std::string_view found = text_.substr(at_, end - at_);
    at_ = end;
    return found;
  }

  /// The characters of a name that was read.
  std::optional<XmlTrouble> check(std::string_view name) {
    for (at_ -= name.size(); !name.empty();) {
      const std::size_t before = at_;
      if (auto wrong = character()) return wrong;
      name.remove_prefix(at_ - before);
    }
    return std::nullopt;
  }

  std::optional<XmlTrouble> end_tag() {
    at_ += 2;
    const std::size_t place = at_;
    const std::string_view closed = name();
    at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    if (at_ == text_.size()) return trouble("Unexpected end of file has occurred.");
    if (text_[at_] != '>') return unexpected('>');
    if (open_.empty()) {
      at_ = place;
      return trouble("Unexpected end tag.");
    }
    const Tag tag = open_.back();
    if (tag.name != closed) {
      at_ = place;
      const XmlPlace begun = place_in(text_, tag.at);
      return trouble(fmt::format("The '{}' start tag on line {} position {} does not match the end tag of '{}'.",
                                 tag.name, begun.line, begun.position, closed));
    }
    open_.pop_back();
    ++at_;
    return std::nullopt;
  }

  std::optional<XmlTrouble> unexpected(char wanted) const {
    return trouble(
        fmt::format("'{}' is an unexpected token. The expected token is '{}'.", printable(text_[at_]), wanted));
  }

  static std::string printable(char c) { return c >= 0x20 && c < 0x7f ? std::string(1, c) : "."; }

  std::optional<XmlTrouble> start_tag() {
    ++at_;
    if (open_.empty() && rooted_) return trouble("There are multiple root elements.");
    const Tag tag{.name = name(), .at = at_};
    if (tag.name.empty()) {
      if (at_ == text_.size()) return trouble("Unexpected end of file has occurred.");
      return trouble(fmt::format("Name cannot begin with the '{}' character, hexadecimal value 0x{:02X}.",
                                 printable(text_[at_]), static_cast<unsigned char>(text_[at_])));
    }
    if (auto wrong = check(tag.name)) return wrong;
    rooted_ = true;
    named_.clear();
    while (at_ < text_.size()) {
      at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
      if (at_ == text_.size()) break;
      if (text_[at_] == '>') {
        ++at_;
        open_.push_back({.name = tag.name, .at = tag.at - tag.name.size()});
        if (open_.size() > limits_.depth) return beyond("the request is nested too deeply");
        return std::nullopt;
      }
      if (text_.substr(at_).starts_with("/>")) {
        at_ += 2;
        return std::nullopt;
      }
      if (auto wrong = attribute()) return wrong;
    }
    return trouble("Unexpected end of file has occurred.");
  }

  std::optional<XmlTrouble> attribute() {
    if (++attributes_ > limits_.attributes) return beyond("the request has too many attributes");
    const std::string_view named = name();
    if (named.empty()) return unexpected('>');
    if (auto wrong = check(named)) return wrong;
    if (named_.size() == kMostOfOneTag) return beyond("the request has an element with too many attributes");
    if (std::ranges::find(named_, named) != named_.end()) {
      return trouble("'" + std::string(named) + "' is a duplicate attribute name.");
    }
    named_.push_back(named);
    at_ = std::min(text_.find_first_not_of(kBlanks, at_), text_.size());
    if (at_ == text_.size()) return std::nullopt;
    if (text_[at_] != '=') return unexpected('=');
    at_ = std::min(text_.find_first_not_of(kBlanks, at_ + 1), text_.size());
    if (at_ == text_.size()) return std::nullopt;
    const char quote = text_[at_];
    if (quote != '"' && quote != '\'') return unexpected('"');
    ++at_;
    while (at_ < text_.size() && text_[at_] != quote) {
      if (text_[at_] == '<') {
        return trouble("'<', hexadecimal value 0x3C, is an invalid attribute character.");
      }
      if (auto wrong = text_[at_] == '&' ? reference() : character()) return wrong;
    }
    if (at_ < text_.size()) ++at_;
    return std::nullopt;
  }

  std::string_view text_;
  const XmlLimits& limits_;
  std::size_t at_ = 0;
  std::size_t nodes_ = 0;
  std::size_t attributes_ = 0;
  bool rooted_ = false;
  std::vector<Tag> open_;
  std::vector<std::string_view> named_;  ///< the attributes of the tag that is read
};

}  // namespace

XmlPlace place_in(std::string_view text, std::size_t offset) {
  const std::string_view before = text.substr(0, offset);
  const auto line_end = before.rfind('\n');
  const std::size_t begin = line_end == std::string_view::npos ? 0 : line_end + 1;
  return {.line = static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1, .position = offset - begin + 1};
}

XmlTrouble trouble_at(std::string_view text, std::size_t offset, std::string words) {
  const XmlPlace place = place_in(text, offset);
  words += fmt::format(" Line {}, position {}.", place.line, place.position);
  return {.words = std::move(words), .place = place};
}

std::optional<XmlTrouble> scan_xml(std::string_view text, const XmlLimits& limits) {
  return Scan(text, limits).run();
}

}  // namespace mailward::exchange_sim
