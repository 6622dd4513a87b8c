#pragma once

#include <string>

#include "audit/actor.h"

namespace mailward::access {

/// From where somebody came.
struct Source {
  /// The address of the peer as text ("192.0.2.1", "2001:db8::1"), without port; empty over the local socket.
  std::string address;
  /// As it was sent; kept cut to 200 characters, made printable.
  std::string user_agent;
};

/// What every change needs: who, from where, in which request.
struct By {
  audit::Actor actor;
  /// Source::address.
  std::string address;
  std::string request_id;
};

}  // namespace mailward::access
