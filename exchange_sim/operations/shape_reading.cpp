#include <algorithm>
#include <array>
#include <charconv>

#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMaxFieldUris = 500;

std::size_t number_of(const char* text, std::size_t fallback) {
  const std::string_view view(text);
  std::size_t value = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), value);
  return error == std::errc{} && end == view.data() + view.size() && !view.empty() ? value : fallback;
}

}  // namespace

bool names_hidden(pugi::xml_node field) {
  if (!is(field, kTypesNs, "ExtendedFieldURI")) return false;
  const std::string_view tag = field.attribute("PropertyTag").value();
  const bool named = tag == "4340" || lower_case(tag) == "0x10f4";
  return named && std::string_view(field.attribute("PropertyType").value()) == "Boolean";
}

bool Shape::asks(std::string_view field) const {
  return std::ranges::find(additional, field) != additional.end();
}

std::expected<Shape, SoapFault> read_shape(const SoapRequest& request, pugi::xml_node node) {
  Shape shape;
  const auto base = child(node, kTypesNs, "BaseShape");
  const std::string_view name = text_of(base);
  if (name == "IdOnly") {
    shape.base = BaseShape::id_only;
  } else if (name == "Default") {
    shape.base = BaseShape::standard;
  } else if (name == "AllProperties") {
    shape.base = BaseShape::all;
  } else {
    return std::unexpected(schema_violation(
        request.xml, base ? base : node,
        base ? "The '" + std::string(kTypesNs) + ":BaseShape' element is invalid - The value '" + std::string(name) +
                   "' is invalid according to its datatype '" + std::string(kTypesNs) +
                   ":DefaultShapeNamesType' - The Enumeration constraint failed."
             : "The element '" + std::string(local_name(node)) + "' in namespace '" + std::string(kMessagesNs) +
                   "' has incomplete content. List of possible elements expected: 'BaseShape' in namespace '" +
                   std::string(kTypesNs) + "'."));
  }
  const std::string_view mime = text_of(child(node, kTypesNs, "IncludeMimeContent"));
  shape.mime = mime == "true" || mime == "1";
  shape.text_body = text_of(child(node, kTypesNs, "BodyType")) == "Text";
  for (const auto path : elements(child(node, kTypesNs, "AdditionalProperties"))) {
    shape.hidden = shape.hidden || names_hidden(path);
    if (!is(path, kTypesNs, "FieldURI")) continue;
    if (auto fault = check_attribute(request, path, "FieldURI", "UnindexedFieldURIType", {})) {
      return std::unexpected(*std::move(fault));
    }
    if (shape.additional.size() < kMaxFieldUris) shape.additional.emplace_back(path.attribute("FieldURI").value());
  }
  return shape;
}

std::expected<Page, SoapFault> read_page(const SoapRequest& request, pugi::xml_node view, std::size_t total) {
  constexpr std::array<std::string_view, 2> kBasePoints{"Beginning", "End"};
  Page page;
  std::size_t most = total;
  bool from_end = false;
  if (view) {
    if (auto fault = check_attribute(request, view, "Offset", "int", {})) return std::unexpected(*std::move(fault));
    if (auto fault = check_attribute(request, view, "BasePoint", "IndexBasePointType", kBasePoints)) {
      return std::unexpected(*std::move(fault));
    }
    most = number_of(view.attribute("MaxEntriesReturned").value(), total);
    page.first = std::min(number_of(view.attribute("Offset").value(), 0), total);
    from_end = std::string_view(view.attribute("BasePoint").value()) == "End";
  }
  page.count = std::min(most, total - page.first);
  page.next = page.first + page.count;
  page.last = page.next == total;
  if (from_end) page.first = total - page.next;
  return page;
}

}  // namespace mailward::exchange_sim
