#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mailward::audit {

/// Who acts. Rights are checked in api/; the rooms below take an Actor and only write it down.
struct Actor {
  enum class Kind {
    /// Came over the local socket: `name` is the user id of the peer, decimal.
    local,
    /// Mailward itself: `name` says which part ("heartbeat").
    system,
    /// A signed-in user: `name` is the user's id.
    user,
  };
  Kind kind = Kind::system;
  std::string name;

  static Actor local(std::uint32_t uid);
  static Actor system(std::string_view part);
  static Actor user(std::string_view id);

  /// "local:1000", "system:heartbeat", "user:…".
  std::string text() const;
  /// Reads text()'s form. Errors: malformed.
  static Result<Actor> parse(std::string_view text);
  bool operator==(const Actor&) const = default;
};

}  // namespace mailward::audit
