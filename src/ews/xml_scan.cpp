#include "ews/xml_scan.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace mailward::ews {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";

bool is_space(char letter) {
  return letter == ' ' || letter == '\t' || letter == '\n' || letter == '\r';
}

/// XML 1.0, production Char.
bool is_xml_character(std::uint32_t code) {
  return code == 0x9 || code == 0xA || code == 0xD || (code >= 0x20 && code <= 0xD7FF) ||
         (code >= 0xE000 && code <= 0xFFFD) || (code >= 0x10000 && code <= 0x10FFFF);
}

Failure malformed(std::string what) {
  return {EwsError::malformed_xml, "malformed XML: " + std::move(what)};
}
Failure truncated() {
  return {EwsError::truncated, "the XML ends before its root element does"};
}
Failure over(std::string_view what) {
  return {EwsError::xml_limit, "the XML is refused: " + std::string(what)};
}

Outcome<std::string> to_utf8(std::string_view bytes) {
  if (bytes.starts_with("\xEF\xBB\xBF")) bytes.remove_prefix(3);
  bool little = bytes.starts_with("\xFF\xFE");
  bool big = bytes.starts_with("\xFE\xFF");
  if (little || big) {
    Bytes units = to_bytes(bytes.substr(2));
    if (big) {
      for (std::size_t i = 0; i + 1 < units.size(); i += 2) std::swap(units[i], units[i + 1]);
    }
    auto converted = from_utf16le(units);
    if (!converted) return fail(malformed("it is not UTF-16"));
    return *std::move(converted);
  }
  if (!is_utf8(bytes)) return fail(malformed("it is not UTF-8"));
  return std::string(bytes);
}

class Scanner {
 public:
  Scanner(std::string_view in, const XmlLimits& limits) : in_(in), limits_(limits) { out_.reserve(in.size() + 64); }

  Outcome<ScannedXml> scan() {
    skip_space();
    if (at_ == in_.size()) return fail(Failure(EwsError::empty_answer, "the answer is empty"));
    if (in_[at_] != '<') return fail(Failure(EwsError::not_xml, "the answer is no XML"));
    if (at("<?xml") && at_ + 5 < in_.size() && is_space(in_[at_ + 5])) MW_CHECK(declaration());
    while (at_ < in_.size()) MW_CHECK(step());
    if (depth_ > 0 || !had_root_) return fail(truncated());
    return ScannedXml{.text = std::move(out_), .replaced = replaced_};
  }

 private:
  bool at(std::string_view what) const { return in_.substr(at_).starts_with(what); }
  void skip_space() {
    while (at_ < in_.size() && is_space(in_[at_])) ++at_;
  }
  void copy_to(std::size_t end) {
    out_.append(in_.substr(at_, end - at_));
    at_ = end;
  }
  void replace() {
    out_ += kReplacement;
    ++replaced_;
  }

  Outcome<void> declaration() {
    auto end = in_.find("?>", at_);
    if (end == std::string_view::npos) return fail(truncated());
    auto text = in_.substr(at_, end - at_);
    if (auto named = text.find("encoding"); named != std::string_view::npos) {
      auto open = text.find_first_of("\"'", named);
      auto close = open == std::string_view::npos ? open : text.find(text[open], open + 1);
      if (close == std::string_view::npos) return fail(malformed("its declaration cannot be read"));
      auto encoding = lower_case(text.substr(open + 1, close - open - 1));
      if (encoding != "utf-8" && encoding != "utf8" && encoding != "utf-16" && encoding != "us-ascii") {
        return fail(malformed("its encoding is " + printable(encoding, 40) + ", not UTF-8 or UTF-16"));
      }
    }
    // Left out: the text is UTF-8 now, whatever it was.
    at_ = end + 2;
    return {};
  }

  Outcome<void> step() {
    if (in_[at_] != '<') return text();
    if (at("<!--")) return skipped("<!--", "-->");
    if (at("<?")) return skipped("<?", "?>");
    if (at("<![CDATA[")) return cdata();
    if (at("<!")) {
      // Its first letters may be all that has come.
      if (std::string_view("<![CDATA[").starts_with(in_.substr(at_)) ||
          std::string_view("<!--").starts_with(in_.substr(at_))) {
        return fail(truncated());
      }
      return fail(over("it declares a document type"));
    }
    if (at("</")) return end_tag();
    return start_tag();
  }

  Outcome<void> skipped(std::string_view open, std::string_view close) {
    auto end = in_.find(close, at_ + open.size());
    if (end == std::string_view::npos) return fail(truncated());
    at_ = end + close.size();
    return {};
  }

  Outcome<void> cdata() {
    if (depth_ == 0) return fail(malformed("text outside the root element"));
    auto end = in_.find("]]>", at_);
    if (end == std::string_view::npos) return fail(truncated());
    copy_clean(end);
    copy_to(end + 3);
    return {};
  }

  /// Copies up to `end`, with characters that XML does not allow replaced.
  void copy_clean(std::size_t end) {
    while (at_ < end) {
      std::size_t stop = at_;
      while (stop < end && !is_illegal_here(stop)) ++stop;
      copy_to(stop);
      if (at_ == end) return;
      at_ += in_[at_] == '\xEF' ? 3 : 1;
      replace();
    }
  }
  /// The text is UTF-8, so that only controls and U+FFFE, U+FFFF are left to find.
  bool is_illegal_here(std::size_t where) const {
    auto letter = static_cast<unsigned char>(in_[where]);
    if (letter < 0x20) return !is_space(in_[where]);
    return letter == 0xEF && (in_.substr(where, 3) == "\xEF\xBF\xBE" || in_.substr(where, 3) == "\xEF\xBF\xBF");
  }

