#include "ews/xml_token.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace mailward::ews {
namespace {

/// Written so that the compiler makes vector instructions of it.
bool is_special(unsigned char letter) {
  const bool control = letter < 0x20;
  const bool space = (letter == '\t') | (letter == '\n') | (letter == '\r');
  return (control & !space) | (letter == '<') | (letter == '&') | (letter == 0xEF);
}

/// XML 1.0, production NameChar; outside ASCII it is not looked at closely.
bool is_name_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || (letter >= '0' && letter <= '9') ||
         letter == '_' || letter == ':' || letter == '-' || letter == '.' || static_cast<unsigned char>(letter) >= 0x80;
}

Outcome<std::size_t> name_end(std::string_view tag, std::size_t from, const XmlLimits& limits) {
  std::size_t end = std::min(tag.find_first_of(" \t\r\n=/><&\"'", from), tag.size());
  if (end - from > limits.name_length) return fail(refused_xml("a name is too long"));
  if (end == from) return fail(malformed_xml("a name is missing"));
  // Any other letter would end it for the parser.
  const auto name = tag.substr(from, end - from);
  if (!is_name_letter(name.front()) || name.front() == '-' || name.front() == '.' ||
      (name.front() >= '0' && name.front() <= '9') || !std::ranges::all_of(name, is_name_letter)) {
    return fail(malformed_xml("a name with letters that cannot stand in one"));
  }
  return end;
}

/// Reads a tag that is whole.
class TagReader {
 public:
  TagReader(std::string_view tag, const XmlLimits& limits, std::string& out) : tag_(tag), limits_(limits), out_(out) {}

  Outcome<PlainTag> read() {
    out_.clear();
    MW_TRY(auto end, name_end(tag_, 1, limits_));
    read_.name_length = end - 1;
    copy_to(end);
    for (;;) {
      const std::size_t before = at_;
      skip_space();
      if (at_ == tag_.size()) return fail(malformed_xml("a tag that does not end"));
      if (tag_.substr(at_) == "/>") {
        read_.empty = true;
        copy_to(at_ + 2);
        return read_;
      }
      if (at_ + 1 == tag_.size() && tag_[at_] == '>') {
        copy_to(at_ + 1);
        return read_;
      }
      if (at_ == before) return fail(malformed_xml("an attribute without space before it"));
      if (++read_.attributes > limits_.attributes_of_one) return fail(refused_xml("it has too many attributes"));
      MW_CHECK(attribute());
    }
  }

 private:
  void skip_space() {
    while (at_ < tag_.size() && is_xml_space(tag_[at_])) ++at_;
  }
  void copy_to(std::size_t end) {
    out_.append(tag_.substr(at_, end - at_));
    at_ = end;
  }
  void replace(std::size_t length) {
    out_ += kXmlReplacement;
    ++read_.replaced;
    at_ += length;
  }

  Outcome<void> attribute() {
    out_ += ' ';
    MW_TRY(auto end, name_end(tag_, at_, limits_));
    copy_to(end);
    skip_space();
    if (at_ == tag_.size() || tag_[at_] != '=') return fail(malformed_xml("an attribute without a value"));
    copy_to(at_ + 1);
    skip_space();
    const char quote = at_ < tag_.size() ? tag_[at_] : '\0';
    if (quote != '"' && quote != '\'') return fail(malformed_xml("an attribute's value without quotes"));
    copy_to(at_ + 1);
    while (at_ < tag_.size() && tag_[at_] != quote) MW_CHECK(part_of_value(quote));
    if (at_ == tag_.size()) return fail(malformed_xml("an attribute's value that does not end"));
    copy_to(at_ + 1);
    return {};
  }

  Outcome<void> part_of_value(char quote) {
    const std::size_t stop = std::min(tag_.find(quote, at_), find_special(tag_, at_));
    copy_to(std::min(stop, tag_.size()));
    if (at_ == tag_.size() || tag_[at_] == quote) return {};
    if (tag_[at_] == '<') return fail(malformed_xml("a < in an attribute's value"));
    if (tag_[at_] == '&') {
      const auto end = tag_.find(';', at_);
      if (end == std::string_view::npos) return fail(malformed_xml("an ampersand that begins no reference"));
      MW_TRY(bool allowed, read_reference(tag_.substr(at_, end + 1 - at_)));
      if (allowed) {
        copy_to(end + 1);
      } else {
        replace(end + 1 - at_);
      }
      return {};
    }
    if (const auto illegal = illegal_length(tag_, at_); illegal > 0) {
      replace(illegal);
    } else {
      copy_to(at_ + 1);
    }
    return {};
  }

  std::string_view tag_;
  const XmlLimits& limits_;
  std::string& out_;
  std::size_t at_ = 0;
  PlainTag read_;
};

}  // namespace

bool is_xml_character(std::uint32_t code) {
  return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

Failure malformed_xml(std::string what) {
  return {EwsError::malformed_xml, "malformed XML: " + std::move(what)};
}
Failure truncated_xml() {
  return {EwsError::truncated, "the XML ends before its root element does"};
}
Failure refused_xml(std::string_view what) {
  return {EwsError::xml_limit, "the XML is refused: " + std::string(what)};
}

std::size_t find_special(std::string_view text, std::size_t from) {
  constexpr std::size_t kBlock = 64;
  const auto* data = reinterpret_cast<const unsigned char*>(text.data());
  while (from + kBlock <= text.size()) {
    unsigned any = 0;
    for (std::size_t i = 0; i < kBlock; ++i) any |= static_cast<unsigned>(is_special(data[from + i]));
    if (any != 0) break;
    from += kBlock;
  }
  while (from < text.size() && !is_special(data[from])) ++from;
  return from;
}

std::size_t illegal_length(std::string_view text, std::size_t where) {
  const auto letter = static_cast<unsigned char>(text[where]);
  if (letter < 0x20) return is_xml_space(text[where]) ? 0 : 1;
  const auto three = text.substr(where, 3);
  return three == "\xEF\xBF\xBE" || three == "\xEF\xBF\xBF" ? 3 : 0;
}

Outcome<bool> read_reference(std::string_view reference) {
  constexpr std::size_t kLongest = 33;
  if (reference.size() > kLongest) return fail(malformed_xml("an ampersand that begins no reference"));
  const auto name = reference.substr(1, reference.size() - 2);
  if (!name.starts_with('#')) {
    if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos") {
      return fail(refused_xml("it refers to the entity " + printable(name, 20)));
    }
    return true;
  }
  const bool hex = name.starts_with("#x") || name.starts_with("#X");
  const auto digits = name.substr(hex ? 2 : 1);
  std::uint32_t code = 0;
  auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
  if (digits.empty() || last != digits.data() + digits.size() ||
      (error != std::errc() && error != std::errc::result_out_of_range)) {
    return fail(malformed_xml("a character reference that is no number"));
  }
  return error == std::errc() && is_xml_character(code);
}

Outcome<PlainTag> read_start_tag(std::string_view tag, const XmlLimits& limits, std::string& out) {
  return TagReader(tag, limits, out).read();
}

Outcome<std::string_view> read_end_tag(std::string_view tag, const XmlLimits& limits) {
  MW_TRY(auto end, name_end(tag, 2, limits));
  if (!std::ranges::all_of(tag.substr(end, tag.size() - 1 - end), is_xml_space)) {
    return fail(malformed_xml("an end tag with more than a name"));
  }
  return tag.substr(2, end - 2);
}

}  // namespace mailward::ews
