#pragma once

#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace mailward::access {

/// What somebody may do. A route names the one that it asks for; the check is made once, in api/.
enum class Right : std::uint8_t {
  see_status,
  see_connections,
  change_connections,
  test_connections,
  see_runs,
  cancel_runs,
  see_audit,
  see_keys,
  see_users,
  manage_users,
  manage_tokens,
  read_content,  ///< other people's mail: no role has it, nobody has it by administering
};

/// What somebody is. A user has one role or more.
enum class Role : std::uint8_t { administrator, analyst, operator_, auditor };

inline constexpr std::size_t kRightCount = std::to_underlying(Right::read_content) + 1;
inline constexpr std::size_t kRoleCount = std::to_underlying(Role::auditor) + 1;

/// "see_status" …; lives as long as the program.
std::string_view name_of(Right right);
/// "administrator", "analyst", "operator", "auditor".
std::string_view name_of(Role role);
std::optional<Right> right_named(std::string_view name);
std::optional<Role> role_named(std::string_view name);

/// A set of rights or of roles, in the order of the enumeration. A value.
template <typename E, std::size_t Count>
class SetOf {
 public:
  constexpr SetOf() = default;
  constexpr SetOf(std::initializer_list<E> list) {
    for (const E one : list) bits_ |= bit(one);
  }
  static constexpr SetOf all() {
    SetOf every;
    every.bits_ = (1U << Count) - 1;
    return every;
  }
  constexpr bool has(E one) const { return (bits_ & bit(one)) != 0; }
  constexpr bool has_all(SetOf others) const { return (bits_ & others.bits_) == others.bits_; }
  constexpr bool empty() const { return bits_ == 0; }
  constexpr SetOf with(E one) const { return SetOf(bits_ | bit(one)); }
  constexpr SetOf without(E one) const { return SetOf(bits_ & ~bit(one)); }
  friend constexpr SetOf operator|(SetOf a, SetOf b) { return SetOf(a.bits_ | b.bits_); }
  friend constexpr SetOf operator&(SetOf a, SetOf b) { return SetOf(a.bits_ & b.bits_); }
  constexpr bool operator==(const SetOf&) const = default;

  std::vector<E> list() const {
    std::vector<E> found;
    for (std::size_t i = 0; i < Count; ++i) {
      if (has(static_cast<E>(i))) found.push_back(static_cast<E>(i));
    }
    return found;
  }
  std::vector<std::string> names() const {
    std::vector<std::string> found;
    for (const E one : list()) found.emplace_back(name_of(one));
    return found;
  }

 private:
  explicit constexpr SetOf(std::uint32_t bits) : bits_(bits) {}
  static constexpr std::uint32_t bit(E one) { return 1U << std::to_underlying(one); }
  std::uint32_t bits_ = 0;
};

using Rights = SetOf<Right, kRightCount>;
using Roles = SetOf<Role, kRoleCount>;

/// Errors: invalid_form for a name that is not known or comes twice.
Result<Rights> parse_rights(const std::vector<std::string>& names);
Result<Roles> parse_roles(const std::vector<std::string>& names);

/// What each role may do.
Rights rights_of(Role role);
/// Of all his roles together, and read_content where the user has that flag.
Rights rights_of(Roles roles, bool reads_content);
/// Whoever comes over the local socket administers, without reading content.
Rights local_rights();

}  // namespace mailward::access
