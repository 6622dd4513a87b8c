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

/// What a request does when it is sent again because its answer was lost.
enum class Repetition {
  harmless,   ///< it changes nothing
  converges,  ///< done twice is as done once, but the second answer may say that it is gone, or stands there already
  doubles,    ///< something may be made, sent or added twice
};
std::string_view repetition_name(Repetition repetition);

struct OperationEntry {
  std::string_view name;
  Repetition repetition;
  Outcome<std::vector<MessageSummary>> (*read)(XmlElement payload);
};

/// Every operation that we know, by name.
std::span<const OperationEntry> operations();
const OperationEntry* find_operation(std::string_view name);

}  // namespace mailward::ews
