#pragma once

#include <string>

#include "audit/by.h"

namespace mailward::access {

using audit::By;

/// From where somebody came.
struct Source {
  /// As in audit::By::source.
  std::string address;
  /// As it was sent; kept cut to 200 characters, made printable.
  std::string user_agent;
};

}  // namespace mailward::access
