#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "exchange_sim/item_values.h"
#include "exchange_sim/operations.h"

/// Restrictions and what they compare.
namespace mailward::exchange_sim {

/// A property's texts: none where it is not there.
using TextReader = std::function<std::vector<std::string>(const PropertyPath& path)>;

/// Less than zero, zero, more: by number, moment, order of an enumeration, or text in any case, as the type wants.
int compare_texts(std::string_view a, std::string_view b, ValueType type);

/// m:Restriction: a search expression, read once and asked for each item.
class Restriction {
 public:
  /// A null node holds for everything. The fault is what Exchange's validator says.
  static std::expected<Restriction, SoapFault> read(const SoapRequest& request, pugi::xml_node node);
  bool holds(const TextReader& read) const;
  bool empty() const { return root_ == nullptr; }
  /// Why it cannot be asked: a property that no restriction may name (query_checks.h), a value that its property cannot
  /// have (ErrorInvalidValueForProperty), or a mask that is no number (ErrorInvalidExcludesRestriction).
  const std::optional<ResponseError>& refusal() const { return refusal_; }

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::optional<ResponseError> refusal_;
};

}  // namespace mailward::exchange_sim
