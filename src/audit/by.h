#pragma once

#include <string>

#include "audit/actor.h"

namespace mailward::audit {

/// What every act is written down with: who did it, from where, by which means, in which request.
struct By {
  Actor actor;
  /// The address of the peer as text ("192.0.2.1", "2001:db8::1"), without port; empty over the local socket and for
  /// what Mailward does by itself.
  std::string source;
  /// The id of the API token that the actor's program showed; empty where he came by himself.
  std::string token;
  /// Where there was one; ties the entry to the logs.
  std::string request_id;
  bool operator==(const By&) const = default;
};

}  // namespace mailward::audit
