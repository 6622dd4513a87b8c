#include "ews/xml.h"

#include <charconv>
#include <pugixml.hpp>

#include "ews/xml_scan.h"

namespace mailward::ews {
namespace {

pugi::xml_node node_of(void* raw) {
  return pugi::xml_node(static_cast<pugi::xml_node_struct*>(raw));
}

std::string_view local_part(std::string_view qualified) {
  auto colon = qualified.find(':');
  return colon == std::string_view::npos ? qualified : qualified.substr(colon + 1);
}

pugi::xml_node next_element(pugi::xml_node node) {
  while (node && node.type() != pugi::node_element) node = node.next_sibling();
  return node;
}

/// What the prefix of `name` stands for at `node`.
std::string_view namespace_at(pugi::xml_node node, std::string_view name) {
  auto colon = name.find(':');
  std::string_view prefix = colon == std::string_view::npos ? std::string_view() : name.substr(0, colon);
  for (; node; node = node.parent()) {
    for (pugi::xml_attribute attribute : node.attributes()) {
      std::string_view declared = attribute.name();
      if (!declared.starts_with("xmlns")) continue;
      declared.remove_prefix(5);
      bool ours = prefix.empty() ? declared.empty() : declared.starts_with(':') && declared.substr(1) == prefix;
      if (ours) return attribute.value();
    }
  }
  return {};
}

bool is_known_namespace(std::string_view uri) {
  return uri == kMessagesNamespace || uri == kTypesNamespace || uri == kSoapNamespace;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  auto begin = text.find_first_not_of(kSpace);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

}  // namespace

struct XmlDocument::Tree {
  std::string text;  ///< the tree points into it
  pugi::xml_document document;
  std::size_t replaced = 0;
};

Outcome<XmlDocument> XmlDocument::parse(std::string_view bytes, const XmlLimits& limits) {
  MW_TRY(auto scanned, scan_xml(bytes, limits));
  return of_scanned(std::move(scanned.text), scanned.replaced);
}

Outcome<XmlDocument> XmlDocument::of_scanned(std::string text, std::size_t replaced) {
  auto tree = std::make_unique<Tree>();
  tree->text = std::move(text);
  tree->replaced = replaced;
  constexpr unsigned kHow = pugi::parse_default | pugi::parse_ws_pcdata_single;
  auto result = tree->document.load_buffer_inplace(tree->text.data(), tree->text.size(), kHow, pugi::encoding_utf8);
  if (!result || !tree->document.document_element()) {
    return fail(Failure(EwsError::malformed_xml, std::string("malformed XML: ") + result.description() + " at byte " +
                                                     std::to_string(result.offset)));
  }
  return XmlDocument(std::move(tree));
}

XmlDocument::XmlDocument(std::unique_ptr<Tree> tree) : tree_(std::move(tree)) {}
XmlDocument::XmlDocument(XmlDocument&&) noexcept = default;
XmlDocument& XmlDocument::operator=(XmlDocument&&) noexcept = default;
XmlDocument::~XmlDocument() = default;

XmlElement XmlDocument::root() const {
  return XmlElement(tree_->document.document_element().internal_object());
}
std::size_t XmlDocument::replaced_characters() const {
  return tree_->replaced;
}

std::string_view XmlElement::name() const {
  return local_part(node_of(node_).name());
}

std::string_view XmlElement::namespace_uri() const {
  auto node = node_of(node_);
  return namespace_at(node, node.name());
}

bool XmlElement::is(std::string_view uri, std::string_view local_name) const {
  return node_ != nullptr && name() == local_name && namespace_uri() == uri;
}

std::string XmlElement::text() const {
  std::string joined;
  for (auto part = node_of(node_).first_child(); part; part = part.next_sibling()) {
    if (part.type() == pugi::node_pcdata || part.type() == pugi::node_cdata) joined += part.value();
  }
  return joined;
}

std::string_view XmlElement::attribute(std::string_view local_name) const {
  for (pugi::xml_attribute attribute : node_of(node_).attributes()) {
    if (local_part(attribute.name()) == local_name) return attribute.value();
  }
  return {};
}

bool XmlElement::has_attribute(std::string_view local_name) const {
  for (pugi::xml_attribute attribute : node_of(node_).attributes()) {
    if (local_part(attribute.name()) == local_name) return true;
  }
  return false;
}

XmlElement XmlElement::first_child() const {
  return XmlElement(next_element(node_of(node_).first_child()).internal_object());
}

XmlElement XmlElement::next_sibling() const {
  return XmlElement(next_element(node_of(node_).next_sibling()).internal_object());
}

XmlElement XmlElement::child(std::string_view local_name) const {
  for (XmlElement at = first_child(); at; at = at.next_sibling()) {
    if (at.name() == local_name && is_known_namespace(at.namespace_uri())) return at;
  }
  return {};
}

XmlElement XmlElement::child(std::string_view uri, std::string_view local_name) const {
  for (XmlElement at = first_child(); at; at = at.next_sibling()) {
    if (at.is(uri, local_name)) return at;
  }
  return {};
}

std::vector<XmlElement> XmlElement::children() const {
  std::vector<XmlElement> found;
  for (XmlElement at = first_child(); at; at = at.next_sibling()) found.push_back(at);
  return found;
}

std::vector<XmlElement> XmlElement::children(std::string_view local_name) const {
  std::vector<XmlElement> found;
  for (XmlElement at = first_child(); at; at = at.next_sibling()) {
    if (at.name() == local_name && is_known_namespace(at.namespace_uri())) found.push_back(at);
  }
  return found;
}

std::optional<std::int64_t> XmlElement::integer() const {
  std::string held = text();
  std::string_view digits = trimmed(held);
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return value;
}

std::optional<bool> XmlElement::boolean() const {
  std::string held = text();
  std::string_view word = trimmed(held);
  if (word == "true" || word == "1") return true;
  if (word == "false" || word == "0") return false;
  return std::nullopt;
}

}  // namespace mailward::ews
