#include "ews/xml_scan.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "ews/xml_token.h"

namespace mailward::ews {
namespace {

/// Writes a document again.
class Copy : public XmlSink {
 public:
  explicit Copy(std::string& out) : out_(out) {}
  Outcome<void> start(std::string_view tag, std::string_view, bool) override { return add(tag); }
  Outcome<void> text(std::string_view escaped) override { return add(escaped); }
  Outcome<void> cdata(std::string_view plain) override {
    out_ += "<![CDATA[";
    out_ += plain;
    return add("]]>");
  }
  Outcome<void> end(std::string_view tag) override { return add(tag); }

 private:
  Outcome<void> add(std::string_view piece) {
    out_ += piece;
    return {};
  }
  std::string& out_;
};

Outcome<void> check_declaration(std::string_view text) {
  const auto named = text.find("encoding");
  if (named == std::string_view::npos) return {};
  const auto open = text.find_first_of("\"'", named);
  const auto close = open == std::string_view::npos ? open : text.find(text[open], open + 1);
  if (close == std::string_view::npos) return fail(malformed_xml("its declaration cannot be read"));
  const auto encoding = lower_case(text.substr(open + 1, close - open - 1));
  if (encoding != "utf-8" && encoding != "utf8" && encoding != "utf-16" && encoding != "us-ascii") {
    return fail(malformed_xml("its encoding is " + printable(encoding, 40) + ", not UTF-8 or UTF-16"));
  }
  return {};
}

}  // namespace

XmlScanner::XmlScanner(XmlSink& sink, const XmlLimits& limits, Documents documents)
    : sink_(sink), limits_(limits), documents_(documents) {}

Outcome<void> XmlScanner::feed(std::string_view bytes) {
  const std::string_view arrived = feed_.take(bytes);
  const bool goes_on = !pending_.empty();
  if (goes_on) pending_ += arrived;
  in_ = goes_on ? std::string_view(pending_) : arrived;
  at_ = 0;
  auto ran = run();
  if (goes_on) {
    pending_.erase(0, at_);
  } else {
    pending_.assign(in_.substr(at_));
  }
  in_ = pending_;
  at_ = 0;
  MW_CHECK(std::move(ran));
  // What stands before the break was read, so that the pieces do not matter.
  if (feed_.broken()) return fail(malformed_xml("it is not UTF-8 or UTF-16"));
  return {};
}

Outcome<void> XmlScanner::run() {
  while (at_ < in_.size()) {
    const std::size_t before = at_;
    MW_TRY(bool went, step());
    read_ += at_ - before;
    if (read_ > limits_.bytes) return fail(refused_xml("it is too large"));
    if (!went) break;
  }
  return {};
}

Outcome<void> XmlScanner::finish() {
  const bool rest = at_ < in_.size() || feed_.within_character();
  if (first_ && !rest) {
    if (documents_ == Documents::many) return {};
    return fail(Failure(EwsError::empty_answer, "the answer is empty"));
  }
  const bool between = mode_ == Mode::before || mode_ == Mode::content;
  if (rest || !between || !open_.empty() || !had_root_) return fail(truncated_xml());
  return {};
}

Outcome<bool> XmlScanner::step() {
  switch (mode_) {
    case Mode::before:
      return before_root();
    case Mode::comment:
      return skipped("-->");
    case Mode::instruction:
      return skipped("?>");
    case Mode::cdata:
      return cdata();
    case Mode::content:
      break;
  }
  if (in_[at_] == '<') return markup();
  return open_.empty() ? outside_text() : text();
}

/// The document's first letters, and its declaration. That is left out: the text is UTF-8 now, whatever it was.
Outcome<bool> XmlScanner::before_root() {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  for (;;) {
    while (at_ < in_.size() && is_xml_space(in_[at_])) ++at_;
    if (first_ || !at(kMark)) break;
    at_ += kMark.size();
  }
  if (at_ == in_.size()) return true;
  first_ = false;
  if (in_[at_] != '<') return fail(Failure(EwsError::not_xml, "the answer is no XML"));
  constexpr std::string_view kDeclaration = "<?xml";
  if (in_.size() - at_ <= kDeclaration.size() && (may_become(kDeclaration) || at(kDeclaration))) return false;
  if (at(kDeclaration) && is_xml_space(in_[at_ + kDeclaration.size()])) {
    constexpr std::size_t kLongest = 1024;
    const auto window = in_.substr(at_, kLongest);
    const auto end = window.find("?>");
    if (end == std::string_view::npos) {
      if (window.size() == kLongest) return fail(malformed_xml("its declaration cannot be read"));
      return false;
    }
    MW_CHECK(check_declaration(window.substr(0, end)));
    at_ += end + 2;
  }
  mode_ = Mode::content;
  had_root_ = false;
  return true;
}

Outcome<bool> XmlScanner::markup() {
  constexpr std::string_view kComment = "<!--";
  constexpr std::string_view kCdata = "<![CDATA[";
  if (in_.size() - at_ < 2) return false;
  const auto begin = [&](Mode mode, std::size_t length) {
    mode_ = mode;
    at_ += length;
    return true;
  };
  if (at("<?")) return begin(Mode::instruction, 2);
  if (!at("<!")) return tag();
  if (at(kComment)) return begin(Mode::comment, kComment.size());
  if (at(kCdata)) {
    if (open_.empty()) return fail(malformed_xml("text outside the root element"));
    return begin(Mode::cdata, kCdata.size());
  }
  // Its first letters may be all that has come.
  if (may_become(kComment) || may_become(kCdata)) return false;
  return fail(refused_xml("it declares a document type"));
}

Outcome<bool> XmlScanner::skipped(std::string_view close) {
  const auto end = in_.find(close, at_);
  if (end != std::string_view::npos) {
    at_ = end + close.size();
    mode_ = Mode::content;
    return true;
  }
  at_ = std::max(at_, in_.size() - std::min(in_.size(), close.size() - 1));
  return false;
}

Outcome<bool> XmlScanner::outside_text() {
  while (at_ < in_.size() && is_xml_space(in_[at_])) ++at_;
  if (at_ < in_.size() && in_[at_] != '<') return fail(malformed_xml("text outside the root element"));
  return true;
}

/// Gives `plain`, in which neither `<` nor `&` means anything, with illegal characters replaced.
Outcome<void> XmlScanner::clean(std::string_view plain, Outcome<void> (XmlSink::*give)(std::string_view)) {
  std::size_t from = 0;
  for (std::size_t i = find_special(plain, 0); i < plain.size(); i = find_special(plain, i)) {
    const auto illegal = illegal_length(plain, i);
    if (illegal == 0) {
      ++i;
      continue;
    }
    if (i > from) MW_CHECK((sink_.*give)(plain.substr(from, i - from)));
    MW_CHECK((sink_.*give)(kXmlReplacement));
    ++replaced_;
    i += illegal;
    from = i;
  }
  if (from < plain.size()) MW_CHECK((sink_.*give)(plain.substr(from)));
  return {};
}

Outcome<bool> XmlScanner::text() {
  if (in_[at_] == '&') return reference();
  std::size_t end = find_special(in_, at_);
  // Nearly all text is plain: then one look at it is enough.
  const bool plain = end >= in_.size() || in_[end] == '<' || in_[end] == '&';
  while (end < in_.size() && in_[end] != '<' && in_[end] != '&') end = find_special(in_, end + 1);
  const auto piece = in_.substr(at_, end - at_);
  at_ = end;
  MW_CHECK(plain ? sink_.text(piece) : clean(piece, &XmlSink::text));
  return true;
}

Outcome<bool> XmlScanner::reference() {
  constexpr std::size_t kLongest = 32;
  const auto window = in_.substr(at_, kLongest + 1);
  const auto end = window.find(';');
  if (end == std::string_view::npos) {
    if (window.size() <= kLongest) return false;
    return fail(malformed_xml("an ampersand that begins no reference"));
  }
  const auto whole = window.substr(0, end + 1);
  MW_TRY(bool allowed, read_reference(whole));
  at_ += whole.size();
  if (allowed) {
    MW_CHECK(sink_.reference(whole));
  } else {
    ++replaced_;
    MW_CHECK(sink_.text(kXmlReplacement));
  }
  return true;
}

Outcome<bool> XmlScanner::cdata() {
  const auto end = in_.find("]]>", at_);
  if (end != std::string_view::npos) {
    const auto piece = in_.substr(at_, end - at_);
    at_ = end + 3;
    mode_ = Mode::content;
    // Even an empty section is text.
    MW_CHECK(piece.empty() ? sink_.cdata(piece) : clean(piece, &XmlSink::cdata));
    return true;
  }
  // The mark may have begun, and a line end be cut in two.
  std::size_t kept = in_.size();
  while (kept > at_ && in_.size() - kept < 2 && in_[kept - 1] == ']') --kept;
  if (kept > at_ && in_[kept - 1] == '\r') --kept;
  const auto piece = in_.substr(at_, kept - at_);
  at_ = kept;
  MW_CHECK(clean(piece, &XmlSink::cdata));
  return false;
}

Outcome<bool> XmlScanner::tag() {
  std::size_t i = at_ + std::max<std::size_t>(probed_, 1);
  const bool closing = in_[at_ + 1] == '/';
  for (; i < in_.size(); ++i) {
    const char letter = in_[i];
    if (quote_ != '\0') {
      if (letter == quote_) quote_ = '\0';
    } else if (letter == '>') {
      break;
    } else if (!closing && (letter == '"' || letter == '\'')) {
      quote_ = letter;
    }
    if (i - at_ > limits_.tag_bytes) return fail(refused_xml("a tag is too long"));
  }
  if (i == in_.size()) {
    probed_ = i - at_;
    return false;
  }
  const auto whole = in_.substr(at_, i + 1 - at_);
  at_ = i + 1;
  probed_ = 0;
  if (closing) {
    MW_CHECK(end_tag(whole));
  } else {
    MW_CHECK(start_tag(whole));
  }
  return true;
}

Outcome<void> XmlScanner::start_tag(std::string_view tag) {
  if (open_.empty() && had_root_) return fail(malformed_xml("a second root element"));
  had_root_ = true;
  if (open_.size() >= limits_.depth) return fail(refused_xml("it is nested too deeply"));
  if (++elements_ > limits_.elements) return fail(refused_xml("it has too many elements"));
  MW_TRY(auto read, read_start_tag(tag, limits_, tag_));
  attributes_ += read.attributes;
  if (attributes_ > limits_.attributes) return fail(refused_xml("it has too many attributes"));
  replaced_ += read.replaced;
  const auto name = std::string_view(tag_).substr(1, read.name_length);
  MW_CHECK(sink_.start(tag_, name, read.empty));
  if (!read.empty) {
    open_.emplace_back(name);
  } else if (open_.empty()) {
    return root_ended();
  }
  return {};
}

Outcome<void> XmlScanner::end_tag(std::string_view tag) {
  MW_TRY(auto name, read_end_tag(tag, limits_));
  if (open_.empty()) return fail(malformed_xml("an end tag without its beginning"));
  if (open_.back() != name) return fail(malformed_xml("an end tag of another element than the last"));
  tag_ = "</";
  tag_ += name;
  tag_ += '>';
  MW_CHECK(sink_.end(tag_));
  open_.pop_back();
  return open_.empty() ? root_ended() : Outcome<void>{};
}

Outcome<void> XmlScanner::root_ended() {
  MW_CHECK(sink_.document_end());
  if (documents_ == Documents::one) return {};
  mode_ = Mode::before;
  read_ = 0;
  elements_ = 0;
  attributes_ = 0;
  return {};
}

Outcome<ScannedXml> scan_xml(std::string_view bytes, const XmlLimits& limits) {
  if (bytes.size() > limits.bytes) return fail(refused_xml("it is too large"));
  ScannedXml scanned;
  scanned.text.reserve(bytes.size() + 64);
  Copy copy(scanned.text);
  XmlScanner scanner(copy, limits);
  MW_CHECK(scanner.feed(bytes));
  MW_CHECK(scanner.finish());
  scanned.replaced = scanner.replaced();
  return scanned;
}

std::string unescaped(std::string_view escaped) {
  std::string text;
  text.reserve(escaped.size());
  while (!escaped.empty()) {
    const auto begin = std::min(escaped.find('&'), escaped.size());
    text += escaped.substr(0, begin);
    escaped.remove_prefix(begin);
    const auto end = escaped.find(';');
    if (end == std::string_view::npos) break;
    const auto name = escaped.substr(1, end - 1);
    escaped.remove_prefix(end + 1);
    if (name == "amp") text += '&';
    if (name == "lt") text += '<';
    if (name == "gt") text += '>';
    if (name == "quot") text += '"';
    if (name == "apos") text += '\'';
    if (!name.starts_with('#')) continue;
    const bool hex = name.starts_with("#x") || name.starts_with("#X");
    const auto digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    Bytes units;
    const auto add = [&](std::uint32_t unit) {
      units.push_back(static_cast<std::uint8_t>(unit & 0xFFU));
      units.push_back(static_cast<std::uint8_t>(unit >> 8U));
    };
    if (code >= 0x10000) {
      add(0xD800U + ((code - 0x10000U) >> 10U));
      add(0xDC00U + ((code - 0x10000U) & 0x3FFU));
    } else {
      add(code);
    }
    if (auto one = from_utf16le(units)) text += *one;
  }
  return text;
}

}  // namespace mailward::ews
