#pragma once

#include <string>
#include <string_view>

#include "audit/by.h"

namespace mailward::access {

using audit::By;

/// From where somebody came.
struct Source {
  /// As in audit::By::source.
  std::string address;
  /// As it was sent; kept cut to 200 characters, made printable.
  std::string user_agent;

  /// For what nobody in particular did from there.
  By by_nobody(std::string_view request_id) const;
  /// {"user_agent": …}
  std::string details() const;
};

}  // namespace mailward::access
