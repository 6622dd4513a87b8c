#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/net.h"
#include "base/tls.h"
#include "ews/credential.h"
#include "ews/failure.h"
#include "ews/proxy_try.h"
#include "ews/transport.h"

namespace mailward::ews {

/// Where a session goes: one address that was resolved and checked before, spoken to under the URL's name.
struct Endpoint {
  std::string host;          ///< of the URL: SNI, Host head, and the name the certificate must bear
  std::uint16_t port = 443;  ///< of the URL: stands in the Host head where it is not 443
  SocketAddress address;     ///< the only address that is connected to
  CertificateTrust trust = CertificateTrust::system();
  std::string path = "/EWS/Exchange.asmx";
};

/// A proxy that is asked for a tunnel (CONNECT), by HTTP or inside TLS of its own. It too is an address that was
/// checked before. What goes through the tunnel is TLS with the server itself: channel bindings are the server's.
struct Proxy {
  SocketAddress address;
  std::string user{};  ///< Basic and NTLM: as it is to be sent; empty: no sign-in
  SecretString password{};
  /// How it is signed in to. One password costs one attempt. NTLM only where the proxy is not spoken to by TLS.
  Scheme scheme = Scheme::basic;
  std::string host{};  ///< its name: what its certificate must bear. Needed for TLS alone
  /// Set: the proxy itself is spoken to by TLS.
  std::optional<CertificateTrust> tls{};
  TicketHandle tickets{};  ///< Negotiate: as Credential::tickets
  std::string service{};   ///< Negotiate: "HTTP/proxy.example.test@EXAMPLE.TEST"
  ProxyWitness witness{};  ///< asked before the sign-in of each connection; null: nobody is
};

/// Whether the tunnel through it is made before libcurl has the connection (proxy_tunnel.h).
inline bool brings_tunnel(const Proxy& proxy) {
  return proxy.scheme == Scheme::ntlm || (proxy.scheme == Scheme::basic && !proxy.tls && !proxy.user.empty());
}

struct SessionSettings {
  /// Sent as User-Agent; empty: default_user_agent(). Exchange's application access policies allow and block by it.
  std::string user_agent{};
  std::size_t answer_limit = 64U << 20U;  ///< bytes of an answer's body
  std::chrono::milliseconds connect_timeout{10'000};
  /// client-request-id of requests that name none; empty: a new one each.
  std::string request_id{};
  /// Whether answers may come compressed (Accept-Encoding: gzip).
  bool accept_gzip = true;
};

/// "Mailward/" and the version: fixed, so that an administrator can allow it by name.
std::string_view default_user_agent();

enum class Method { get, post };

struct HttpRequest {
  Method method = Method::get;
  std::string path{};  ///< empty: the endpoint's
  std::string body{};
  std::string anchor_mailbox{};       ///< X-AnchorMailbox; empty: none
  std::string request_id{};           ///< client-request-id; empty: the session's
  std::vector<std::string> fields{};  ///< more of the head: "X-PreferServerAffinity: true"
  std::string cookie{};               ///< beside those that the server set on this session: "name=value"
  /// false: never sends the session's credential (a connection that is signed in stays so).
  bool with_credential = true;
  /// Authorization as it is to be sent, in place of the session's credential: for questions that prove nothing
  /// (spnego.h). Only with `with_credential` false, on a connection that is not signed in; ignored otherwise.
  std::string question{};
};

struct HttpAnswer {
  std::string body;   ///< uncompressed; empty where it was pulled
  Evidence evidence;  ///< with status and head
  bool pulled = false;
};

/// Takes the body of an answer of status 200 while it arrives, on the thread that called send(). While it works,
/// nothing is read from the server.
struct Pull {
  /// A piece of the body, uncompressed, and the head that came before it. A failure ends the call with it, and the
  /// connection.
  std::function<Outcome<void>(std::string_view piece, const Evidence& head)> take;
  std::uint64_t limit = std::uint64_t{8} << 30U;  ///< bytes of the body, uncompressed
  std::chrono::milliseconds silence{120'000};     ///< the longest wait for the next byte of the body
  /// The longest wait for the first one, from when the request goes out. None: the call's deadline alone.
  std::optional<std::chrono::milliseconds> first_silence{};
};

/// One connection to one address, with all that is said on it: health check, finding out the offered schemes, sign-in,
/// calls. It connects with its first call and again when the connection died and nothing was sent on the new one yet; a
/// request is never sent twice. Signed in once, it belongs to that account for good. One call at a time: for one
/// thread, or a lock.
class Session {
 public:
  Session(Transport& transport, Endpoint endpoint, SessionSettings settings = {},
          std::optional<Proxy> proxy = std::nullopt);
  ~Session();
  Session(Session&& other) noexcept;
  Session& operator=(Session&& other) noexcept;

  /// From the next call on, requests sign in with this, on the connection that stands if there is one. May be given
  /// again for the same account only while the connection is not signed in, else the connection is closed first.
  /// Errors: invalid_request for a credential that cannot be sent (a NUL in it, a user with a colon for Basic, no
  /// tickets), or for another account than the one before.
  Status sign_in_with(Credential credential);
  /// The account of sign_in_with(), or empty.
  const std::string& account() const;

  /// Sends one request and waits for the answer, whatever its status: a 401 is an answer here. Errors: connection, TLS,
  /// token, limit, deadline and stop token; `Failure::evidence->sent` says what went out.
  Outcome<HttpAnswer> send(const HttpRequest& request, Deadline deadline, std::stop_token stop = {});
  /// The same, but the body of an answer of status 200 goes to `pull`; any other status is an answer as above. Errors:
  /// those of send(), of `pull.take`, answer_too_large, and timed_out where the server falls silent.
  Outcome<HttpAnswer> send(const HttpRequest& request, const Pull& pull, Deadline deadline, std::stop_token stop = {});

  /// Whether the next call finds a connection that is open as far as one knows, and whether it is signed in.
  bool connected() const;
  bool signed_in() const;
  /// How often this session connected (each is one TLS handshake).
  unsigned connects() const;
  void close();

  const Endpoint& endpoint() const;

 private:
  Outcome<HttpAnswer> send(const HttpRequest& request, const Pull* pull, Deadline deadline, std::stop_token stop);

  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailward::ews
