#include <algorithm>

#include "base/bytes.h"
#include "exchange_sim/access.h"
#include "exchange_sim/item_reading.h"
#include "exchange_sim/quota.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// An attachment by its id: the item in a folder, and every step on the way in.
struct AttachmentRef {
  ItemRef root;
  AttachmentPlace place;
  Item* holder = nullptr;  ///< the item that it is attached to
  const ItemAttachment* attachment = nullptr;
};

ResponseError no_such_attachment() {
  return {.code = "ErrorInvalidAttachmentId", .text = "The attachment ID is invalid.", .values = {}};
}

std::expected<AttachmentRef, ResponseError> locate_attachment(const OperationContext& context, std::string_view id,
                                                              ItemUse use) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  const auto place = read_attachment_id(id);
  if (!place) return std::unexpected(id_malformed());
  const auto root = locate_item(context, place->item_id, use);
  if (!root) return std::unexpected(root.error());
  AttachmentRef ref{.root = *root, .place = *place, .holder = root->item, .attachment = nullptr};
  for (const std::uint32_t number : place->numbers) {
    if (ref.attachment != nullptr) ref.holder = ref.attachment->item.get();
    ref.attachment = ref.holder == nullptr ? nullptr : ref.holder->find_attachment(number);
    if (ref.attachment == nullptr) return std::unexpected(no_such_attachment());
  }
  return ref;
}

/// What the answer to a new attachment says of it.
std::string described(const ItemRef& ref, std::uint32_t number) {
  const ItemAttachment& made = *ref.item->find_attachment(number);
  const std::string_view name = made.item ? "t:ItemAttachment" : "t:FileAttachment";
  XmlWriter xml;
  xml.open("m:Attachments");
  xml.open(name);
  xml.empty("t:AttachmentId", {{"Id", make_attachment_id({.item_id = ref.item->id, .numbers = {number}})},
                               {"RootItemId", ref.item->id},
                               {"RootItemChangeKey", ref.mailbox->change_key(*ref.item)}});
  xml.close(name);
  xml.close("m:Attachments");
  return xml.take();
}

std::expected<std::string, ResponseError> attach(OperationContext& context, std::string_view parent,
                                                 pugi::xml_node node) {
  const auto ref = locate_item(context, parent, ItemUse::edit);
  if (!ref) return std::unexpected(ref.error());
  if (ref->master != nullptr) {
    return std::unexpected(ResponseError{.code = "ErrorCalendarCannotUseIdForOccurrenceId",
                                         .text = "Attachments of a series stand in its master.",
                                         .values = {}});
  }
  auto trial = ref->item->clone();
  const auto number = add_attachment(
      {.mailbox = *ref->mailbox, .organisation = context.organisation, .item = *trial, .purpose = Purpose::create},
      node);
  if (!number) return std::unexpected(number.error());
  if (const auto full = refusal_of_quota(*ref->mailbox, *trial)) return std::unexpected(*full);
  ref->mailbox->keep_version(*ref->item);
  trial->mime.reset();
  ref->item->take_contents(std::move(*trial));
  ref->mailbox->note_change(*ref->item);
  return described(*ref, *number);
}

std::string content_of(const OperationContext& context, const AttachmentRef& ref, const Shape& shape) {
  XmlWriter xml;
  if (ref.attachment->item) {
    const Mailbox& mailbox = *ref.root.mailbox;
    write_attached_item(
        xml, {.mailbox = mailbox, .item = *ref.attachment->item, .rights = rights_on(context, mailbox, *ref.root.item)},
        shape, ref.place);
  } else {
    xml.text("t:Content", to_base64(as_bytes(ref.root.mailbox->blobs.read(ref.attachment->content))));
  }
  return xml.take();
}

}  // namespace

/// MS-OXWSATT 3.1.4.1.
OperationResult create_attachment(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ParentItemId", "Attachments"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto parent = child(request.body, kMessagesNs, "ParentItemId");
  if (auto fault = check_attribute(request, parent, "Id", "string", {})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "Attachments");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  for (const auto node : nodes) {
    const std::string_view name = local_name(node);
    if (name != "FileAttachment" && name != "ItemAttachment")
      return std::unexpected(unexpected_child(request, list, node));
    for (const auto inside : elements(node)) {
      if (!kind_of_element(local_name(inside))) continue;
      if (auto fault = check_item(request, inside)) return std::unexpected(*std::move(fault));
    }
  }
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : nodes) {
    const auto made = attach(context, parent.attribute("Id").value(), node);
    if (made) {
      write_success(xml, "CreateAttachment", *made);
    } else {
      write_error(xml, "CreateAttachment", made.error());
    }
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

/// MS-OXWSATT 3.1.4.3. Recorded: garethp-php-ews 15.20.
OperationResult get_attachment(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"AttachmentShape?", "AttachmentIds"})) {
    return std::unexpected(*std::move(fault));
  }
  Shape shape{.base = BaseShape::all, .schema = schema_version(request.server_version)};
  if (const auto node = child(request.body, kMessagesNs, "AttachmentShape")) {
    auto read = read_shape(request, node);
    if (!read) return std::unexpected(std::move(read).error());
    shape = *std::move(read);
  }
  const auto list = child(request.body, kMessagesNs, "AttachmentIds");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : nodes) {
    if (auto fault = check_attribute(request, node, "Id", "string", {})) return std::unexpected(*std::move(fault));
    const auto ref = locate_attachment(context, node.attribute("Id").value(), ItemUse::read);
    if (!ref || shape.refusal) {
      write_error(xml, "GetAttachment", ref ? *shape.refusal : ref.error());
      continue;
    }
    XmlWriter content;
    content.open("m:Attachments");
    write_attachment(content, *ref->root.mailbox, *ref->attachment, ref->place, content_of(context, *ref, shape));
    content.close("m:Attachments");
    write_success(xml, "GetAttachment", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

/// MS-OXWSATT 3.1.4.2.
OperationResult delete_attachment(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"AttachmentIds"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "AttachmentIds");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : nodes) {
    if (auto fault = check_attribute(request, node, "Id", "string", {})) return std::unexpected(*std::move(fault));
    const auto ref = locate_attachment(context, node.attribute("Id").value(), ItemUse::edit);
    if (!ref) {
      write_error(xml, "DeleteAttachment", ref.error());
      continue;
    }
    Mailbox& mailbox = *ref->root.mailbox;
    Item& root = *ref->root.item;
    mailbox.keep_version(root);
    std::erase_if(ref->holder->attachments, [&](const ItemAttachment& each) { return &each == ref->attachment; });
    ref->holder->mime.reset();
    root.mime.reset();
    mailbox.note_change(root);
    XmlWriter content;
    content.empty("m:RootItemId", {{"RootItemId", root.id}, {"RootItemChangeKey", mailbox.change_key(root)}});
    write_success(xml, "DeleteAttachment", content.str());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
