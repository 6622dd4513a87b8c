#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// What may stand in a table of the configuration and in an object that the control API is given: whatever is not
/// known there is refused with the name that was meant, not passed over.
namespace mailward::exchange_sim {

enum class ValueKind {
  text,        ///< without control characters, as all texts but a secret
  secret,      ///< never shown
  smtp,        ///< an address
  host,        ///< letters, digits, "-", "_" and "."
  listen,      ///< "127.0.0.1:443"
  url,         ///< http or https
  ldap,        ///< ldap or ldaps
  code,        ///< "ErrorAccessDenied"
  whole,       ///< a number
  yes_no,      ///< true or false
  texts,       ///< a list
  smtps,       ///< a list of addresses
  operations,  ///< a list of EWS's operations
};

struct KnownKey {
  std::string_view name;
  ValueKind kind = ValueKind::text;
  bool needed = false;  ///< must be there, and not be empty
  bool filled = false;  ///< must not be empty where it is there
  std::int64_t least = 0;
  std::int64_t most = 2'147'483'647;
  std::string_view one_of{};  ///< "here moving gone": nothing else; empty: anything
};

struct KeyComplaint {
  std::string key;   ///< empty where one is missing
  std::string what;  ///< a sentence that names it, and what is allowed
};

/// The first thing that is wrong with the object; none: every key is known and has a value that it may have.
std::optional<KeyComplaint> complaint_about(const nlohmann::json& object, std::span<const KnownKey> keys);

/// "foo is not known here: did you mean fooo? (a, b, fooo)".
std::string not_known(std::string_view name, const std::vector<std::string_view>& known);
/// "a, b, c".
std::string listed(const std::vector<std::string_view>& names);

}  // namespace mailward::exchange_sim
