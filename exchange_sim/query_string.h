#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "exchange_sim/item_values.h"
#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

/// m:QueryString: Advanced Query Syntax as far as Microsoft's documents of EWS describe it (Perform an AQS search by
/// using EWS; QueryString (QueryStringType)): words by their beginning and "whole phrases", keyword:value, dates and
/// their ranges, sizes, AND, OR, NOT, + and -, parentheses, also behind a keyword.
class QueryString {
 public:
  /// Reads whatever it is given; `now` is what "today" is reckoned from.
  static QueryString parse(std::string_view text, Timestamp now);
  bool holds(const ItemView& view) const;
  bool empty() const { return root_ == nullptr; }
  /// What was not understood first, for the request log; empty where all was. Unknown keywords' values are looked for
  /// as words, values that a keyword cannot have match nothing.
  const std::string& not_understood() const { return not_understood_; }
  /// Why it cannot be asked: more than 255 terms, as a restriction of so many nodes (ErrorRestrictionTooLong, likely).
  std::optional<ResponseError> refusal() const;

  struct Node;

 private:
  std::shared_ptr<const Node> root_;
  std::string not_understood_;
  bool too_long_ = false;
};

}  // namespace mailward::exchange_sim
