#include <algorithm>
#include <charconv>
#include <shared_mutex>

#include "exchange_sim/notifications.h"
#include "exchange_sim/sync_states.h"

namespace mailward::exchange_sim {
namespace {

constexpr long kMostMinutes = 1440;
constexpr std::size_t kMostEventsAtOnce = 50;

ResponseError invalid_watermark() {
  return {.code = "ErrorInvalidWatermark", .text = "Watermark is invalid.", .values = {}};
}

ResponseError too_many_subscriptions() {
  return {.code = "ErrorExceededSubscriptionCount",
          .text = "The account has as many subscriptions as its policy allows.",
          .values = {}};
}

ResponseError missed_events() {
  return {.code = "ErrorMissedNotificationEvents",
          .text =
              "The watermark used for creating this subscription was not found. Notification events may have been "
              "missed.",
          .values = {}};
}

std::expected<std::set<EventKind>, SoapFault> read_kinds(const SoapRequest& request, pugi::xml_node wish) {
  std::set<EventKind> kinds;
  const auto list = child(wish, kTypesNs, "EventTypes");
  for (const auto node : elements(list)) {
    const auto kind = event_kind_from(text_of(node));
    if (!kind) {
      return std::unexpected(schema_violation(
          request.xml, node,
          "The '" + std::string(kTypesNs) + ":EventType' element is invalid - The value '" +
              std::string(text_of(node)) + "' is invalid according to its datatype '" + std::string(kTypesNs) +
              ":NotificationEventTypeType' - The Enumeration constraint failed."));
    }
    kinds.insert(*kind);
  }
  if (kinds.empty()) return std::unexpected(incomplete(request, list ? list : wish));
  return kinds;
}

/// Which folders; an error of the store stands in their place.
std::expected<std::optional<ResponseError>, SoapFault> read_folders(const OperationContext& context,
                                                                    const SoapRequest& request, pugi::xml_node wish,
                                                                    Subscription& made) {
  made.all_folders = is_true(wish.attribute("SubscribeToAllFolders").value());
  const auto list = child(wish, kTypesNs, "FolderIds");
  if (context.mailbox_error) return *context.mailbox_error;
  if (!list) {
    if (made.all_folders && context.mailbox != nullptr) return std::nullopt;
    return ResponseError{
        .code = "ErrorInvalidSubscriptionRequest", .text = "The subscription names no folders.", .values = {}};
  }
  const auto folders = read_folder_ids(context, request, list, FolderUse::read);
  if (!folders) return std::unexpected(folders.error());
  for (const auto& ref : *folders) {
    if (!ref) return ref.error();
    if (!made.folders.empty() && ref->mailbox != made.mailbox) {
      return ResponseError{.code = "ErrorInvalidSubscriptionRequest",
                           .text = "The subscription names folders of several mailboxes.",
                           .values = {}};
    }
    made.mailbox = ref->mailbox;
    made.folders.insert(ref->folder->id);
  }
  return std::nullopt;
}

std::optional<ResponseError> read_start(pugi::xml_node wish, Subscription& made) {
  made.told = made.mailbox->changes();
  const std::string_view text = text_of(child(wish, kTypesNs, "Watermark"));
  if (text.empty()) return std::nullopt;
  const auto from = read_watermark(text);
  if (!from || *from > made.mailbox->changes()) return invalid_watermark();
  if (*from < made.mailbox->events_forgotten()) return missed_events();
  made.told = *from;
  return std::nullopt;
}

std::optional<SoapFault> read_timeout(const SoapRequest& request, pugi::xml_node wish, Subscription& made) {
  const auto node = child(wish, kTypesNs, "Timeout");
  long minutes = 0;
  const std::string_view text = text_of(node);
  std::from_chars(text.data(), text.data() + text.size(), minutes);
  if (minutes < 1 || minutes > kMostMinutes) {
    return schema_violation(request.xml, node ? node : wish,
                            "The '" + std::string(kTypesNs) + ":Timeout' element is invalid - The value '" +
                                std::string(text) + "' is invalid according to its datatype '" + std::string(kTypesNs) +
                                ":SubscriptionTimeoutType'.");
  }
  made.timeout = std::chrono::minutes(minutes);
  return std::nullopt;
}

}  // namespace

/// MS-OXWSNTIF 3.1.4.3. Push subscriptions are refused: nothing here calls a client's address.
OperationResult subscribe(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body,
                                  {"PullSubscriptionRequest|PushSubscriptionRequest|StreamingSubscriptionRequest"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto wish = elements(request.body).front();
  const std::string_view name = local_name(wish);
  Subscription made{.kind = name.starts_with("Pull") ? SubscriptionKind::pull : SubscriptionKind::streaming,
                    .account = context.account,
                    .subscriber = context.mailbox,
                    .mailbox = context.mailbox};
  auto kinds = read_kinds(request, wish);
  if (!kinds) return std::unexpected(std::move(kinds).error());
  made.kinds = *std::move(kinds);
  if (made.kind == SubscriptionKind::pull) {
    if (auto fault = read_timeout(request, wish, made)) return std::unexpected(*std::move(fault));
  }
  auto error = read_folders(context, request, wish, made);
  if (!error) return std::unexpected(error.error());
  if (!*error && name.starts_with("Push")) {
    context.note = "PushSubscriptionRequest";
    *error = ResponseError{.code = "ErrorInvalidPushSubscriptionUrl",
                           .text = "The push subscription's address cannot be reached.",
                           .values = {}};
  }
  if (!*error) *error = read_start(wish, made);
  const std::string watermark = write_watermark(made.told);
  const bool pull = made.kind == SubscriptionKind::pull;
  std::optional<std::string> id;
  if (!*error) {
    id = context.subscriptions->add(std::move(made), context.most_subscriptions);
    if (!id) *error = too_many_subscriptions();
  }

  XmlWriter xml;
  xml.open("m:ResponseMessages");
  if (*error) {
    write_error(xml, "Subscribe", **error);
  } else {
    XmlWriter content;
    content.text("m:SubscriptionId", *id);
    if (pull) content.text("m:Watermark", watermark);
    write_success(xml, "Subscribe", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

/// MS-OXWSNTIF 3.1.4.5.
OperationResult unsubscribe(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"SubscriptionId"})) return std::unexpected(*std::move(fault));
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  const std::string_view id = text_of(child(request.body, kMessagesNs, "SubscriptionId"));
  const auto known = context.subscriptions->find(id);
  if (!known) {
    write_error(xml, "Unsubscribe", no_such_subscription());
  } else if (known->account != context.account) {
    write_error(
        xml, "Unsubscribe",
        {.code = "ErrorSubscriptionAccessDenied", .text = "The subscription is another account's.", .values = {}});
  } else {
    context.subscriptions->remove(id);
    write_success(xml, "Unsubscribe", "");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

namespace {

std::expected<std::string, ResponseError> events_of(OperationContext& context, std::string_view id,
                                                    std::string_view watermark) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  const auto subscription = context.subscriptions->find(id);
  if (!subscription || subscription->kind != SubscriptionKind::pull) return std::unexpected(no_such_subscription());
  if (subscription->account != context.account || subscription->subscriber != context.mailbox) {
    return std::unexpected(ResponseError{
        .code = "ErrorSubscriptionAccessDenied", .text = "The subscription is another account's.", .values = {}});
  }
  const auto from = read_watermark(watermark);
  const Mailbox& mailbox = *subscription->mailbox;
  const std::shared_lock lock(mailbox.mutex);
  if (!from || *from > mailbox.changes()) return std::unexpected(invalid_watermark());
  if (*from < mailbox.events_forgotten()) return std::unexpected(missed_events());
  const Told told = events_for(*subscription, *from, kMostEventsAtOnce);
  context.subscriptions->set_told(id, told.reached);
  XmlWriter xml;
  xml.open("m:Notification");
  xml.text("t:SubscriptionId", id);
  xml.text("t:PreviousWatermark", watermark);
  xml.boolean("t:MoreEvents", told.more);
  write_events(xml, told, Watermarks::told);
  xml.close("m:Notification");
  return xml.take();
}

}  // namespace

/// MS-OXWSNTIF 3.1.4.1. It takes the mutex of the mailbox subscribed to, which may be another's, itself.
OperationResult get_events(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"SubscriptionId", "Watermark"})) {
    return std::unexpected(*std::move(fault));
  }
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  const auto content = events_of(context, text_of(child(request.body, kMessagesNs, "SubscriptionId")),
                                 text_of(child(request.body, kMessagesNs, "Watermark")));
  if (content) {
    write_success(xml, "GetEvents", *content);
  } else {
    write_error(xml, "GetEvents", content.error());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
