#pragma once

#include <atomic>
#include <condition_variable>
#include <functional>
#include <limits>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/net.h"
#include "base/tls.h"
#include "ews/session.h"
#include "tests/support/test_ca.h"

using SSL = struct ssl_st;
using SSL_CTX = struct ssl_ctx_st;

namespace mailward::testing {

/// One request as it arrived, whole or not.
struct ReceivedRequest {
  unsigned connection = 0;  ///< counted from 1
  unsigned nth = 0;         ///< on its connection, from 1
  std::string line{};       ///< "POST /EWS/Exchange.asmx HTTP/1.1"
  std::vector<std::pair<std::string, std::string>> fields{};
  std::string body{};
  bool whole = false;
  std::string_view field(std::string_view name) const;
};

enum class After {
  keep,          ///< wait for the next request
  close_notify,  ///< end TLS properly, then TCP
  drop,          ///< close TCP without a word
  reset,         ///< RST
  hang,          ///< keep the connection open and say nothing more
};

struct Reaction {
  std::string bytes;  ///< raw: head and body
  After after = After::keep;
};

/// How much of a request to read before reacting.
struct Reading {
  static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
  std::size_t bytes = kAll;  ///< counted over head and body; the request is then not whole
  bool head_only = false;    ///< react when the head is there, without reading the body
};

/// An HTTPS server of the tests' own that does exactly what a test tells it. Blocking, a thread for each connection.
/// The callbacks run on those threads, one at a time under a lock of the server.
class ScriptedServer {
 public:
  struct Script {
    std::function<Reaction(const ReceivedRequest&, SSL*)> react;
    std::function<Reading(unsigned connection, unsigned nth)> reading{};
    /// Called when TCP stands; false: close at once, before TLS.
    std::function<bool(unsigned connection)> greet{};
    bool plain = false;  ///< no TLS at all: what is not TLS
    int newest_tls = 0;  ///< 0: any
    /// Where it listens; port 0 is a free one.
    SocketAddress at{.ip = IpAddress::v4({127, 0, 0, 1}), .port = 0};
  };

  explicit ScriptedServer(Script script, CertificateWish wish = {.dns_names = {"mail.example.test"}});
  ~ScriptedServer();
  ScriptedServer(const ScriptedServer&) = delete;
  ScriptedServer& operator=(const ScriptedServer&) = delete;

  /// This server under its name, trusted by its own authority.
  ews::Endpoint endpoint() const;
  SocketAddress address() const;
  const TestCa& authority() const { return authority_; }

  /// Requests of which at least a byte arrived, in order.
  std::vector<ReceivedRequest> seen() const;
  unsigned connections() const;

 private:
  void accept_loop();
  void serve(int socket, unsigned connection);

  Script script_;
  TestCa authority_;
  SSL_CTX* context_ = nullptr;
  int listener_ = -1;
  mutable std::mutex mutex_;
  std::mutex script_mutex_;
  std::condition_variable stopped_;
  bool stopping_ = false;
  std::vector<ReceivedRequest> seen_;
  unsigned connections_ = 0;
  std::vector<int> sockets_;
  std::vector<std::thread> workers_;
  std::thread acceptor_;
};

/// An HTTP/1.1 answer with a Content-Length.
std::string http_answer(int status, std::string_view body, std::string_view more_fields = {},
                        std::string_view content_type = "text/xml; charset=utf-8");

/// A GetFolder answer as Exchange sends it: one inbox.
std::string get_folder_answer();

}  // namespace mailward::testing
