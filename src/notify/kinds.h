#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace mailward::notify {

/// How much it matters, rising.
enum class Severity : std::uint8_t { info, warning, alarm };
/// "info", "warning", "alarm"; lives as long as the program.
std::string_view name_of(Severity severity);
std::optional<Severity> severity_named(std::string_view name);

/// A kind of notice that people subscribe to.
struct Kind {
  std::string_view name;      ///< "rotation_failed"
  std::string_view sentence;  ///< for a person: when it is posted
  Severity severity;          ///< what it has as a rule; each notice says its own
  /// The right that whoever hears of it must have: that which shows what it is about (access/rights.h).
  std::string_view needs = "see_connections";
};

/// All of them, in the order to show them. A room that posts another kind adds its line in kinds.cpp.
std::span<const Kind> kinds();
/// Null for a name that is none.
const Kind* kind_named(std::string_view name);

}  // namespace mailward::notify
