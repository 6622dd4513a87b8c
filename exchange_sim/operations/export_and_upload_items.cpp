#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/access.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_stream.h"
#include "exchange_sim/quota.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kActions{"CreateNew", "Update", "UpdateOrCreate"};

std::expected<std::string, ResponseError> exported(const OperationContext& context, pugi::xml_node id) {
  const auto ref = locate_item(context, id, ItemUse::read);
  if (!ref) return std::unexpected(ref.error());
  const std::string_view change_key = id.attribute("ChangeKey").value();
  if (!change_key.empty() && !change_of_key(change_key)) {
    return std::unexpected(
        ResponseError{.code = "ErrorInvalidChangeKey", .text = "The change key is invalid.", .values = {}});
  }
  XmlWriter xml;
  xml.empty("m:ItemId", {{"Id", ref->item->id}, {"ChangeKey", ref->mailbox->change_key(*ref->item)}});
  const std::string stream = write_item_stream({.mailbox = *ref->mailbox, .item = *ref->item});
  xml.text("m:Data", to_base64(as_bytes(stream)));
  return xml.take();
}

/// The item that is to be replaced; null: a new one is to be made.
std::expected<Item*, ResponseError> replaced_item(const OperationContext& context, pugi::xml_node node,
                                                  const Folder& folder) {
  const std::string_view action = node.attribute("CreateAction").value();
  if (action == "CreateNew") return nullptr;
  const auto id = child(node, kTypesNs, "ItemId");
  if (!id) {
    return std::unexpected(
        ResponseError{.code = "ErrorInvalidIdEmpty", .text = "An update names no item.", .values = {}});
  }
  const auto ref = locate_item(context, id, ItemUse::edit);
  if (ref && ref->item->folder == &folder) return ref->item;
  if (action == "UpdateOrCreate") return nullptr;
  return std::unexpected(ref ? item_not_found() : ref.error());
}

std::expected<std::string, ResponseError> upload(OperationContext& context, pugi::xml_node node) {
  const auto parent = child(node, kTypesNs, "ParentFolderId");
  const auto place = locate_folder(context, parent.attribute("Id").value(), FolderUse::add_items);
  if (!place) return std::unexpected(place.error());
  Mailbox& mailbox = *place->mailbox;
  Folder* folder = place->folder;
  const auto bytes = decode_base64(text_of(child(node, kTypesNs, "Data")));
  auto item = bytes ? read_item_stream(*bytes, mailbox) : nullptr;
  if (!item) {
    return std::unexpected(ResponseError{.code = "ErrorCorruptData", .text = "The data is corrupt.", .values = {}});
  }
  if (const auto associated = node.attribute("IsAssociated")) item->associated = is_true(associated.value());
  if (auto full = refusal_of_quota(mailbox, *item)) return std::unexpected(*std::move(full));
  auto replaced = replaced_item(context, node, *folder);
  if (!replaced) return std::unexpected(std::move(replaced).error());
  const Item* there = *replaced;
  if (*replaced != nullptr) {
    Item& old = **replaced;
    const bool read = item->read;
    item->read = old.read;
    item->associated = old.associated;
    mailbox.keep_version(old);
    old.take_contents(std::move(*item));
    mailbox.note_change(old);
    mailbox.set_read(old, read);
  } else {
    item->creator = acting(context, mailbox).smtp;
    there = &mailbox.add(std::move(item), *folder, Arrival::created);
  }
  XmlWriter xml;
  xml.empty("m:ItemId", {{"Id", there->id}, {"ChangeKey", mailbox.change_key(*there)}});
  return xml.take();
}

}  // namespace

/// MS-OXWSBTRF 3.1.4.1. Shape: Microsoft's documentation of the operation.
OperationResult export_items(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"ItemIds"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "ItemIds");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  for (const auto node : nodes) {
    if (!is(node, kTypesNs, "ItemId")) return std::unexpected(unexpected_child(request, list, node, {"ItemId"}));
    if (auto fault = check_attribute(request, node, "Id", "string", {})) return std::unexpected(*std::move(fault));
  }
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : nodes) {
    const auto content = exported(context, node);
    if (content) {
      write_success(xml, "ExportItems", *content);
    } else {
      write_error(xml, "ExportItems", content.error());
    }
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

/// MS-OXWSBTRF 3.1.4.2.
OperationResult upload_items(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"Items"})) return std::unexpected(*std::move(fault));
  const auto list = child(request.body, kMessagesNs, "Items");
  const auto nodes = elements(list);
  if (nodes.empty()) return std::unexpected(incomplete(request, list));
  for (const auto node : nodes) {
    if (auto fault = check_attribute(request, node, "CreateAction", "CreateActionType", kActions)) {
      return std::unexpected(*std::move(fault));
    }
    if (auto fault = check_sequence(request, node, {"ParentFolderId", "ItemId?", "Data"})) {
      return std::unexpected(*std::move(fault));
    }
  }
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto node : nodes) {
    const auto content = upload(context, node);
    if (content) {
      write_success(xml, "UploadItems", *content);
    } else {
      write_error(xml, "UploadItems", content.error());
    }
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
