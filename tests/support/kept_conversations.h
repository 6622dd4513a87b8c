#pragma once

#include <filesystem>
#include <string>

namespace mailward::testing {

enum class KeptBodies { answers, requests_and_answers };

/// What messages.xsd (../shared/ews-schema) says of conversations that a simulator kept (SimulatorOptions::record):
/// "N valid", else each error by its file. Faults are not of that schema and are left out; the two departures of real
/// servers that the facts tell of are allowed by name: m:Notification in streamed answers, and empty t:Periods and
/// t:TransitionsGroups of time zones that were asked for without full data.
std::string schema_verdict(const std::filesystem::path& kept, KeptBodies which);

}  // namespace mailward::testing
