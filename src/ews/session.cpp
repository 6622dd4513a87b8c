#include "ews/session.h"

#include <algorithm>

#include "base/digest.h"
#include "ews/leg_failure.h"
#include "ews/proxy_tunnel.h"
#include "ews/pulled_leg.h"
#include "ews/request_check.h"
#include "ews/token.h"

#ifndef MAILWARD_VERSION
#define MAILWARD_VERSION "0.1.0"
#endif

namespace mailward::ews {
namespace {

/// The server's token of `scheme` in a head, undone from base64; empty where there is none.
Bytes token_in(const HttpFields& head, Scheme scheme) {
  for (const Challenge& challenge : challenges_of(head)) {
    if (challenge.token.empty() || !same_ignoring_case(challenge.scheme, scheme_name(scheme))) continue;
    if (auto token = from_base64(challenge.token)) return *std::move(token);
  }
  return {};
}

}  // namespace

std::string_view default_user_agent() {
  return "Mailward/" MAILWARD_VERSION;
}

/// One call in the making.
struct Call {
  const HttpRequest& request;
  Deadline deadline;
  std::stop_token stop;
  Evidence evidence;
  const Pull* pull = nullptr;
};

struct Session::State {
  Transport& transport;
  Endpoint endpoint;
  SessionSettings settings;
  std::optional<Proxy> proxy;
  TicketHandle proxy_tickets;  ///< gss-ntlmssp's, for the proxy
  std::unique_ptr<CurlConnection> connection;
  std::optional<Credential> credential;
  SecretString basic_value;  ///< what Authorization says of it, made once: guarded memory is slow to be had
  std::string account;
  std::optional<Offer> offer;  ///< of the last 401
  bool open = false;
  bool signed_in = false;
  unsigned connects = 0;

