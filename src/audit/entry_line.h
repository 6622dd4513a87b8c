#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/trail.h"

namespace mailward::audit {

/// An entry as it is sent out: one line of JSON with the MAC that chains it, so that what was sent can be held against
/// the trail later. `number`, `at` (to the microsecond), `actor`, `source`, `token`, `action`, `object_kind`,
/// `object_id`, `outcome`, `request_id`, `previous_mac`, `mac` (hexadecimal) and, last, `details`: byte for byte as
/// they are authenticated. Without a line end. Where `limit` is passed, or details hold a line end, they are left out
/// and "details_cut" says so.
std::string entry_line(const Link& link, std::size_t limit = std::string::npos);

/// What a line says of its entry.
struct ReadLine {
  std::int64_t number = 0;
  Sha256 mac{};
  /// The whole entry, unless its details were cut.
  std::optional<Link> link;
};
/// Reads entry_line()'s form, also behind what a syslog server writes before it. Errors: malformed.
Result<ReadLine> read_entry_line(std::string_view line);

}  // namespace mailward::audit
