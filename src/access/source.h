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

  /// For what that actor did from there; nobody in particular where none is given.
  By by(std::string_view request_id, audit::Actor actor = audit::Actor::system("access")) const;
  /// {"user_agent": …}
  std::string details() const;
};

}  // namespace mailward::access
