#pragma once

#include <string_view>

#include "base/result.h"
#include "directory/directory.h"

namespace mailward::connections {

/// Reads a domain controller as DirectoryForm writes it. Errors: invalid_form.
Result<directory::Controller> parse_controller(std::string_view text);

}  // namespace mailward::connections
