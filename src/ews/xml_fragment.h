#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ews/xml.h"

/// Inner part of the readers of arriving answers.
namespace mailward::ews {

inline std::string_view xml_local_part(std::string_view qualified) {
  const auto colon = qualified.find(':');
  return colon == std::string_view::npos ? qualified : qualified.substr(colon + 1);
}

/// The elements that are open, with what their prefixes stand for.
class XmlPath {
 public:
  /// `tag` and `name` as XmlSink::start gives them.
  void open(std::string_view tag, std::string_view name);
  void close();
  std::size_t depth() const { return open_.size(); }
  /// Local name and namespace of the element that is `up` above the innermost.
  std::string_view name(std::size_t up = 0) const { return open_[open_.size() - 1 - up].local; }
  const std::string& namespace_uri(std::size_t up = 0) const { return open_[open_.size() - 1 - up].uri; }
  bool is(std::string_view uri, std::string_view local) const { return name() == local && namespace_uri() == uri; }
  /// A start tag that declares all that the prefixes stand for in the innermost element's parent.
  std::string wrapper() const;

 private:
  struct Open {
    std::string local;
    std::string uri;
    std::size_t declared = 0;  ///< how many declarations are its own
  };
  std::vector<Open> open_;
  std::vector<std::pair<std::string, std::string>> declared_;  ///< prefix, escaped URI
};

/// A part of a document, gathered as it arrives.
class XmlFragment {
 public:
  explicit XmlFragment(std::size_t limit) : limit_(limit) {}
  /// Begins with the innermost element of `path`.
  void begin(const XmlPath& path);
  /// `more_cost`: bytes beyond the text's own that it will take in a tree. Errors: xml_limit.
  Outcome<void> add(std::string_view piece, std::size_t more_cost = 0);
  /// Whether the element that it began with is the innermost.
  bool ends_at(std::size_t depth) const { return depth == depth_; }
  bool gathering() const { return depth_ != 0; }
  /// The document; its root's first child is the element. Empty again afterwards.
  Outcome<XmlDocument> take();

 private:
  std::size_t limit_;
  std::size_t depth_ = 0;
  std::size_t cost_ = 0;
  std::string text_;
};

}  // namespace mailward::ews
