#include "exchange_sim/query_checks.h"

#include "exchange_sim/extended_checks.h"
#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {
namespace {

ResponseError refuse(std::string_view code, std::string_view text, const PropertyPath& path) {
  return {.code = std::string(code), .text = std::string(text), .values = {}, .path = path.uri};
}

/// Whether the store keeps it as text. What names people is text for a search.
bool is_text(const PropertyPath& path) {
  if (path.kind == PathKind::extended) return path.extended.type.starts_with("String");
  switch (type_of(path)) {
    case ValueType::text:
    case ValueType::texts:
    case ValueType::people:
    case ValueType::dictionary:
    case ValueType::body:
      return true;
    default:
      return false;
  }
}

}  // namespace

std::optional<ResponseError> refusal_of_restricting(const PropertyPath& path, std::string_view expression) {
  if (auto refusal = refusal_of_path(path)) return refusal;
  if (expression == "Contains" && !is_text(path)) {
    return refuse("ErrorContainsFilterWrongType", "The Contains filter can only be used for string properties.", path);
  }
  if (path.kind != PathKind::field || field(path.field).query != Query::none) return std::nullopt;
  return refuse("ErrorUnsupportedPathForQuery", "The property can not be used in a restriction.", path);
}

std::optional<ResponseError> refusal_of_ordering(const PropertyPath& path) {
  if (auto refusal = refusal_of_path(path)) return refusal;
  if (path.kind != PathKind::field || field(path.field).query == Query::order) return std::nullopt;
  return refuse("ErrorUnsupportedPathForSortGroup", "The property can not be used for sorting or grouping.", path);
}

}  // namespace mailward::exchange_sim
