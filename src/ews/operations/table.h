#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "ews/operations/response.h"
#include "ews/xml.h"

namespace mailward::ews {

/// One response message as seen without knowing its operation: for logs, tests and counting.
struct MessageSummary {
  ResponseStatus status;
  std::size_t values = 0;  ///< folders, items, matches or zones in it
};

struct OperationEntry {
  std::string_view name;
  Outcome<std::vector<MessageSummary>> (*read)(XmlElement payload);
};

/// Every operation that we know, by name.
std::span<const OperationEntry> operations();
const OperationEntry* find_operation(std::string_view name);

}  // namespace mailward::ews
