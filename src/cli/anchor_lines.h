#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace mailward::cli {

/// "NUMBER:MAC" of the entries in a file of lines that Mailward sent out, by rising number, as POST /audit/verify wants
/// them. Of a long file the last 2,000 and 2,000 of the others, evenly: each MAC covers all entries before it, so one
/// is enough to hold everything up to it, and the others only say where a difference begins. Errors: io, and malformed
/// for a file without a single entry.
Result<std::vector<std::string>> read_anchor_lines(const std::string& file);

}  // namespace mailward::cli
