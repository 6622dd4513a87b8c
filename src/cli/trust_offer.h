#pragma once

#include <filesystem>
#include <vector>

#include "cli/command_line.h"

namespace mailward::cli {

/// The certificates that the steps of a connection test offer to trust, each once.
std::vector<Json> offers_of(const Json& run);

/// Prints them with what a person has to compare before he trusts one, and how. `saved_as` is where they are being
/// saved, or empty.
void tell_of_offers(const std::vector<Json>& offers, const std::filesystem::path& saved_as);

/// Writes them as PEM into a file that is not there yet. Errors: BaseError::invalid_argument where it is, io.
Status save_offers(const std::vector<Json>& offers, const std::filesystem::path& file);

}  // namespace mailward::cli
