#pragma once

#include <nlohmann/json_fwd.hpp>
#include <vector>

#include "exchange_sim/faults.h"
#include "exchange_sim/known_keys.h"

/// What each fault may be given, in the configuration and by the control API.
namespace mailward::exchange_sim {

/// README.md's table of faults says the same.
std::vector<KnownKey> keys_of_fault(FaultKind kind);
std::vector<std::string_view> all_fault_names();
/// Of an object in which keys_of_fault() finds nothing wrong.
FaultSetting fault_setting_of(const nlohmann::json& parameters);
/// Those of its parameters that the fault knows.
nlohmann::json to_json(FaultKind kind, const FaultSetting& setting);

}  // namespace mailward::exchange_sim
