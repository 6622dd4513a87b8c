#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/failure.h"

namespace mailward::ews {

inline constexpr std::string_view kSoapNamespace = "http://schemas.xmlsoap.org/soap/envelope/";
inline constexpr std::string_view kMessagesNamespace = "http://schemas.microsoft.com/exchange/services/2006/messages";
inline constexpr std::string_view kTypesNamespace = "http://schemas.microsoft.com/exchange/services/2006/types";
inline constexpr std::string_view kErrorsNamespace = "http://schemas.microsoft.com/exchange/services/2006/errors";

/// What is read at most. Everything is counted before a tree is built.
struct XmlLimits {
  std::uint64_t bytes = 64U << 20U;
  std::size_t depth = 200;
  std::size_t elements = 1'000'000;
  std::size_t attributes = 2'000'000;
  std::size_t attributes_of_one = 256;
  std::size_t name_length = 1024;
  std::size_t tag_bytes = 1U << 20U;  ///< a start tag with all its attributes
};

/// An element of an XmlDocument, with which it lives; copies are cheap. A missing element is false, has no text and no
/// children, so that a path can be walked without asking at each step.
class XmlElement {
 public:
  XmlElement() = default;
  explicit operator bool() const { return node_ != nullptr; }
  /// Without prefix.
  std::string_view name() const;
  /// The URI its prefix, or the default namespace, stands for; empty where none does.
  std::string_view namespace_uri() const;
  bool is(std::string_view uri, std::string_view local_name) const;
  /// All text and CDATA directly inside, joined. Illegal characters have become U+FFFD.
  std::string text() const;
  /// By name without prefix; empty where absent.
  std::string_view attribute(std::string_view local_name) const;
  bool has_attribute(std::string_view local_name) const;
  /// The first child element of that local name in one of the three EWS namespaces, or in `uri`.
  XmlElement child(std::string_view local_name) const;
  XmlElement child(std::string_view uri, std::string_view local_name) const;
  XmlElement first_child() const;
  XmlElement next_sibling() const;
  std::vector<XmlElement> children() const;
  std::vector<XmlElement> children(std::string_view local_name) const;

  /// Text as a number; nothing for anything else.
  std::optional<std::int64_t> integer() const;
  /// "true", "false", "1", "0".
  std::optional<bool> boolean() const;

 private:
  friend class XmlDocument;
  explicit XmlElement(void* node) : node_(node) {}
  void* node_ = nullptr;
};

/// A parsed document. Movable; elements stay valid when it moves.
class XmlDocument {
 public:
  /// Reads UTF-8, or UTF-16 with a byte order mark. A scan before the tree refuses document types, entities other than
  /// the five of XML, other encodings, and whatever passes the limits; it replaces references to characters that XML
  /// does not allow (&#x0; &#x1; &#xB; &#x19; …) and such characters themselves by U+FFFD, as mailboxes are full of
  /// them. Errors: empty_answer, not_xml (the first thing in it is no markup), malformed_xml, truncated (it ends before
  /// its root does), xml_limit.
  static Outcome<XmlDocument> parse(std::string_view bytes, const XmlLimits& limits = {});
  /// Of text that an XmlScanner wrote, which is not looked at again. Errors: malformed_xml.
  static Outcome<XmlDocument> of_scanned(std::string text, std::size_t replaced = 0);
  XmlDocument(XmlDocument&&) noexcept;
  XmlDocument& operator=(XmlDocument&&) noexcept;
  ~XmlDocument();

  XmlElement root() const;
  /// How many illegal characters were replaced.
  std::size_t replaced_characters() const;

 private:
  struct Tree;
  explicit XmlDocument(std::unique_ptr<Tree> tree);
  std::unique_ptr<Tree> tree_;
};

/// Writes elements, escaping text and attributes. Characters that XML does not allow become U+FFFD.
class XmlWriter {
 public:
  /// `name` with its prefix; closed by close().
  XmlWriter& open(std::string_view name);
  /// Only right after open().
  XmlWriter& attribute(std::string_view name, std::string_view value);
  XmlWriter& text(std::string_view value);
  XmlWriter& close();
  /// <name>value</name>
  XmlWriter& element(std::string_view name, std::string_view value);
  /// Text that is XML already.
  XmlWriter& raw(std::string_view xml);
  std::string take() { return std::move(out_); }

 private:
  void end_tag_open();
  std::string out_;
  std::vector<std::string> open_;
  bool in_tag_ = false;
};

}  // namespace mailward::ews
