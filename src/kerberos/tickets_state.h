#pragma once

#include <gssapi/gssapi.h>

#include <chrono>
#include <optional>
#include <string>

#include "kerberos/private_context.h"
#include "kerberos/tickets.h"

namespace mailward::kerberos {

/// A moment of libkrb5, whose 32 bits are read as unsigned from 2038 on.
inline Timestamp moment_of(krb5_timestamp seconds) {
  return Timestamp(std::chrono::seconds(static_cast<std::uint32_t>(seconds)));
}

struct Tickets::State {
  Settings settings;
  PrivateContext context;
  krb5_ccache cache = nullptr;
  gss_cred_id_t credential = nullptr;
  std::string cache_name;  ///< "MEMORY:…", known to the whole process, and locked by libkrb5 itself
  std::string client_realm;
  std::string principal;
  Timestamp expires;
  SocketAddress controller{IpAddress::v4({}), 0};
  std::optional<std::chrono::seconds> clock_difference;

  State(const Settings& given, PrivateContext made) : settings(given), context(std::move(made)) {}
  ~State();
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  /// Makes the cache and puts the credentials into it, then the GSSAPI credential over it.
  Status keep(krb5_creds* credentials);
};

}  // namespace mailward::kerberos
