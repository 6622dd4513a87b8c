#include "ews/proxy_tunnel.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/net.h"
#include "ews/challenge.h"
#include "ews/plain_http.h"
#include "ews/proxy_words.h"
#include "ews/token.h"

namespace mailward::ews {
namespace {

/// It answered something else than a tunnel; `shown` after the token that only the password makes.
Failure refused_tunnel(const Proxy& proxy, const PlainHead& head, bool shown) {
  return no_tunnel(proxy.address, {.status = head.status, .shown = shown, .offers = proxy_offers(head.fields)}, "");
}

/// An error of the wire, as one of the proxy.
Failure of_wire(const Proxy& proxy, const Error& below, bool shown) {
  if (below.is(BaseError::cancelled)) return {EwsError::cancelled, "the call was cancelled"};
  if (below.is(BaseError::timed_out)) return {EwsError::timed_out, "no answer from the proxy by the deadline"};
  return no_tunnel(proxy.address, {.shown = shown}, below.message());
}

Failure of_token(Error below) {
  Failure failure(std::move(below));
  failure.code = EwsError::token_failed;
  return failure;
}

/// One connection to the proxy.
class Asking {
 public:
  static Outcome<Asking> connect(const Proxy& proxy, const TunnelAsked& asked, Deadline deadline,
                                 const std::stop_token& stop) {
    auto socket = connect_tcp(proxy.address, deadline, stop);
    if (!socket) return fail(of_wire(proxy, socket.error(), false));
    return Asking(proxy, *std::move(socket), asked, deadline, stop);
  }

  /// One CONNECT, with a credential or without, and the head of its answer. `shown`: it is what only the password
  /// makes.
  Outcome<PlainHead> ask(const SecretString& credential, bool shown) {
    std::string request = "CONNECT " + target_ + " HTTP/1.1\r\nHost: " + target_ + "\r\nUser-Agent: " + user_agent_ +
                          "\r\nProxy-Connection: Keep-Alive\r\n";
    constexpr std::string_view kField = "Proxy-Authorization: ";
    request.reserve(request.size() + kField.size() + credential.size() + 4);
    if (!credential.empty()) {
      request += kField;
      request += credential.reveal();
      request += "\r\n";
    }
    request += "\r\n";
    auto sent = send_plainly(socket_.get(), request, deadline_, stop_);
    wipe(request);
    if (!sent) return fail(of_wire(proxy_, sent.error(), shown));
    auto head = read_plain_head(socket_.get(), deadline_, stop_);
    if (!head) return fail(of_wire(proxy_, head.error(), shown));
    return *std::move(head);
  }
  /// Reads the body that follows and forgets it: the next answer begins behind it.
  Outcome<void> pass_over_body(PlainHead& head) {
    auto skipped = skip_plain_body(socket_.get(), head, deadline_, stop_);
    if (skipped) return {};
    const bool ended = skipped.error().is(BaseError::cancelled) || skipped.error().is(BaseError::timed_out);
    return fail(ended ? of_wire(proxy_, skipped.error(), false) : refused_tunnel(proxy_, head, false));
  }
  FileDescriptor take() { return std::move(socket_); }

 private:
  Asking(const Proxy& proxy, FileDescriptor socket, const TunnelAsked& asked, Deadline deadline,
         const std::stop_token& stop)
      : proxy_(proxy),
        socket_(std::move(socket)),
        target_(asked.target),
        user_agent_(asked.user_agent),
        deadline_(deadline),
        stop_(stop) {}

