#pragma once

#include <optional>
#include <stop_token>

#include "base/net.h"
#include "connections/model.h"
#include "connections/proxy_door.h"
#include "ews/session.h"

namespace mailward::connections {

/// What finding a proxy needs.
struct ProxyParts {
  ProxyDoor& proxies;
  const Resolver& resolver;
  const DestinationPolicy& destinations;
  WhatWasRefused refused = WhatWasRefused::stays;
};

/// The way to a connection's servers: straight, or by its proxy, whose address was resolved and checked and whose
/// password sessions show by its door alone. Found once for the sessions that go by it. For one thread.
class ProxyWay {
 public:
  /// Straight.
  ProxyWay() = default;
  /// By the form's proxy, where it names one. `password` where the form signs in; for Negotiate its ticket is fetched
  /// from the realm of `directory`, which costs an attempt where the password is wrong. Errors: NameError,
  /// refused_destination, KerberosError, no_password; of Negotiate's password those of the door.
  static Result<ProxyWay> find(const ProxyParts& parts, const ProxyForm& form,
                               const std::optional<SecretString>& password,
                               const std::optional<DirectoryRecord>& directory, Deadline deadline,
                               const std::stop_token& stop);

  /// For one session.
  std::optional<ews::Proxy> proxy() const;
  bool is_straight() const { return !proxy_; }
  const SocketAddress& address() const { return proxy_->address; }

 private:
  std::optional<ews::Proxy> proxy_;
};

}  // namespace mailward::connections
