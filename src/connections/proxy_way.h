#pragma once

#include <memory>
#include <optional>
#include <stop_token>

#include "base/net.h"
#include "connections/model.h"
#include "connections/refusal_memory.h"
#include "ews/failure.h"
#include "ews/session.h"
#include "kerberos/tickets.h"

namespace mailward::connections {

/// What finding a proxy needs.
struct ProxyParts {
  RefusalMemory& refusals;
  const Resolver& resolver;
  const DestinationPolicy& destinations;
};

/// The way to a connection's servers: straight, or by its proxy, whose address was resolved and checked and whose
/// password is known not to have been refused. Found once for the sessions that go by it. For one thread.
class ProxyWay {
 public:
  /// Straight.
  ProxyWay() = default;
  /// By the form's proxy, where it names one. `password` where the form signs in; for Negotiate its ticket is fetched
  /// from the realm of `directory`, which costs an attempt where the password is wrong. Errors: NameError,
  /// refused_destination, KerberosError; no_password, and proxy_refused for a password that the proxy has refused
  /// before: it is not tried again.
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

/// Remembers a password that the proxy has just refused, so that it is never tried again; nothing where the failure is
/// another, or the proxy refused a ticket: of Negotiate's password the KDC is the judge.
Status note_refusal(RefusalMemory& refusals, const ProxyForm& form, const SecretString& password,
                    const ews::Failure& failure);

}  // namespace mailward::connections