  const Proxy& proxy_;
  FileDescriptor socket_;
  std::string target_;
  std::string user_agent_;
  Deadline deadline_;
  const std::stop_token& stop_;
};

bool stands(const PlainHead& head) {
  // The server behind a tunnel says nothing before it is spoken to.
  return head.status >= 200 && head.status < 300 && head.rest.empty();
}

/// What the answer to a credential says of the password.
ProxyVerdict verdict_of(const Outcome<PlainHead>& judged) {
  if (!judged) return judged.error().is(EwsError::proxy_failed) ? ProxyVerdict::cut_off : ProxyVerdict::silent;
  if (stands(*judged)) return ProxyVerdict::taken;
  return judged->status == 407 ? ProxyVerdict::refused : ProxyVerdict::unjudged;
}

Bytes token_in(const PlainHead& head) {
  for (const Challenge& challenge : challenges_of(head.fields, "Proxy-Authenticate")) {
    if (challenge.token.empty() || !same_ignoring_case(challenge.scheme, "NTLM")) continue;
    if (auto token = from_base64(challenge.token)) return *std::move(token);
  }
  return {};
}

/// The answer to the credential: the tunnel, or why there is none.
Outcome<FileDescriptor> judged(const Proxy& proxy, Asking& asking, const SecretString& credential, ProxyTry& shown) {
  // Its status alone says what it means: the body may be of any length, or cut off.
  auto head = asking.ask(credential, true);
  shown.ended(verdict_of(head));
  if (!head) return fail(std::move(head).error());
  if (stands(*head)) return asking.take();
  return fail(refused_tunnel(proxy, *head, true));
}

Credential credential_of(const Proxy& proxy) {
  Credential credential;
  credential.scheme = proxy.scheme;
  credential.user = proxy.user;
  credential.password = proxy.password.clone();
  return credential;
}

Outcome<FileDescriptor> open_by_basic(const Proxy& proxy, ProxyTry& shown, const TunnelAsked& asked, Deadline deadline,
                                      const std::stop_token& stop) {
  {
    MW_TRY(auto asking, Asking::connect(proxy, asked, deadline, stop));
    MW_TRY(const auto head, asking.ask(SecretString(), false));
    if (stands(head)) return asking.take();
    const auto offers = proxy_offers(head.fields);
    const auto is_basic = [](const std::string& each) { return same_ignoring_case(each, "Basic"); };
    if (head.status != 407 || std::ranges::none_of(offers, is_basic)) return fail(refused_tunnel(proxy, head, false));
  }
  MW_TRY(auto asking, Asking::connect(proxy, asked, deadline, stop));
  return judged(proxy, asking, basic_authorization(credential_of(proxy)), shown);
}

Outcome<FileDescriptor> open_by_ntlm(const Proxy& proxy, TicketHandle& tickets, ProxyTry& shown,
                                     const TunnelAsked& asked, Deadline deadline, const std::stop_token& stop) {
  Credential credential = credential_of(proxy);
  if (!tickets) {
    auto acquired = acquire_ntlm(credential);
    if (!acquired) return fail(of_token(std::move(acquired).error()));
    tickets = *std::move(acquired);
  }
  credential.tickets = tickets;
  auto maker = TokenMaker::begin(credential, proxy.host.empty() ? proxy.address.ip.text() : proxy.host);
  if (!maker) return fail(of_token(std::move(maker).error()));
  auto first = maker->next({}, {});
  if (!first) return fail(of_token(std::move(first).error()));
  MW_TRY(auto asking, Asking::connect(proxy, asked, deadline, stop));
  MW_TRY(auto challenged, asking.ask(*first, false));
  if (stands(challenged)) return asking.take();
  const Bytes answer = token_in(challenged);
  if (challenged.status != 407 || answer.empty()) return fail(refused_tunnel(proxy, challenged, false));
  MW_CHECK(asking.pass_over_body(challenged));
  auto second = maker->next(answer, {});
  if (!second) return fail(of_token(std::move(second).error()));
  return judged(proxy, asking, *second, shown);
}

}  // namespace

Outcome<FileDescriptor> open_tunnel(const Proxy& proxy, TicketHandle& tickets, ProxyTry& shown,
                                    const TunnelAsked& asked, Deadline deadline, const std::stop_token& stop) {
  return proxy.scheme == Scheme::ntlm ? open_by_ntlm(proxy, tickets, shown, asked, deadline, stop)
                                      : open_by_basic(proxy, shown, asked, deadline, stop);
}

}  // namespace mailward::ews
