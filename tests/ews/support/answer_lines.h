#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/xml.h"

namespace mailward::testing {

/// What the client understood of an answer of `operation`, one line a value, as read_answers.py writes it of the same
/// answer. What could not be read is one line that says so.
std::vector<std::string> answer_lines(std::string_view operation, ews::XmlElement payload);

/// The line of one item.
std::string item_line(const ews::Item& item);

}  // namespace mailward::testing
