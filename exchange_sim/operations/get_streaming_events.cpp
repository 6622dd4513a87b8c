#include <charconv>

#include "exchange_sim/notifications.h"

namespace mailward::exchange_sim {
namespace {

constexpr long kMostMinutes = 30;

std::optional<ResponseError> refusal_of(OperationContext& context, const std::string& id) {
  if (context.mailbox_error) return context.mailbox_error;
  const auto subscription = context.subscriptions->find(id);
  if (!subscription || subscription->kind != SubscriptionKind::streaming) return no_such_subscription();
  if (subscription->account == context.account) return std::nullopt;
  return ResponseError{
      .code = "ErrorSubscriptionAccessDenied", .text = "The subscription is another account's.", .values = {}};
}

}  // namespace

/// MS-OXWSNTIF 3.1.4.2. What is in order becomes a stream (event_streaming.h); an error is an answer like others.
OperationResult get_streaming_events(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"SubscriptionIds", "ConnectionTimeout"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto timeout = child(request.body, kMessagesNs, "ConnectionTimeout");
  long minutes = 0;
  const std::string_view text = text_of(timeout);
  std::from_chars(text.data(), text.data() + text.size(), minutes);
  if (minutes < 1 || minutes > kMostMinutes) {
    return std::unexpected(
        schema_violation(request.xml, timeout,
                         "The '" + std::string(kMessagesNs) + ":ConnectionTimeout' element is invalid - The value '" +
                             std::string(text) + "' is invalid according to its datatype '" + std::string(kTypesNs) +
                             ":StreamingSubscriptionConnectionTimeoutType'."));
  }
  const auto list = child(request.body, kMessagesNs, "SubscriptionIds");
  EventsStream wish{.ids = {}, .lasts = std::chrono::minutes(minutes)};
  for (const auto node : elements(list)) wish.ids.emplace_back(text_of(node));
  if (wish.ids.empty()) return std::unexpected(incomplete(request, list));
  for (const std::string& id : wish.ids) {
    const auto refusal = refusal_of(context, id);
    if (!refusal) continue;
    XmlWriter content;
    content.open("m:ErrorSubscriptionIds");
    content.text("t:SubscriptionId", id);
    content.close("m:ErrorSubscriptionIds");
    XmlWriter xml;
    xml.open("m:ResponseMessages");
    write_error(xml, "GetStreamingEvents", *refusal, content.str());
    xml.close("m:ResponseMessages");
    return xml.take();
  }
  context.stream = std::move(wish);
  return std::string();
}

}  // namespace mailward::exchange_sim
