#pragma once

#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace mailward::exchange_sim {

/// Writes XML as Exchange does: no spaces between elements, empty elements closed in place, a line end in text as
/// "&#xD;" and a line feed.
class XmlWriter {
 public:
  using Attributes = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  void open(std::string_view name, Attributes attributes = {});
  void close(std::string_view name);
  /// An element with text; written as "<name/>" when there is none.
  void text(std::string_view name, std::string_view value, Attributes attributes = {});
  void empty(std::string_view name, Attributes attributes = {});
  void boolean(std::string_view name, bool value) { text(name, value ? "true" : "false"); }
  void number(std::string_view name, long long value) { text(name, std::to_string(value)); }
  /// Ready-made XML.
  void raw(std::string_view xml) { out_ += xml; }

  const std::string& str() const { return out_; }
  std::string take() { return std::move(out_); }

 private:
  void tag(std::string_view name, Attributes attributes);
  std::string out_;
};

std::string escape_text(std::string_view value);
std::string escape_attribute(std::string_view value);

}  // namespace mailward::exchange_sim
