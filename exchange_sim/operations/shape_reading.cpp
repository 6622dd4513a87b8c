#include <algorithm>
#include <array>
#include <charconv>

#include "exchange_sim/extended_checks.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostPaths = 500;

std::expected<BodyKind, SoapFault> read_body_kind(const SoapRequest& request, pugi::xml_node node) {
  const std::string_view name = text_of(node);
  if (name == "HTML") return BodyKind::html;
  if (name == "Text") return BodyKind::text;
  if (!node || name == "Best") return BodyKind::best;
  return std::unexpected(schema_violation(request.xml, node,
                                          "The '" + std::string(kTypesNs) + ":" + std::string(local_name(node)) +
                                              "' element is invalid - The value '" + std::string(name) +
                                              "' is invalid according to its datatype '" + std::string(kTypesNs) +
                                              ":BodyTypeResponseType' - The Enumeration constraint failed."));
}

std::expected<BaseShape, SoapFault> read_base(const SoapRequest& request, pugi::xml_node node) {
  const auto base = child(node, kTypesNs, "BaseShape");
  const std::string_view name = text_of(base);
  if (name == "IdOnly") return BaseShape::id_only;
  if (name == "Default") return BaseShape::standard;
  if (name == "AllProperties") return BaseShape::all;
  if (!base && local_name(node) == "AttachmentShape") return BaseShape::all;
  return std::unexpected(schema_violation(
      request.xml, base ? base : node,
      base ? "The '" + std::string(kTypesNs) + ":BaseShape' element is invalid - The value '" + std::string(name) +
                 "' is invalid according to its datatype '" + std::string(kTypesNs) +
                 ":DefaultShapeNamesType' - The Enumeration constraint failed."
           : "The element '" + std::string(local_name(node)) + "' in namespace '" + std::string(kMessagesNs) +
                 "' has incomplete content. List of possible elements expected: 'BaseShape' in namespace '" +
                 std::string(kTypesNs) + "'."));
}

}  // namespace

bool Shape::asks(FieldId wanted) const {
  return std::ranges::any_of(
      additional, [&](const PropertyPath& path) { return path.kind == PathKind::field && path.field == wanted; });
}

bool Shape::asks(std::string_view uri) const {
  return std::ranges::any_of(additional, [&](const PropertyPath& path) { return path.uri == uri; });
}

std::expected<Shape, SoapFault> read_shape(const SoapRequest& request, pugi::xml_node node) {
  Shape shape;
  const auto base = read_base(request, node);
  if (!base) return std::unexpected(base.error());
  shape.base = *base;
  shape.schema = schema_version(request.server_version);
  const std::string_view mime = text_of(child(node, kTypesNs, "IncludeMimeContent"));
  shape.mime = mime == "true" || mime == "1";
  for (const auto& [element, kind] :
       {std::pair{"BodyType", &shape.body}, std::pair{"UniqueBodyType", &shape.unique_body},
        std::pair{"NormalizedBodyType", &shape.normalized_body}}) {
    const auto read = read_body_kind(request, child(node, kTypesNs, element));
    if (!read) return std::unexpected(read.error());
    *kind = *read;
  }
  const std::string_view most = text_of(child(node, kTypesNs, "MaximumBodySize"));
  std::from_chars(most.data(), most.data() + most.size(), shape.most_body);
  for (const auto path : elements(child(node, kTypesNs, "AdditionalProperties"))) {
    auto read = read_path(request, path);
    if (!read) return std::unexpected(std::move(read).error());
    if (!shape.refusal) shape.refusal = refusal_of_path(*read);
    if (shape.additional.size() < kMostPaths) shape.additional.push_back(*std::move(read));
  }
  return shape;
}

}  // namespace mailward::exchange_sim
