#pragma once

#include <filesystem>
#include <string>

namespace mailward::testing {

enum class KeptBodies { answers, requests_and_answers };

/// What messages.xsd (../shared/ews-schema) says of conversations that a simulator kept (SimulatorOptions::record):
/// "N valid", else each error by its file. Faults are not of that schema and are left out; the one departure of real
/// servers that the facts tell of (m:Notification in streamed answers) is allowed by name.
std::string schema_verdict(const std::filesystem::path& kept, KeptBodies which);

}  // namespace mailward::testing
