#include "ews/xml_fragment.h"

#include <ranges>
#include <set>

#include "ews/xml_scan.h"
#include "ews/xml_token.h"

namespace mailward::ews {

void XmlPath::open(std::string_view tag, std::string_view name) {
  Open opened{.local = std::string(xml_local_part(name)), .uri = {}, .declared = 0};
  if (tag.find(" xmlns") != std::string_view::npos) {
    each_attribute(tag, [&](std::string_view attribute, std::string_view value) {
      if (attribute == "xmlns" || attribute.starts_with("xmlns:")) {
        declared_.emplace_back(attribute.size() > 6 ? attribute.substr(6) : std::string_view(), value);
        ++opened.declared;
      }
      return true;
    });
  }
  const std::string_view prefix =
      name.size() > opened.local.size() ? name.substr(0, name.size() - opened.local.size() - 1) : std::string_view();
  for (const auto& [declared, uri] : std::views::reverse(declared_)) {
    if (declared == prefix) {
      opened.uri = unescaped(uri);
      break;
    }
  }
  open_.push_back(std::move(opened));
}

void XmlPath::close() {
  declared_.resize(declared_.size() - open_.back().declared);
  open_.pop_back();
}

std::string XmlPath::wrapper() const {
  std::string tag = "<w";
  std::set<std::string_view> seen;
  const auto above = declared_.size() - open_.back().declared;
  for (const auto& [prefix, uri] : std::views::reverse(declared_ | std::views::take(above))) {
    if (!seen.insert(prefix).second) continue;
    tag += prefix.empty() ? " xmlns" : " xmlns:" + prefix;
    // A quote of the other kind may stand in it.
    const char quote = uri.find('"') == std::string::npos ? '"' : '\'';
    tag += '=';
    tag += quote + uri + quote;
  }
  return tag + ">";
}

void XmlFragment::begin(const XmlPath& path) {
  depth_ = path.depth();
  cost_ = 0;
  text_ = path.wrapper();
}

Outcome<void> XmlFragment::add(std::string_view piece, std::size_t more_cost) {
  cost_ += piece.size() + more_cost;
  if (cost_ > limit_) return fail(refused_xml("one part of it is too large"));
  text_ += piece;
  return {};
}

Outcome<XmlDocument> XmlFragment::take() {
  depth_ = 0;
  std::string whole = std::move(text_);
  text_.clear();
  whole += "</w>";
  return XmlDocument::of_scanned(std::move(whole));
}

}  // namespace mailward::ews
