#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace mailward::testing {

struct ValidRequest {
  std::string_view name;
  std::string body;  ///< the operation's element, prefixes m: and t:
};

/// A request of each kind that the simulator reads in a way of its own, on the sample mailbox: permission sets, rules,
/// recurrences, restrictions, availability, MIME, and so on. `item` is a message's id, `folder` the id of a folder of
/// the mailbox's own.
std::vector<ValidRequest> valid_requests(const std::string& item, const std::string& folder);

}  // namespace mailward::testing
