#pragma once

#include <curl/curl.h>

#include <exception>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.h"
#include "ews/evidence.h"
#include "ews/session.h"

using SSL = struct ssl_st;
using X509_STORE_CTX = struct x509_store_ctx_st;

/// Inner part of the room: libcurl's handles and what one leg of a call does with them.
namespace mailward::ews {

/// One HTTP request and its answer.
struct Leg {
  // What to send.
  Method method = Method::get;
  std::string url;
  std::string_view body;             ///< of a POST; lives longer than the leg
  std::vector<std::string> headers;  ///< all but Authorization
  std::string cookie;                ///< beside those that the handle keeps; empty: none
  std::size_t answer_limit = 0;
  /// Whether this leg may open a connection; one that is part of a sign-in or rests on one may not.
  bool may_connect = true;
  /// Makes the value of Authorization once TLS stands; empty for none. What it gives stays until the leg has begun.
  /// Null: none.
  std::move_only_function<Result<std::string_view>(SSL*)> authorization;
  Deadline deadline = Deadline::at({});
  std::chrono::milliseconds connect_timeout{};
  ProxyTry* proxy_try = nullptr;  ///< told as soon as the proxy has taken it; null: nobody is
  FileDescriptor tunnel;          ///< a connection to the server that stands already, to be used in place of a new one
  /// Takes the body of an answer of status 200, piece by piece while it arrives; the server waits meanwhile. False ends
  /// the leg, and so does what it throws. Null: the body is kept in `answer`.
  std::move_only_function<bool(std::string_view)> take;
  std::chrono::milliseconds silence{};  ///< the longest wait for the next piece, where there is a `take`
  std::optional<std::chrono::milliseconds> first_silence;  ///< and for the first; none: the deadline alone
  std::stop_token stop;

  // What came of it.
  CURLcode code = CURLE_OK;
  bool cancelled = false;
  bool began = false;           ///< TLS stands and the request was about to be sent
  bool tls_begun = false;       ///< TCP, and a tunnel, stood
  bool proxy_shown = false;     ///< a credential went to the proxy
  bool proxy_judged = false;    ///< and an answer came to that
  HttpFields proxy_head;        ///< what its last answer offers
  bool connect_barred = false;  ///< it would have had to connect and might not
  unsigned connects = 0;
  std::optional<Error> token_error;
  int status = 0;
  bool head_complete = false;
  bool over_limit = false;
  bool still_open = false;  ///< the connection can be used again
  bool taken = false;       ///< the body went to `take`
  HttpFields head;
  std::size_t head_bytes = 0;
  std::optional<Timestamp> received;
  std::string answer;
  std::uint64_t body_bytes = 0;  ///< of the answer, as they came
  std::shared_ptr<const TlsFacts> tls;
  std::vector<CertificateInfo> presented;  ///< the chain, where verification was reached
  long verify_code = 0;
  long os_error = 0;
  long proxy_status = 0;
  std::string words;            ///< libcurl's
  std::exception_ptr thrown{};  ///< by `take`
  CallTimes times;
};

/// One easy handle, and a multi of its own that holds its connection alone: no other session can be given it. For one
/// thread at a time, which drives it.
class CurlConnection {
 public:
  CurlConnection(const Endpoint& endpoint, const Proxy* proxy);
  ~CurlConnection();
  CurlConnection(const CurlConnection&) = delete;
  CurlConnection& operator=(const CurlConnection&) = delete;

  /// Runs one leg and returns when it ended, which it does by its deadline or soon after it was stopped.
  void run(Leg& leg);

 private:
  static curl_socket_t open_socket(void* self, curlsocktype purpose, curl_sockaddr* address);
  static int socket_options(void* self, curl_socket_t socket, curlsocktype purpose);
  static int before_request(void* self, char*, char*, int, int);
  /// What libcurl sends to a proxy, and hears of it, before anything else is sent.
  static int on_traffic(CURL*, curl_infotype kind, char*, std::size_t, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_body(char* data, std::size_t size, std::size_t count, void* self);
  static CURLcode on_context(CURL*, void* context, void* self);
  static int on_verify(X509_STORE_CTX* store, void* self);
  void prepare(Leg& leg);
  CURLcode drive(Leg& leg);
  /// After the transfer ended: takes over what libcurl knows.
  void finish(CURLcode code);
  bool read_head_line(std::string_view line);
  /// The cookie by which a server binds a group of subscriptions to itself is the group's (NotificationStream), and
  /// not that of whoever uses this connection next.
  void forget_route();
  bool give(std::string_view piece);
  void use_proxy(const Proxy& proxy);
  /// Puts a token into the head of the CONNECT that will follow. Errors: token_failed.
  Status sign_in_to_proxy();

  CURL* easy_ = nullptr;
  CURLM* multi_ = nullptr;
  bool needs_tunnel_ = false;  ///< connects through Leg::tunnel alone
  curl_slist* headers_ = nullptr;
  curl_slist* connect_to_ = nullptr;
  Leg* leg_ = nullptr;
  MonotonicTime last_piece_{};  ///< when Leg::take had taken it; before the first, when the request began
  SocketAddress expected_;
  curl_slist* resolve_ = nullptr;
  curl_slist* proxy_headers_ = nullptr;      ///< the one field with Negotiate's token
  std::optional<Credential> proxy_tickets_;  ///< where the proxy wants Negotiate
  std::string proxy_host_;
  bool proxy_tls_ = false;
  bool tunnelled_ = false;  ///< the last socket was handed over connected
  unsigned contexts_ = 0;   ///< TLS contexts of the connection being made
  bool fresh_ = false;      ///< connected since the last request began
  std::shared_ptr<const TlsFacts> tls_;
  char words_[CURL_ERROR_SIZE] = {};
};

}  // namespace mailward::ews
