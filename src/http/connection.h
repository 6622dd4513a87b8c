#pragma once

#include <any>
#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include <sys/types.h>

#include "base/bytes.h"
#include "base/net.h"

namespace mailward::http {

/// Who is at the other end of a Unix socket, as the kernel says (SO_PEERCRED).
struct PeerCredentials {
  uid_t uid = 0;
  gid_t gid = 0;
  pid_t pid = 0;
};

/// The connection that a request came by. The same object for all its requests, which are handled one after another; a
/// handler uses it only while it runs, a stream only within its query.
class Connection {
 public:
  std::string listener;                        ///< the name of the listener that accepted it
  std::uint64_t number = 0;                    ///< counts from 1 within the server
  std::optional<SocketAddress> peer;           ///< none on a Unix socket
  std::optional<SocketAddress> local;          ///< none on a Unix socket
  std::optional<PeerCredentials> credentials;  ///< on a Unix socket only
  bool tls = false;
  std::string tls_protocol;  ///< "TLSv1.3"; empty without TLS
  /// base's tls_server_end_point() of the certificate this listener showed; empty without TLS.
  Bytes server_end_point;
  std::uint64_t requests_served = 0;  ///< before this one
  /// What the route's code keeps with the connection: a sign-in in progress, who signed in.
  std::any state;

  /// Whether the client has gone (or the server is past its deadline to stop): nobody will read the answer.
  bool gone() const { return gone_.stop_requested(); }
  /// Requested at that moment. Its callbacks run on the io thread and must not block.
  std::stop_token gone_token() const { return gone_.get_token(); }
  /// For the server.
  void mark_gone() { gone_.request_stop(); }

 private:
  std::stop_source gone_;
};

}  // namespace mailward::http
