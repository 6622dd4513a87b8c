#pragma once

#include <toml++/toml.h>

#include <nlohmann/json_fwd.hpp>

#include "base/result.h"
#include "exchange_sim/known_keys.h"

/// What the configuration's tables may hold. README.md shows the same with its defaults.
namespace mailward::exchange_sim {

/// The keys of the table of that name ("mailbox"); empty for a name that is none. Of "fault" only what all faults have:
/// keys_of_fault() knows the rest.
std::span<const KnownKey> keys_of_table(std::string_view name);

/// "line 12: what". Errors: malformed, always.
std::unexpected<Error> bad(const toml::node& node, const std::string& what);

/// Refuses unknown tables and keys, and values of a wrong type or out of their range. Errors: malformed, with the line.
Status check_tables(const toml::table& root);
/// The same of one table by such keys.
Status check_table(const toml::table& table, std::string_view title, std::span<const KnownKey> keys);

/// Dates become null: no key takes one.
nlohmann::json to_json(const toml::node& node);

}  // namespace mailward::exchange_sim
