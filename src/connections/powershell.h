#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Values in PowerShell's text. Internal to connections/.
namespace mailward::connections {

/// A single-quoted literal that stands for exactly this value: ' and the quotes that PowerShell takes for it (U+2018 to
/// U+201B) are doubled, nothing else means anything inside. Errors: invalid_form for what is not UTF-8, is longer than
/// 500 characters, or holds what a reader of the script cannot see: control characters, line and paragraph separators,
/// bidirectional controls, joiners and spaces without width, a byte order mark.
Result<std::string> powershell_literal(std::string_view value);
/// "@('a', 'b')".
Result<std::string> powershell_list(const std::vector<std::string>& values);

}  // namespace mailward::connections
