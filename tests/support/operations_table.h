#pragma once

#include <set>
#include <string>
#include <string_view>

namespace mailward::testing {

/// Holds one column of docs/ews-operations.md to what a test saw (operations by name or by their request's element): ""
/// for agreement, else what stands there and was not seen, and what was seen and does not stand there. With
/// MAILWARD_WRITE_TABLES=1 in the environment the column is written instead. Columns: "our client", "simulator",
/// "exchangelib", "DavMail", "ews-javascript-api", "recorded answers".
std::string operations_column(std::string_view column, const std::set<std::string>& elements);

}  // namespace mailward::testing
