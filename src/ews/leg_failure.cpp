#include "ews/leg_failure.h"

#include <cerrno>
#include <cstring>

#include "ews/proxy_words.h"
#include "ews/tls_facts.h"

namespace mailward::ews {
namespace {

Failure tls_failure(const Leg& leg, const SocketAddress& target) {
  bool host_mismatch = leg.code == CURLE_PEER_FAILED_VERIFICATION && leg.verify_code == 0;
  TlsFailure tls = name_tls_failure(leg.verify_code, host_mismatch, leg.words);
  Failure failure(EwsError::tls_failed,
                  "no TLS with " + target.text() + ": " + (tls.detail.empty() ? "the handshake failed" : tls.detail));
  failure.tls = std::move(tls);
  return failure;
}

Failure connect_failure(const Leg& leg, const SocketAddress& target) {
  switch (leg.os_error) {
    case ECONNREFUSED:
      return {EwsError::connect_refused, target.text() + " refused the connection"};
    case ECONNRESET:
      return {EwsError::closed_before_sending, target.text() + " reset the connection at once"};
    case ETIMEDOUT:
      return {EwsError::connect_timed_out, target.text() + " did not answer"};
    default:
      break;
  }
  std::string why =
      leg.os_error != 0 ? std::strerror(static_cast<int>(leg.os_error)) : leg.words;  // NOLINT(concurrency-mt-unsafe)
  return {EwsError::unreachable, target.text() + " cannot be reached: " + why};
}

Failure timeout_failure(const Leg& leg, const SocketAddress& target) {
  if (leg.began) return {EwsError::timed_out, "no whole answer from " + target.text() + " by the deadline"};
  if (!leg.tls_begun) {
    return {EwsError::connect_timed_out, target.text() + " did not answer in time"};
  }
  Failure failure(EwsError::tls_failed, "the TLS handshake with " + target.text() + " did not end in time");
  failure.tls = TlsFailure{.verdict = TlsVerdict::timed_out, .verify_code = 0, .detail = leg.words};
  return failure;
}

Failure broken_failure(const Leg& leg, const SocketAddress& target) {
  if (!leg.began) return {EwsError::closed_before_sending, target.text() + " closed the connection: " + leg.words};
  if (leg.head_complete) return {EwsError::truncated, "the answer of " + target.text() + " was cut off"};
  return {EwsError::closed, target.text() + " closed the connection before its answer"};
}

bool is_tls(CURLcode code) {
  return code == CURLE_SSL_CONNECT_ERROR || code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CIPHER ||
         code == CURLE_SSL_ISSUER_ERROR || code == CURLE_SSL_CACERT_BADFILE;
}

Failure before_request_failure(const Leg& leg, const SocketAddress& target, bool through_proxy) {
  if (through_proxy && !leg.tls_begun) {
    // What it answered before it was shown anything says nothing of that.
    const bool answered = !leg.proxy_shown || leg.proxy_judged;
    return no_tunnel(target,
                     {.status = answered ? static_cast<int>(leg.proxy_status) : 0,
                      .tls = is_tls(leg.code),
                      .shown = leg.proxy_shown,
                      .offers = proxy_offers(leg.proxy_head)},
                     leg.words);
  }
  switch (leg.code) {
    case CURLE_COULDNT_CONNECT:
      return connect_failure(leg, target);
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_failure(leg, target);
    default:
      return is_tls(leg.code) ? tls_failure(leg, target) : broken_failure(leg, target);
  }
}

}  // namespace

std::optional<Failure> failure_of_leg(const Leg& leg, const SocketAddress& target, bool through_proxy) {
  if (leg.cancelled) return Failure(EwsError::cancelled, "the call was cancelled");
  if (leg.token_error) {
    Failure failure(*leg.token_error);
    failure.code = EwsError::token_failed;
    return failure;
  }
  if (leg.connect_barred && !leg.began) {
    return Failure(EwsError::closed_before_sending, "the connection to " + target.text() + " was closed meanwhile");
  }
  if (leg.over_limit) return Failure(EwsError::answer_too_large, "the answer of " + target.text() + " is too large");
  if (leg.code == CURLE_OK) {
    if (leg.head_complete) return std::nullopt;
    // A head that ends where the connection does is a whole one to libcurl.
    return broken_failure(leg, target);
  }
  if (!leg.began) return before_request_failure(leg, target, through_proxy);
  switch (leg.code) {
    case CURLE_OPERATION_TIMEDOUT:
      return timeout_failure(leg, target);
    case CURLE_UNSUPPORTED_PROTOCOL:
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_BAD_CONTENT_ENCODING:
    case CURLE_WRITE_ERROR:
    case CURLE_OUT_OF_MEMORY:
    case CURLE_FILESIZE_EXCEEDED:
      return Failure(EwsError::malformed_http, "the answer of " + target.text() + " is no proper HTTP: " + leg.words);
    default:
      return broken_failure(leg, target);
  }
}

ProxyVerdict verdict_of_proxy(const Leg& leg) {
  using enum ProxyVerdict;
  if (!leg.proxy_shown) return unjudged;
  if (leg.tls_begun) return taken;
  if (leg.proxy_judged && leg.proxy_status != 0) return leg.proxy_status == 407 ? refused : unjudged;
  return leg.cancelled || leg.code == CURLE_OPERATION_TIMEDOUT ? silent : cut_off;
}

void note_head(const Leg& leg, Evidence& evidence) {
  if (leg.status == 0) return;
  evidence.status = leg.status;
  evidence.head = leg.head;
  evidence.received = leg.received;
  const HttpFields& head = leg.head;
  if (auto date = parse_http_date(head.get("Date"))) evidence.date = *date;
  evidence.front_end = head.get("X-FEServer");
  evidence.back_end = head.find("X-CalculatedBETarget").value_or(head.get("X-BEServer"));
  evidence.diagnostic = head.get("X-DiagInfo");
  evidence.request_id_server = head.get("request-id");
  if (leg.status == 401) evidence.offer = offer_of(head);
}

void note_leg(const Leg& leg, Evidence& evidence) {
  evidence.connects += leg.connects;
  if (leg.began) ++evidence.requests;
  if (leg.tls) evidence.tls = leg.tls;
  if (!leg.tls && !leg.presented.empty()) {
    auto facts = std::make_shared<TlsFacts>();
    facts->chain = leg.presented;
    evidence.tls = std::move(facts);
  }
  if (leg.connects > 0) {
    evidence.times.connect = leg.times.connect;
    evidence.times.tls = leg.times.tls;
  }
  evidence.body_bytes += leg.body_bytes;
  evidence.times.first_byte = evidence.times.total + leg.times.first_byte;
  evidence.times.total += leg.times.total;
  note_head(leg, evidence);
}

}  // namespace mailward::ews
