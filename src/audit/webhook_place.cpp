#include "audit/entry_line.h"
#include "audit/place.h"
#include "http/client.h"

namespace mailward::audit {

namespace {

/// POSTs the entries as lines of JSON; any 2xx says that they were taken.
class WebhookPlace final : public Place {
 public:
  WebhookPlace(PlaceSettings settings, const Resolver& resolver)
      : settings_(std::move(settings)), resolver_(resolver) {}
  Status take(std::span<const Link> entries, Deadline deadline, const std::stop_token& stop) override;

 private:
  const PlaceSettings settings_;
  const Resolver& resolver_;
};

Status WebhookPlace::take(std::span<const Link> entries, Deadline deadline, const std::stop_token& stop) {
  const PlaceAddress& address = settings_.address;
  MW_TRY(const auto resolved, resolver_.resolve(address.host, deadline));
  http::ClientRequest request{.method = "POST", .url = address.text, .headers = {}, .body = {}};
  for (const Link& link : entries) request.body += entry_line(link) + "\n";
  const std::string range =
      std::to_string(entries.front().entry.number) + "-" + std::to_string(entries.back().entry.number);
  request.headers.set("Content-Type", "application/x-ndjson");
  // So that whoever gets them twice can tell.
  request.headers.set("Idempotency-Key", "mailward-audit-" + range);
  if (!settings_.token.empty()) {
    request.headers.set("Authorization", "Bearer " + std::string(settings_.token.reveal()));
  }
  Error last(AuditError::not_taken, address.shown() + " has no address");
  for (const IpAddress& ip : resolved) {
    http::ClientOptions options;
    options.address = SocketAddress{.ip = ip, .port = address.port};
    options.trust = settings_.trust;
    options.answer_limit = std::size_t{64} * 1024;
    http::Client client(std::move(options));
    const auto answer = client.call(request, deadline, stop);
    if (answer && answer->status >= 200 && answer->status < 300) return {};
    if (answer) {
      return fail(AuditError::not_taken, address.shown() + " answered " + std::to_string(answer->status));
    }
    last = Error(AuditError::not_taken, address.shown() + " did not take the entries").caused_by(answer.error());
    // Elsewhere it may be there; what was half sent here would be there twice.
    if (!answer.error().is(http::HttpClientError::connect)) break;
  }
  return fail(std::move(last));
}

}  // namespace

std::unique_ptr<Place> make_webhook_place(PlaceSettings settings, const Resolver& resolver) {
  return std::make_unique<WebhookPlace>(std::move(settings), resolver);
}

}  // namespace mailward::audit
