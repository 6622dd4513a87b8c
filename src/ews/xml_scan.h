#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "ews/failure.h"
#include "ews/utf8_feed.h"
#include "ews/xml.h"

namespace mailward::ews {

/// Takes what an XmlScanner finds, in order. Everything is UTF-8 and may be written into a document as it is, with
/// nothing in it that a lenient parser could stumble over. Views are valid during the call. A failure ends the scan.
class XmlSink {
 public:
  virtual ~XmlSink() = default;
  /// A start tag in its plainest writing, `<t:Item a="b">`, or ending in `/>` where the element is empty: then no end
  /// follows. `name` is with its prefix.
  virtual Outcome<void> start(std::string_view tag, std::string_view name, bool empty) = 0;
  /// Text, still escaped, in pieces.
  virtual Outcome<void> text(std::string_view escaped) = 0;
  /// One reference ("&#xD;"): always a piece of its own.
  virtual Outcome<void> reference(std::string_view escaped) { return text(escaped); }
  /// What stands in a CDATA section, in pieces.
  virtual Outcome<void> cdata(std::string_view plain) = 0;
  /// `</t:Item>`
  virtual Outcome<void> end(std::string_view tag) = 0;
  /// The root has ended.
  virtual Outcome<void> document_end() { return {}; }
};

/// The one reading of XML here: walks over a document as it arrives, counts against the limits, refuses what is
/// refused, replaces what is not allowed (XmlDocument::parse says what). What it finds and how it ends do not depend on
/// the pieces in which the bytes come. Holds no more than one tag and one piece. One thread at a time.
class XmlScanner {
 public:
  /// Whether after a root another may follow. Each document is then held to the limits by itself.
  enum class Documents { one, many };

  XmlScanner(XmlSink& sink, const XmlLimits& limits, Documents documents = Documents::one);
  /// Errors: not_xml, malformed_xml, xml_limit, or the sink's. After one, nothing more may be fed.
  Outcome<void> feed(std::string_view bytes);
  /// Nothing more comes. Errors: empty_answer, truncated. With Documents::many it may end between two of them.
  Outcome<void> finish();
  /// How many illegal characters were replaced.
  std::size_t replaced() const { return replaced_; }
  /// Whether a document has begun and not ended.
  bool within_document() const { return mode_ != Mode::before || !open_.empty() || at_ < in_.size(); }

 private:
  enum class Mode { before, content, comment, instruction, cdata };

  Outcome<void> run();
  /// One token; false where more bytes are needed to tell.
  Outcome<bool> step();
  Outcome<bool> before_root();
  Outcome<bool> markup();
  Outcome<bool> outside_text();
  Outcome<bool> text();
  Outcome<bool> reference();
  Outcome<bool> skipped(std::string_view close);
  Outcome<bool> cdata();
  Outcome<void> clean(std::string_view plain, Outcome<void> (XmlSink::*give)(std::string_view));
  Outcome<bool> tag();
  Outcome<void> start_tag(std::string_view tag);
  Outcome<void> end_tag(std::string_view tag);
  Outcome<void> root_ended();
  bool at(std::string_view what) const { return in_.substr(at_).starts_with(what); }
  /// Whether what has come may still become `what`.
  bool may_become(std::string_view what) const { return what.starts_with(in_.substr(at_)); }

  XmlSink& sink_;
  const XmlLimits limits_;
  const Documents documents_;
  Utf8Feed feed_;
  std::string pending_;  ///< what is no whole token yet
  std::string_view in_;
  std::size_t at_ = 0;
  std::size_t probed_ = 0;  ///< how far behind `at_` the tag's end was looked for
  char quote_ = '\0';       ///< inside which that search stands
  Mode mode_ = Mode::before;
  bool first_ = true;  ///< nothing of the document was seen yet
  bool had_root_ = false;
  std::vector<std::string> open_;
  std::string tag_;
  std::uint64_t read_ = 0;  ///< bytes of the document so far
  std::size_t elements_ = 0;
  std::size_t attributes_ = 0;
  std::size_t replaced_ = 0;
};

struct ScannedXml {
  std::string text;
  std::size_t replaced = 0;
};

/// A whole document through an XmlScanner, written again. What passes has one root, and its tags match.
Outcome<ScannedXml> scan_xml(std::string_view bytes, const XmlLimits& limits);

/// Goes through the attributes of a tag as XmlSink::start gives it: f(name, escaped value) until it returns false.
template <typename Take>
void each_attribute(std::string_view tag, Take take) {
  for (auto space = tag.find(' '); space != std::string_view::npos;) {
    const auto equals = tag.find('=', space);
    if (equals == std::string_view::npos || equals + 1 >= tag.size()) return;
    const auto end = tag.find(tag[equals + 1], equals + 2);
    if (end == std::string_view::npos) return;
    if (!take(tag.substr(space + 1, equals - space - 1), tag.substr(equals + 2, end - equals - 2))) return;
    space = tag.find(' ', end);
  }
}

/// Text with the five entities and character references undone. Only for what a scanner gave.
std::string unescaped(std::string_view escaped);

}  // namespace mailward::ews
