#include "base/digest.h"
#include "http/client.h"
#include "notify/attempt.h"
#include "notify/text.h"

namespace mailward::notify {

namespace {

using http::HttpClientError;

constexpr std::size_t kAnswerLimit = std::size_t{64} * 1024;
constexpr int kTimeout = 408;
constexpr int kTooMany = 429;

http::ClientRequest request_of(const Way& way, const WebhookUrl& url, const Message& message) {
  http::ClientRequest request{
      .method = "POST", .url = url.text(), .headers = {}, .body = webhook_body(message, way.house)};
  request.headers.set("Content-Type", "application/json");
  // So that whoever gets it twice can tell.
  request.headers.set("Idempotency-Key", "mailward-notice-" + message.id);
  if (way.channel.form.proof == Proof::bearer && way.secret) {
    request.headers.set("Authorization", "Bearer " + std::string(way.secret->reveal()));
  }
  if (way.channel.form.proof == Proof::signature && way.secret) {
    const Sha256 mac = hmac_sha256(way.secret->reveal_bytes(), as_bytes(request.body));
    request.headers.set("X-Mailward-Signature", "sha256=" + to_hex(mac));
  }
  return request;
}

/// How far it got, by what the client says.
Attempt failure_of(Attempt attempt, const WebhookUrl& url, const SocketAddress& address, const Error& why) {
  using enum StageReport::Outcome;
  const std::string words = one_line(why.message(), 400);
  if (why.is(HttpClientError::connect)) {
    return std::move(attempt).failing_at(Stage::connect, words,
                                         "see whether the receiver runs, and a firewall between");
  }
  attempt.add(Stage::connect, ok, address.text());
  if (why.is(HttpClientError::tls)) {
    return std::move(attempt).failing_at(
        Stage::tls, words, "give the receiver a certificate for " + url.host + ", or the channel its authorities");
  }
  attempt.add(Stage::tls, url.encrypted ? ok : skipped,
              url.encrypted ? "the certificate holds" : "plain, on this host");
  return std::move(attempt).failing_at(Stage::accept, words, "look into the receiver's log");
}

Attempt answered(Attempt attempt, const Way& way, const WebhookUrl& url, const http::Response& answer) {
  using enum StageReport::Outcome;
  attempt.add(Stage::tls, url.encrypted ? ok : skipped,
              url.encrypted ? "the certificate holds" : "plain, on this host");
  const std::string words = "the receiver answered " + std::to_string(answer.status);
  const bool unknown = answer.status == 401 || answer.status == 403;
  const bool proves = way.channel.form.proof != Proof::none;
  attempt.add(Stage::sign_in,
              unknown  ? failed
              : proves ? ok
                       : skipped,
              unknown  ? words
              : proves ? "shown with each message: " + std::string(name_of(way.channel.form.proof))
                       : "nothing to show");
  if (answer.status >= 200 && answer.status < 300) {
    attempt.outcome = Attempt::Outcome::accepted;
    attempt.said = words;
    attempt.add(Stage::accept, ok, words);
    return attempt;
  }
  // What is mended there, or here, in a minute: no message goes lost for it.
  if (unknown) {
    attempt.turned_away = true;
    attempt.said = words + (answer.status == 401 ? ": it does not know who sends" : ": whoever sends may not");
    attempt.remedy = proves
                         ? "edit the channel and type the secret that the receiver expects, or let the receiver take "
                           "the one that stands; then test the channel"
                         : "the receiver wants to be shown who sends: edit the channel and choose bearer or "
                           "signature, with the receiver's secret";
    return attempt;
  }
  const bool permanent =
      answer.status >= 400 && answer.status < 500 && answer.status != kTimeout && answer.status != kTooMany;
  if (permanent || (answer.status >= 300 && answer.status < 400)) attempt.outcome = Attempt::Outcome::refused;
  const bool moved = answer.status >= 300 && answer.status < 400;
  return std::move(attempt).failing_at(
      Stage::accept, words,
      moved ? "redirects are not followed: name the final address in the channel" : "look into the receiver's log");
}

}  // namespace

Attempt send_by_webhook(const Way& way, const Message& message, Deadline deadline, const std::stop_token& stop) {
  using enum StageReport::Outcome;
  Attempt attempt;
  const auto url = WebhookUrl::parse(way.channel.form.url);
  if (!url) return std::move(attempt).failing_at(Stage::resolve, url.error().message(), "edit the channel");
  const auto addresses = checked_addresses(way, url->host, url->port, !url->encrypted, deadline);
  if (!addresses) {
    return std::move(attempt).failing_at(Stage::resolve, addresses.error().message(), addresses.error().remedy());
  }
  attempt.add(Stage::resolve, ok, url->host + ": " + std::to_string(addresses->size()) + " usable");
  CertificateTrust trust = CertificateTrust::system();
  if (!way.channel.form.trust_pem.empty()) {
    auto own = CertificateTrust::from_pem(way.channel.form.trust_pem);
    if (!own) return std::move(attempt).failing_at(Stage::tls, own.error().message(), "edit the channel");
    trust = *std::move(own);
  }
  const http::ClientRequest request = request_of(way, *url, message);
  std::optional<Attempt> last;
  for (const SocketAddress& address : *addresses) {
    http::Client client({.address = address, .trust = trust, .answer_limit = kAnswerLimit});
    const auto answer = client.call(request, deadline, stop);
    if (answer) {
      attempt.add(Stage::connect, ok, address.text());
      return answered(std::move(attempt), way, *url, *answer);
    }
    last = failure_of(attempt, *url, address, answer.error());
    // Elsewhere it may be there; what was half sent here would be there twice.
    if (!answer.error().is(HttpClientError::connect)) break;
  }
  return *std::move(last);
}

}  // namespace mailward::notify
