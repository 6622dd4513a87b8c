#pragma once

#include <filesystem>
#include <string>

namespace mailward::testing {

/// What a W3C schema says of one XML document, by libxml2; each complaint with its line. Empty: it is valid.
/// A schema and what it imports are read once a program, from files alone. One thread at a time.
/// Throws std::runtime_error where the schema itself does not hold.
std::string schema_errors_of(const std::filesystem::path& schema, const std::string& document);

}  // namespace mailward::testing
