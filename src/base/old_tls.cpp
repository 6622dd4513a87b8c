#include <openssl/err.h>
#include <openssl/ssl.h>

#include <array>
#include <utility>

#include "base/tls.h"
#include "base/tls_handshake.h"

namespace mailward {
namespace {

constexpr std::array<std::pair<int, const char*>, 2> kOldVersions{
    {{TLS1_VERSION, "TLSv1"}, {TLS1_1_VERSION, "TLSv1.1"}}};

/// One handshake with that version alone. What is weak in it may be: it is asked about, and used for nothing.
Result<bool> takes(int version, const SocketAddress& address, std::string_view server_name, Deadline deadline,
                   const std::stop_token& stop) {
  MW_TRY(const FileDescriptor socket, connect_tcp(address, deadline, stop));
  const ContextPtr context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), version);
  SSL_CTX_set_max_proto_version(context.get(), version);
  SSL_CTX_set_cipher_list(context.get(), "ALL:@SECLEVEL=0");
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const SslPtr ssl(SSL_new(context.get()), SSL_free);
  if (!IpAddress::parse(server_name)) SSL_set_tlsext_host_name(ssl.get(), std::string(server_name).c_str());
  SSL_set_fd(ssl.get(), socket.get());
  unsigned long reason = 0;
  const Handshake course = shake_hands(ssl.get(), socket.get(), deadline, stop, reason);
  ERR_clear_error();
  switch (course) {
    case Handshake::done:
      return true;
    case Handshake::failed:
    case Handshake::closed:
      return false;
    case Handshake::cancelled:
      return fail(BaseError::cancelled, "the handshake with " + address.text() + " was cancelled");
    case Handshake::timed_out:
      return fail(BaseError::timed_out, address.text() + " does not answer the handshake");
  }
  std::unreachable();
}

}  // namespace

Result<std::vector<std::string>> old_tls_versions(const SocketAddress& address, std::string_view server_name,
                                                  Deadline deadline, const std::stop_token& stop) {
  std::vector<std::string> taken;
  for (const auto& [version, name] : kOldVersions) {
    MW_TRY(const bool offered, takes(version, address, server_name, deadline, stop));
    if (offered) taken.emplace_back(name);
  }
  return taken;
}

}  // namespace mailward