  Outcome<void> text() {
    while (at_ < in_.size() && in_[at_] != '<') {
      if (depth_ == 0) {
        if (!is_space(in_[at_])) return fail(malformed("text outside the root element"));
        ++at_;
        continue;
      }
      auto stop = std::min(in_.find_first_of("<&", at_), in_.size());
      copy_clean(stop);
      if (at_ < in_.size() && in_[at_] == '&') MW_CHECK(reference());
    }
    return {};
  }

  Outcome<void> reference() {
    constexpr std::size_t kLongest = 32;
    auto end = in_.find(';', at_);
    if (end == std::string_view::npos || end - at_ > kLongest) {
      if (end == std::string_view::npos && in_.size() - at_ <= kLongest) return fail(truncated());
      return fail(malformed("an ampersand that begins no reference"));
    }
    auto name = in_.substr(at_ + 1, end - at_ - 1);
    if (!name.starts_with('#')) {
      if (name != "amp" && name != "lt" && name != "gt" && name != "quot" && name != "apos") {
        return fail(over("it refers to the entity " + printable(name, 20)));
      }
      copy_to(end + 1);
      return {};
    }
    bool hex = name.starts_with("#x") || name.starts_with("#X");
    auto digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    auto [last, error] = std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (digits.empty() || last != digits.data() + digits.size() ||
        (error != std::errc() && error != std::errc::result_out_of_range)) {
      return fail(malformed("a character reference that is no number"));
    }
    if (error == std::errc() && is_xml_character(code)) {
      copy_to(end + 1);
    } else {
      replace();
      at_ = end + 1;
    }
    return {};
  }

  Outcome<std::size_t> name_end(std::size_t from) const {
    auto end = std::min(in_.find_first_of(" \t\r\n=/><&\"'", from), in_.size());
    if (end - from > limits_.name_length) return fail(over("a name is too long"));
    if (end == in_.size()) return fail(truncated());
    if (end == from) return fail(malformed("a name is missing"));
    // A control character in a name would end it for the parser.
    if (std::ranges::any_of(in_.substr(from, end - from),
                            [](char c) { return static_cast<unsigned char>(c) < 0x20; })) {
      return fail(malformed("a control character in a name"));
    }
    return end;
  }

  Outcome<void> end_tag() {
    MW_TRY(auto end, name_end(at_ + 2));
    copy_to(end);
    skip_space();
    if (at_ == in_.size()) return fail(truncated());
    if (in_[at_] != '>') return fail(malformed("an end tag with more than a name"));
    if (depth_ == 0) return fail(malformed("an end tag without its beginning"));
    copy_to(at_ + 1);
    --depth_;
    return {};
  }

  Outcome<void> start_tag() {
    if (depth_ == 0 && had_root_) return fail(malformed("a second root element"));
    had_root_ = true;
    if (++depth_ > limits_.depth) return fail(over("it is nested too deeply"));
    if (++elements_ > limits_.elements) return fail(over("it has too many elements"));
    MW_TRY(auto end, name_end(at_ + 1));
    copy_to(end);
    std::size_t attributes = 0;
    for (;;) {
      std::size_t before = at_;
      skip_space();
      bool spaced = at_ > before;
      if (at_ == in_.size()) return fail(truncated());
      if (at("/>")) {
        copy_to(at_ + 2);
        --depth_;
        return {};
      }
      if (in_[at_] == '>') {
        copy_to(at_ + 1);
        return {};
      }
      if (in_[at_] == '/' && at_ + 1 == in_.size()) return fail(truncated());
      if (!spaced) return fail(malformed("an attribute without space before it"));
      if (++attributes > limits_.attributes_of_one || ++attributes_ > limits_.attributes) {
        return fail(over("it has too many attributes"));
      }
      MW_CHECK(attribute());
    }
  }

  Outcome<void> attribute() {
    out_ += ' ';
    MW_TRY(auto end, name_end(at_));
    copy_to(end);
    skip_space();
    if (at_ == in_.size()) return fail(truncated());
    if (in_[at_] != '=') return fail(malformed("an attribute without a value"));
    copy_to(at_ + 1);
    skip_space();
    if (at_ == in_.size()) return fail(truncated());
    char quote = in_[at_];
    if (quote != '"' && quote != '\'') return fail(malformed("an attribute's value without quotes"));
    copy_to(at_ + 1);
    const char stops[] = {quote, '&', '<', '\0'};
    for (;;) {
      auto stop = std::min(in_.find_first_of(stops, at_), in_.size());
      copy_clean(stop);
      if (at_ == in_.size()) return fail(truncated());
      if (in_[at_] == '<') return fail(malformed("a < in an attribute's value"));
      if (in_[at_] == quote) break;
      MW_CHECK(reference());
    }
    copy_to(at_ + 1);
    return {};
  }

  std::string_view in_;
  const XmlLimits& limits_;
  std::size_t at_ = 0;
  std::string out_;
  std::size_t depth_ = 0;
  std::size_t elements_ = 0;
  std::size_t attributes_ = 0;
  std::size_t replaced_ = 0;
  bool had_root_ = false;
};

}  // namespace

Outcome<ScannedXml> scan_xml(std::string_view bytes, const XmlLimits& limits) {
  if (bytes.size() > limits.bytes) return fail(over("it is too large"));
  if (bytes.empty()) return fail(Failure(EwsError::empty_answer, "the answer is empty"));
  MW_TRY(auto text, to_utf8(bytes));
  return Scanner(text, limits).scan();
}

}  // namespace mailward::ews
