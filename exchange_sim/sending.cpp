#include "exchange_sim/sending.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/access.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_reading.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/meeting_roles.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kReplies{"ReplyToItem", "ReplyAllToItem", "ForwardItem"};

ResponseError invalid_recipients() {
  return {.code = "ErrorInvalidRecipients", .text = "At least one recipient isn't valid.", .values = {}};
}

ResponseError send_as_denied() {
  return {.code = "ErrorSendAsDenied",
          .text =
              "The user account which was used to submit this request does not have the right to send mail on behalf "
              "of the specified sending account.",
          .values = {}};
}

void stamp_sent(const Mailbox& mailbox, Item& item) {
  item.draft = item.submitted = false;
  item.from_me = item.read = true;
  item.sent = item.received = mailbox.now();
}

std::string field_text(const Item& item, std::string_view uri) {
  return plain_field(item, field_id(uri));
}

void set_text(Item& item, std::string_view uri, const std::string& text) {
  item.set(field_id(uri), {.inner = escape_text(text)});
}

std::vector<Address> recipients_of_reply(const Mailbox& mailbox, const Item& original, bool all) {
  std::vector<Address> found = people_in(original.find(field_id("message:ReplyTo")));
  if (found.empty()) found = people_in(original.find(field_id("message:From")));
  if (!all) return found;
  for (Address& each : people_in(original.find(field_id("message:ToRecipients")))) {
    const bool known =
        std::ranges::any_of(found, [&](const Address& other) { return equal_ignoring_case(other.smtp, each.smtp); });
    if (!known && !equal_ignoring_case(each.smtp, mailbox.smtp)) found.push_back(std::move(each));
  }
  return found;
}

void set_body(const Mailbox& mailbox, const Item& original, pugi::xml_node node, Item& reply) {
  const auto content = child(node, kTypesNs, "NewBodyContent");
  const bool html = std::string_view(content.attribute("BodyType").value()) != "Text";
  const ItemView view{.mailbox = mailbox, .item = original};
  std::string text(text_of(content));
  text += html ? "<hr>" + html_body(view) : "\r\n\r\n-----Original Message-----\r\n" + text_body(view);
  reply.body = Body{.html = html, .text = mailbox.blobs.add(text)};
}

}  // namespace

std::optional<ResponseError> refusal_to_send_for(const OperationContext& context, const Mailbox& owner) {
  if (&owner == context.mailbox) return std::nullopt;
  const bool may = context.mailbox != nullptr && context.organisation.may_send_for(context.mailbox->smtp, owner.smtp);
  return may ? std::nullopt : std::optional(send_as_denied());
}

std::optional<ResponseError> refusal_to_send(const OperationContext& context, const Item& item) {
  if (item.associated) {
    return ResponseError{.code = "ErrorInvalidOperation", .text = "An associated item can't be sent.", .values = {}};
  }
  if (!has_sound_recipients(item)) return invalid_recipients();
  for (const Address& each : people_in(item.find(field_id("message:From")))) {
    const Mailbox* owner = context.organisation.find_mailbox(each.smtp);
    if (owner == nullptr) return send_as_denied();
    if (auto refusal = refusal_to_send_for(context, *owner)) return refusal;
  }
  return std::nullopt;
}

std::optional<ResponseError> refusal_to_invite(const OperationContext& context, const Mailbox& mailbox,
                                               const Item& appointment) {
  bool attended = false;
  for (const std::string_view uri :
       {"calendar:RequiredAttendees", "calendar:OptionalAttendees", "calendar:Resources"}) {
    const Value* attendees = appointment.find(field_id(uri));
    if (!all_reachable(attendees)) return invalid_recipients();
    attended = attended || !people_in(attendees).empty();
  }
  return attended ? refusal_to_send_for(context, mailbox) : std::nullopt;
}

void send_item_now(OperationContext& context, Mailbox& mailbox, Item& item) {
  const Mailbox& sender = acting(context, mailbox);
  stamp_sent(mailbox, item);
  if (&sender != &mailbox) item.set(field_id("message:Sender"), owner_value(sender));
  context.outbox.push_back(submission_of(mailbox, item));
  context.outbox.back().sender = sender.smtp;
}

bool is_reply(std::string_view element) {
  return std::ranges::find(kReplies, element) != kReplies.end();
}

std::expected<std::unique_ptr<Item>, ResponseError> make_reply(const OperationContext& context, pugi::xml_node node) {
  const auto ref =
      locate_item(context, child(node, kTypesNs, "ReferenceItemId").attribute("Id").value(), ItemUse::read);
  if (!ref) return std::unexpected(ref.error());
  if (auto refusal = refusal_of_response(*ref, local_name(node))) return std::unexpected(*std::move(refusal));
  const Mailbox& mailbox = acting(context, *ref->mailbox);
  const Item& original = *ref->item;
  const bool forward = local_name(node) == "ForwardItem";
  auto reply = std::make_unique<Item>();
  reply->kind = ItemKind::message;
  reply->item_class = default_class(reply->kind);
  reply->created = reply->modified = reply->received = reply->sent = mailbox.now();
  reply->modified_by = mailbox.display_name;
  reply->draft = reply->read = true;
  const Value owner = owner_value(mailbox);
  reply->set(field_id("message:From"), owner);
  reply->set(field_id("message:Sender"), owner);
  set_text(*reply, "item:Subject", (forward ? "FW: " : "RE: ") + conversation_topic(original));
  const std::string id = field_text(original, "message:InternetMessageId");
  const std::string before = field_text(original, "message:References");
  set_text(*reply, "item:InReplyTo", id);
  set_text(*reply, "message:References", before.empty() ? id : before + " " + id);
  set_text(*reply, "message:InternetMessageId", new_message_id(mailbox.smtp));
  set_body(mailbox, original, node, *reply);
  if (!forward) {
    const bool all = local_name(node) == "ReplyAllToItem";
    reply->set(field_id("message:ToRecipients"), people_value(recipients_of_reply(mailbox, original, all)));
    const Value* copied = original.find(field_id("message:CcRecipients"));
    if (all && copied != nullptr) reply->set(field_id("message:CcRecipients"), *copied);
  } else {
    auto copy = original.clone();
    reply->attachments = std::move(copy->attachments);
    reply->attachments_made = copy->attachments_made;
  }
  const ItemEdit edit{
      .mailbox = mailbox, .organisation = context.organisation, .item = *reply, .purpose = Purpose::create};
  for (const auto element : elements(node)) {
    const std::string_view name = local_name(element);
    if (name == "ReferenceItemId" || name == "NewBodyContent" || !field_of_element(reply->kind, name)) continue;
    if (auto error = set_property(edit, element)) return std::unexpected(*std::move(error));
  }
  return reply;
}

}  // namespace mailward::exchange_sim
