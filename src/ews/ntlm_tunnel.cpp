#include "ews/ntlm_tunnel.h"

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
Failure of_wire(const Proxy& proxy, const Error& below) {
  if (below.is(BaseError::cancelled)) return {EwsError::cancelled, "the call was cancelled"};
  if (below.is(BaseError::timed_out)) return {EwsError::timed_out, "no answer from the proxy by the deadline"};
  return no_tunnel(proxy.address, {}, below.message());
}

Failure of_token(Error below) {
  Failure failure(std::move(below));
  failure.code = EwsError::token_failed;
  return failure;
}

/// The way to one proxy.
class Asking {
 public:
  Asking(const Proxy& proxy, FileDescriptor socket, std::string_view target, std::string_view user_agent,
         Deadline deadline, const std::stop_token& stop)
      : proxy_(proxy),
        socket_(std::move(socket)),
        target_(target),
        user_agent_(user_agent),
        deadline_(deadline),
        stop_(stop) {}

  /// One CONNECT with a token, and the head of its answer.
  Outcome<PlainHead> connect(const SecretString& token) {
    std::string request = "CONNECT " + target_ + " HTTP/1.1\r\nHost: " + target_ + "\r\nUser-Agent: " + user_agent_ +
                          "\r\nProxy-Connection: Keep-Alive\r\nProxy-Authorization: ";
    request.reserve(request.size() + token.size() + 4);
    request += token.reveal();
    request += "\r\n\r\n";
    auto sent = send_plainly(socket_.get(), request, deadline_, stop_);
    wipe(request);
    if (!sent) return fail(of_wire(proxy_, sent.error()));
    auto head = read_plain_head(socket_.get(), deadline_, stop_);
    if (!head) return fail(of_wire(proxy_, head.error()));
    return *std::move(head);
  }
  /// Reads the body that follows and forgets it: the next answer begins behind it.
  Outcome<void> pass_over_body(PlainHead& head) {
    auto skipped = skip_plain_body(socket_.get(), head, deadline_, stop_);
    if (skipped) return {};
    const bool ended = skipped.error().is(BaseError::cancelled) || skipped.error().is(BaseError::timed_out);
    return fail(ended ? of_wire(proxy_, skipped.error()) : refused_tunnel(proxy_, head, false));
  }
  FileDescriptor take() { return std::move(socket_); }

 private:
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

/// What the answer to type 3 says of the password.
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

}  // namespace

Outcome<FileDescriptor> open_ntlm_tunnel(const Proxy& proxy, TicketHandle& tickets, ProxyTry& shown,
                                         std::string_view target, std::string_view user_agent, Deadline deadline,
                                         const std::stop_token& stop) {
  Credential credential;
  credential.scheme = Scheme::ntlm;
  credential.user = proxy.user;
  credential.password = proxy.password.clone();
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
  auto socket = connect_tcp(proxy.address, deadline, stop);
  if (!socket) return fail(of_wire(proxy, socket.error()));
  Asking asking(proxy, *std::move(socket), target, user_agent, deadline, stop);
  MW_TRY(auto challenged, asking.connect(*first));
  if (stands(challenged)) return asking.take();
  const Bytes answer = token_in(challenged);
  if (challenged.status != 407 || answer.empty()) {
    return fail(refused_tunnel(proxy, challenged, false));
  }
  MW_CHECK(asking.pass_over_body(challenged));
  auto second = maker->next(answer, {});
  if (!second) return fail(of_token(std::move(second).error()));
  // Its status alone says what it means: the body may be of any length, or cut off.
  auto judged = asking.connect(*second);
  shown.ended(verdict_of(judged));
  if (!judged) return fail(std::move(judged).error());
  if (stands(*judged)) return asking.take();
  return fail(refused_tunnel(proxy, *judged, true));
}

}  // namespace mailward::ews
