#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/net.h"
#include "base/result.h"
#include "base/tls.h"
#include "http/headers.h"
#include "http/response.h"
#include "http/stream.h"

namespace mailward::http {

enum class HttpClientError {
  bad_request,  ///< the URL, method or a header is not fit to be sent
  connect,      ///< no connection: nothing was sent
  tls,          ///< the server's certificate or TLS does not satisfy
  timed_out,
  cancelled,
  interrupted,  ///< the connection ended during the exchange: the request may have been carried out
  answer_too_large,
  malformed_answer,
  not_a_stream,  ///< an event stream was asked for and something else came; the message names the status
};
std::string_view error_subject(HttpClientError code);
std::string_view error_name(HttpClientError code);

struct ClientRequest {
  std::string method = "GET";
  /// http or https. Over a Unix socket the host is only what the Host header says: "http://local/v1/runs".
  std::string url{};
  Headers headers{};
  std::string body{};
};

struct ClientOptions {
  /// Connect to this socket file in place of the URL's host.
  std::optional<std::filesystem::path> unix_socket{};
  /// Connect to this address, that was resolved and checked before, in place of asking for the URL's host by name. Its
  /// port is taken, too. Host header and certificate check stay the URL's.
  std::optional<SocketAddress> address{};
  CertificateTrust trust = CertificateTrust::system();
  std::size_t answer_limit = std::size_t{16} * 1024 * 1024;  ///< of the body; 256 KiB for its head
  std::string user_agent = "Mailward";
};

/// A plain blocking HTTP/1.1 client for webhooks and the command line (EWS has a transport of its own). It follows no
/// redirects, uses no proxy, keeps no cookies, and holds one connection open between calls. For one thread at a time.
class Client {
 public:
  explicit Client(ClientOptions options);
  ~Client();
  Client(Client&&) noexcept;
  Client& operator=(Client&&) noexcept;

  /// Any status is an answer, not an error. Errors: HttpClientError. Interim answers (1xx) are passed over.
  Result<Response> call(const ClientRequest& request, Deadline deadline, const std::stop_token& stop = {});

  /// Reads an event stream until it ends (success), `on_event` returns false (success), the deadline passes or an
  /// error. `on_event` runs on the calling thread. Errors: HttpClientError; not_a_stream for a status other than 200 or
  /// another type, with `answer` (if given) holding what came instead.
  Status stream(const ClientRequest& request, const std::function<bool(const StreamEvent&)>& on_event,
                Deadline deadline, const std::stop_token& stop = {}, Response* answer = nullptr);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailward::http
