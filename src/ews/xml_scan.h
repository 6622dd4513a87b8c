#pragma once

#include <string>
#include <string_view>

#include "ews/failure.h"
#include "ews/xml.h"

namespace mailward::ews {

struct ScannedXml {
  std::string text;  ///< UTF-8 without byte order mark, with nothing in it that a lenient parser could stumble over
  std::size_t replaced = 0;
};

/// Walks over a document before any tree is built: counts against the limits, refuses what is refused, replaces what is
/// not allowed. What passes has one root whose tags balance in number; whether their names match is left to the parser.
Outcome<ScannedXml> scan_xml(std::string_view bytes, const XmlLimits& limits);

}  // namespace mailward::ews
