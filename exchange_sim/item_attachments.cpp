#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_reading.h"
#include "exchange_sim/item_values.h"

namespace mailward::exchange_sim {
namespace {

constexpr auto kTypesByEnding = std::to_array<std::pair<std::string_view, std::string_view>>({
    {".txt", "text/plain"},
    {".html", "text/html"},
    {".htm", "text/html"},
    {".pdf", "application/pdf"},
    {".png", "image/png"},
    {".jpg", "image/jpeg"},
    {".jpeg", "image/jpeg"},
    {".gif", "image/gif"},
    {".xml", "text/xml"},
    {".zip", "application/x-zip-compressed"},
    {".docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"},
    {".xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"},
});

std::string type_by_name(std::string_view name) {
  const std::string lower = lower_case(name);
  for (const auto& [ending, type] : kTypesByEnding) {
    if (lower.ends_with(ending)) return std::string(type);
  }
  return "application/octet-stream";
}

std::string text_in(pugi::xml_node node, std::string_view element) {
  return std::string(text_of(child(node, kTypesNs, element)));
}

ResponseError bad_attachment() {
  return {.code = "ErrorInvalidRequest", .text = "The attachment is neither a file nor an item.", .values = {}};
}

std::expected<ItemAttachment, ResponseError> read_file(const ItemEdit& edit, pugi::xml_node node) {
  ItemAttachment made;
  if (text_in(node, "Name").empty()) {
    return std::unexpected(
        ResponseError{.code = "ErrorRequiredPropertyMissing", .text = "A file attachment needs a name.", .values = {}});
  }
  made.content_type = text_in(node, "ContentType");
  if (made.content_type.empty()) made.content_type = type_by_name(text_in(node, "Name"));
  made.contact_photo = is_true(text_in(node, "IsContactPhoto"));
  const auto content = decode_base64(text_in(node, "Content"));
  if (!content) return std::unexpected(bad_attachment());
  made.content = edit.mailbox.blobs.add(*content);
  return made;
}

std::expected<ItemAttachment, ResponseError> read_item(  // NOLINT(misc-no-recursion): checked to a depth
    const ItemEdit& edit, pugi::xml_node node) {
  ItemAttachment made;
  for (const auto inside : elements(node)) {
    if (!kind_of_element(local_name(inside))) continue;
    auto item = make_item(edit.mailbox, edit.organisation, inside);
    if (!item) return std::unexpected(std::move(item).error());
    made.item = *std::move(item);
    return made;
  }
  return std::unexpected(bad_attachment());
}

}  // namespace

std::expected<std::uint32_t, ResponseError> add_attachment(  // NOLINT(misc-no-recursion)
    const ItemEdit& edit, pugi::xml_node node) {
  auto made = local_name(node) == "FileAttachment" ? read_file(edit, node) : read_item(edit, node);
  if (!made) return std::unexpected(std::move(made).error());
  made->number = ++edit.item.attachments_made;
  made->name = text_in(node, "Name");
  if (made->item && made->name.empty()) made->name = plain_field(*made->item, field_id("item:Subject"));
  made->content_id = text_in(node, "ContentId");
  made->content_location = text_in(node, "ContentLocation");
  made->inline_part = is_true(text_in(node, "IsInline"));
  made->modified = edit.mailbox.now();
  const std::uint32_t number = made->number;
  edit.item.attachments.push_back(*std::move(made));
  return number;
}

}  // namespace mailward::exchange_sim
