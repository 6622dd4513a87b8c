#include "exchange_sim/xml_reading.h"

#include <algorithm>

#include "exchange_sim/xml_scan.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMaxAncestors = 256;

}  // namespace

std::expected<XmlRequest, XmlTrouble> XmlRequest::parse(std::string text, const XmlLimits& limits) {
  if (auto trouble = scan_xml(text, limits)) return std::unexpected(*std::move(trouble));
  XmlRequest request;
  request.size_ = text.size();
  request.line_starts_.push_back(0);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\n') request.line_starts_.push_back(i + 1);
  }
  request.document_ = std::make_unique<pugi::xml_document>();
  const auto parsed =
      request.document_->load_buffer(text.data(), text.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!parsed) {
    return std::unexpected(trouble_at(text, static_cast<std::size_t>(std::max<std::ptrdiff_t>(parsed.offset, 0)),
                                      std::string(parsed.description()) + "."));
  }
  if (!request.root()) return std::unexpected(trouble_at(text, text.size(), "Root element is missing."));
  return request;
}

XmlPlace XmlRequest::place(pugi::xml_node node) const {
  if (line_starts_.empty()) return {};
  const auto offset = static_cast<std::size_t>(std::max<std::ptrdiff_t>(node.offset_debug(), 0));
  const auto after = std::ranges::upper_bound(line_starts_, offset);
  const auto line = static_cast<std::size_t>(after - line_starts_.begin());
  return {.line = line, .position = offset - line_starts_[line - 1] + 1};
}

std::string_view local_name(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

std::string_view namespace_of(pugi::xml_node node) {
  const std::string_view name = node.name();
  const auto colon = name.find(':');
  const std::string declaration =
      colon == std::string_view::npos ? "xmlns" : "xmlns:" + std::string(name.substr(0, colon));
  std::size_t steps = 0;
  for (auto scope = node; scope && steps < kMaxAncestors; scope = scope.parent(), ++steps) {
    if (const auto found = scope.attribute(declaration.c_str())) return found.value();
  }
  return {};
}

bool is(pugi::xml_node node, std::string_view ns, std::string_view name) {
  return node && local_name(node) == name && namespace_of(node) == ns;
}

pugi::xml_node child(pugi::xml_node node, std::string_view ns, std::string_view name) {
  for (const auto candidate : node.children()) {
    if (candidate.type() == pugi::node_element && is(candidate, ns, name)) return candidate;
  }
  return {};
}

std::vector<pugi::xml_node> elements(pugi::xml_node node) {
  std::vector<pugi::xml_node> found;
  for (const auto candidate : node.children()) {
    if (candidate.type() == pugi::node_element) found.push_back(candidate);
  }
  return found;
}

std::string_view text_of(pugi::xml_node node) {
  return node.text().get();
}

}  // namespace mailward::exchange_sim
