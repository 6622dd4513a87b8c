#pragma once

#include <expected>
#include <utility>

#include "base/error.h"

namespace mailward {

/// A value or the Error that stands in its place.
template <typename T>
using Result = std::expected<T, Error>;

using Status = Result<void>;

template <ErrorEnum E>
std::unexpected<Error> fail(E code, std::string message) {
  return std::unexpected(Error(code, std::move(message)));
}
inline std::unexpected<Error> fail(Error error) {
  return std::unexpected(std::move(error));
}

}  // namespace mailward

/// Leaves the function with the error of `expression`, a Result or Status, if it failed.
#define MW_CHECK(expression)                                                                              \
  do {                                                                                                    \
    if (auto mw_status = (expression); !mw_status) return ::mailward::fail(std::move(mw_status).error()); \
  } while (false)

/// Declares `target` (as "auto name" or "Type name") from the value of `expression`, or leaves with its error.
#define MW_TRY(target, expression) MW_TRY_NAMED(MW_TRY_JOIN(mw_result_, __LINE__), target, expression)
#define MW_TRY_JOIN(a, b) MW_TRY_JOIN_AGAIN(a, b)
#define MW_TRY_JOIN_AGAIN(a, b) a##b
// NOLINTBEGIN(bugprone-macro-parentheses): two of them are names being declared
#define MW_TRY_NAMED(result, target, expression)                   \
  auto result = (expression);                                      \
  if (!result) return ::mailward::fail(std::move(result).error()); \
  target = *std::move(result)
// NOLINTEND(bugprone-macro-parentheses)
