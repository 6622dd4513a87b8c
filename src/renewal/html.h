#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"

/// What the pages for printing share.
namespace mailward::renewal {

/// The text as it stands in HTML, in an element or between quotes of an attribute.
std::string escaped(std::string_view text);

/// To the minute: "2026-11-30 09:05 UTC".
std::string page_time(Timestamp time);

}  // namespace mailward::renewal