  State(Transport& t, Endpoint e, SessionSettings s, std::optional<Proxy> p)
      : transport(t), endpoint(std::move(e)), settings(std::move(s)), proxy(std::move(p)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;

  void drop() {
    connection.reset();
    open = false;
    signed_in = false;
  }

  std::string url(const HttpRequest& request) const {
    std::string host = endpoint.host.find(':') == std::string::npos ? endpoint.host : "[" + endpoint.host + "]";
    std::string port = endpoint.port == 443 ? "" : ":" + std::to_string(endpoint.port);
    return "https://" + host + port + (request.path.empty() ? endpoint.path : request.path);
  }

  std::string user_agent() const {
    return settings.user_agent.empty() ? std::string(default_user_agent()) : settings.user_agent;
  }

  std::vector<std::string> heads(const Call& call) const {
    const HttpRequest& request = call.request;
    std::vector<std::string> heads{"User-Agent: " + user_agent(), "client-request-id: " + call.evidence.request_id,
                                   "return-client-request-id: true", "Expect:"};
    if (request.method == Method::post) {
      heads.emplace_back("Content-Type: text/xml; charset=utf-8");
      heads.emplace_back("Accept: text/xml");
    } else {
      heads.emplace_back("Accept: */*");
    }
    if (settings.accept_gzip) heads.emplace_back("Accept-Encoding: gzip");
    if (!request.anchor_mailbox.empty()) heads.push_back("X-AnchorMailbox: " + request.anchor_mailbox);
    heads.insert(heads.end(), request.fields.begin(), request.fields.end());
    return heads;
  }

  Leg leg_for(const Call& call, std::string_view body) const {
    Leg leg;
    leg.method = call.request.method;
    leg.url = url(call.request);
    leg.body = body;
    leg.headers = heads(call);
    leg.cookie = call.request.cookie;
    leg.answer_limit = settings.answer_limit;
    leg.deadline = call.deadline;
    leg.stop = call.stop;
    leg.connect_timeout = settings.connect_timeout;
    return leg;
  }

  /// Asks whoever watches over the proxy's sign-in, where this leg connects. What stands is not replaced by libcurl,
  /// which would sign in unasked. Errors: proxy_failed where the credential may not be shown.
  Outcome<ProxyTry> ask_witness(Leg& leg, const Call& call) const {
    if (!proxy || !proxy->witness) return ProxyTry();
    leg.may_connect = leg.may_connect && !open;
    if (!leg.may_connect) return ProxyTry();
    auto asked = proxy->witness(call.deadline, call.stop);
    if (asked) return *std::move(asked);
    Failure withheld(std::move(asked).error());
    if (withheld.is(EwsError::invalid_request)) withheld.code = EwsError::proxy_failed;
    return fail(failed(std::move(withheld), call));
  }

  /// Runs a leg and books what it did; the failure carries the evidence so far.
  Outcome<void> run(Leg& leg, Call& call, Sent if_begun) {
    if (!connection) connection = std::make_unique<CurlConnection>(endpoint, proxy ? &*proxy : nullptr);
    if (call.deadline.expired()) return fail(failed(Failure(EwsError::timed_out, "the deadline has passed"), call));
    MW_TRY(ProxyTry shown, ask_witness(leg, call));
    if (proxy && brings_tunnel(*proxy) && !open && leg.may_connect) {
      const std::string target = endpoint.address.text();
      const std::string agent(user_agent());
      auto tunnel = open_tunnel(*proxy, proxy_tickets, shown, {.target = target, .user_agent = agent},
                                call.deadline.earlier_of(Deadline::after(settings.connect_timeout)), call.stop);
      if (!tunnel) return fail(failed(std::move(tunnel).error(), call));
      leg.tunnel = *std::move(tunnel);
    }
    leg.proxy_try = &shown;
    std::optional<Failure> failure;
    ++transport.active_;
    if (call.pull != nullptr && if_begun == Sent::request) {
      failure = run_pulled(*connection, leg, *call.pull, call.evidence);
    } else {
      connection->run(leg);
    }
    shown.ended(verdict_of_proxy(leg));
    book(leg);
    if (leg.thrown) {
      drop();
      std::rethrow_exception(leg.thrown);
    }
    connects += leg.connects;
    if (leg.began) call.evidence.sent = std::max(call.evidence.sent, if_begun);
    note_leg(leg, call.evidence);
    if (leg.status == 401) offer = call.evidence.offer;
    const bool by_curl = proxy && !brings_tunnel(*proxy);
    if (!failure) failure = failure_of_leg(leg, by_curl ? proxy->address : endpoint.address, by_curl);
    if (!failure) {
      if (auto whole = uncompress(leg, settings.answer_limit); !whole) failure = std::move(whole).error();
    }
    if (failure) {
      // Something may be left of a connection that broke; with the handles it is gone for certain.
      drop();
      return fail(failed(*std::move(failure), call));
    }
    open = leg.still_open;
    if (!open) signed_in = false;
    return {};
  }

  void book(const Leg& leg) {
    --transport.active_;
    transport.connects_ += leg.connects;
    if (leg.connects > 0 && leg.tls) ++transport.handshakes_;
    if (leg.began) ++transport.requests_;
  }

  Failure failed(Failure failure, const Call& call) const {
    auto evidence = std::make_shared<Evidence>(call.evidence);
    if (evidence->offer.schemes.empty() && offer) evidence->offer = *offer;
    failure.evidence = std::move(evidence);
    return failure;
  }

  HttpAnswer finished(Leg& leg, Call& call) const {
    Evidence& evidence = call.evidence;
    if (evidence.offer.schemes.empty() && evidence.offer.others.empty() && offer) evidence.offer = *offer;
    return {.body = std::move(leg.answer), .evidence = std::move(evidence), .pulled = leg.taken};
  }

  Outcome<HttpAnswer> attempt(Call& call);
  Outcome<HttpAnswer> plain(Call& call);
  Outcome<HttpAnswer> basic(Call& call);
  Outcome<HttpAnswer> negotiate(Call& call);
  Outcome<HttpAnswer> ntlm(Call& call);
};

/// Without a credential in the request: anonymous, or on a connection that is signed in.
Outcome<HttpAnswer> Session::State::plain(Call& call) {
  Leg leg = leg_for(call, call.request.body);
  leg.may_connect = !signed_in;
  if (!signed_in && !call.request.with_credential && !call.request.question.empty()) {
    leg.authorization = [&call](SSL*) -> Result<std::string_view> { return call.request.question; };
  }
  call.evidence.sign_in.stage = signed_in ? SignInStage::already : SignInStage::none;
  if (signed_in) call.evidence.sign_in.scheme = credential->scheme;
  MW_CHECK(run(leg, call, Sent::request));
  call.evidence.sign_in.accepted = call.evidence.sign_in.stage == SignInStage::already && leg.status != 401;
  if (leg.status == 401 || same_ignoring_case(leg.head.get("Persistent-Auth"), "false")) signed_in = false;
  return finished(leg, call);
}

Outcome<HttpAnswer> Session::State::basic(Call& call) {
  Leg leg = leg_for(call, call.request.body);
  leg.authorization = [this](SSL*) -> Result<std::string_view> { return basic_value.reveal(); };
  call.evidence.sign_in = {.scheme = Scheme::basic, .stage = SignInStage::basic_sent, .persistent = false};
  MW_CHECK(run(leg, call, Sent::request));
  call.evidence.sign_in.accepted = leg.status != 401;
  return finished(leg, call);
}

Outcome<HttpAnswer> Session::State::negotiate(Call& call) {
  SignIn& sign_in = call.evidence.sign_in;
  sign_in = {.scheme = Scheme::negotiate, .stage = SignInStage::negotiate_sent};
  auto maker = TokenMaker::begin(*credential, endpoint.host);
  if (!maker) return fail(failed(Failure(std::move(maker).error()), call));
  Bytes binding;
  SecretString value;
  Leg leg = leg_for(call, call.request.body);
  leg.authorization = [&](SSL* ssl) -> Result<std::string_view> {
    if (credential->binding != ChannelBinding::omit) {
      MW_TRY(binding, channel_binding_of(ssl));
    }
    if (credential->binding == ChannelBinding::falsify) binding.back() ^= 0xffU;
    sign_in.binding_sent = !binding.empty();
    MW_TRY(value, maker->next({}, binding));
    sign_in.token_bytes = value.size();
    return value.reveal();
  };
  auto ran = run(leg, call, Sent::request);
  sign_in.gss_major = maker->major();
  sign_in.gss_minor = maker->minor();
  if (!ran) return fail(failed(std::move(ran).error(), call));
  sign_in.accepted = leg.status != 401;
  sign_in.mutual = sign_in.accepted && maker->accept(token_in(leg.head, Scheme::negotiate), binding);
  // Unless the server says that the connection is signed in, each request brings a token: that costs a look into the
  // ticket cache and no attempt.
  sign_in.persistent = same_ignoring_case(leg.head.get("Persistent-Auth"), "true");
  signed_in = sign_in.accepted && open && sign_in.persistent;
  return finished(leg, call);
}

/// Two requests: an empty one with type 1, then type 3 with the body, which so goes over the wire once.
Outcome<HttpAnswer> Session::State::ntlm(Call& call) {
  SignIn& sign_in = call.evidence.sign_in;
  sign_in = {.scheme = Scheme::ntlm, .stage = SignInStage::ntlm_type1_sent};
  if (!credential->tickets) {
    auto acquired = acquire_ntlm(*credential);
    if (!acquired) return fail(failed(Failure(std::move(acquired).error()), call));
    credential->tickets = *std::move(acquired);
  }
  auto maker = TokenMaker::begin(*credential, endpoint.host);
  if (!maker) return fail(failed(Failure(std::move(maker).error()), call));
  bool binds = credential->binding == ChannelBinding::send;
  Bytes answer;
  SecretString value;
  auto next_token = [&](SSL* ssl) -> Result<std::string_view> {
    Bytes binding;
    if (binds) {
      MW_TRY(binding, channel_binding_of(ssl));
    }
    sign_in.binding_sent = !binding.empty() && !answer.empty();
    MW_TRY(value, maker->next(answer, binding));
    return value.reveal();
  };
  auto note = [&](Outcome<void> ran) {
    sign_in.gss_major = maker->major();
    sign_in.gss_minor = maker->minor();
    return ran;
  };

  Leg first = leg_for(call, {});
  first.authorization = next_token;
  if (auto ran = note(run(first, call, Sent::sign_in_only)); !ran) return fail(failed(std::move(ran).error(), call));
  if (first.status == 401) answer = token_in(first.head, Scheme::ntlm);
  if (answer.empty()) return finished(first, call);
  if (!open) {
    drop();
    return fail(
        failed(Failure(EwsError::closed, "the server closed the connection in the middle of the NTLM sign-in"), call));
  }

  Leg second = leg_for(call, call.request.body);
  second.may_connect = false;
  second.authorization = next_token;
  sign_in.stage = SignInStage::ntlm_type3_sent;
  auto ran = note(run(second, call, Sent::request));
  if (!second.began) sign_in.stage = SignInStage::ntlm_type1_sent;
  if (!ran) return fail(failed(std::move(ran).error(), call));
  sign_in.accepted = second.status != 401;
  sign_in.persistent = !same_ignoring_case(second.head.get("Persistent-Auth"), "false");
  signed_in = sign_in.accepted && open && sign_in.persistent;
  return finished(second, call);
}

Outcome<HttpAnswer> Session::State::attempt(Call& call) {
  if (signed_in || !call.request.with_credential || !credential) return plain(call);
  // A password is not shown to a server that has said it wants another scheme.
  if (offer && !offer->schemes.empty() && !offer->offers(credential->scheme)) {
    Failure failure(EwsError::scheme_not_offered,
                    "the server does not offer " + std::string(scheme_name(credential->scheme)));
    return fail(failed(std::move(failure), call));
  }
  switch (credential->scheme) {
    case Scheme::basic:
      return basic(call);
    case Scheme::negotiate:
      return negotiate(call);
    case Scheme::ntlm:
      return ntlm(call);
  }
  return fail(failed(Failure(EwsError::invalid_request, "an unknown scheme"), call));
}

Session::Session(Transport& transport, Endpoint endpoint, SessionSettings settings, std::optional<Proxy> proxy)
    : state_(std::make_unique<State>(transport, std::move(endpoint), std::move(settings), std::move(proxy))) {}
Session::~Session() = default;
Session::Session(Session&& other) noexcept = default;
Session& Session::operator=(Session&& other) noexcept = default;

Status Session::sign_in_with(Credential credential) {
  MW_CHECK(check_credential(credential));
  if (state_->credential && state_->account != credential.account) {
    return fail(EwsError::invalid_request, "this connection belongs to another account");
  }
  if (state_->signed_in) state_->drop();
  if (credential.scheme != Scheme::negotiate) credential.tickets.reset();
  state_->account = credential.account;
  state_->basic_value = credential.scheme == Scheme::basic ? basic_authorization(credential) : SecretString();
  state_->credential = std::move(credential);
  return {};
}

const std::string& Session::account() const {
  return state_->account;
}

Outcome<HttpAnswer> Session::send(const HttpRequest& request, Deadline deadline, std::stop_token stop) {
  return send(request, nullptr, deadline, std::move(stop));
}

Outcome<HttpAnswer> Session::send(const HttpRequest& request, const Pull& pull, Deadline deadline,
                                  std::stop_token stop) {
  return send(request, &pull, deadline, std::move(stop));
}

Outcome<HttpAnswer> Session::send(const HttpRequest& request, const Pull* pull, Deadline deadline,
                                  std::stop_token stop) {
  MW_CHECK(
      check_request(request, request.path.empty() ? state_->endpoint.path : request.path, state_->settings.user_agent));
  if (state_->proxy) MW_CHECK(check_proxy(*state_->proxy));
  std::string id = !request.request_id.empty()            ? request.request_id
                   : !state_->settings.request_id.empty() ? state_->settings.request_id
                                                          : random_uuid();
  bool had_connection = state_->open;
  Call call{.request = request, .deadline = deadline, .stop = std::move(stop), .evidence = {}, .pull = pull};
  call.evidence.request_id = id;
  auto answer = state_->attempt(call);
  // The server closed the connection at rest: nothing of this call was sent, so it begins anew, once.
  if (!answer && had_connection && answer.error().is(EwsError::closed_before_sending) &&
      answer.error().evidence->sent == Sent::nothing) {
    call.evidence = Evidence{};
    call.evidence.request_id = id;
    return state_->attempt(call);
  }
  return answer;
}

bool Session::connected() const {
  return state_->open;
}
bool Session::signed_in() const {
  return state_->signed_in;
}
unsigned Session::connects() const {
  return state_->connects;
}
void Session::close() {
  state_->drop();
}
const Endpoint& Session::endpoint() const {
  return state_->endpoint;
}

}  // namespace mailward::ews
