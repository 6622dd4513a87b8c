#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/people.h"
#include "exchange_sim/shapes.h"

/// The one writer of items.
namespace mailward::exchange_sim {
namespace {

struct Writing {
  XmlWriter& xml;
  ItemView view;
  const Shape& shape;
  ItemDetail detail;
  const AttachmentPlace& place;
};

bool wanted(const Writing& w, FieldId id) {
  const Field& property = field(id);
  if (w.detail == ItemDetail::found && !property.in_find) return false;
  if (first_with(id) > w.shape.schema) return false;
  switch (property.level) {
    case Level::id:
      return true;
    case Level::standard:
      if (w.shape.base != BaseShape::id_only) return true;
      break;
    case Level::all:
      if (w.shape.base == BaseShape::all) return true;
      break;
    case Level::asked:
      break;
  }
  return w.shape.asks(id);
}

void write_value(XmlWriter& xml, std::string_view element, const Value& value) {
  std::string out = "<t:" + std::string(element) + value.attributes;
  if (value.inner.empty()) {
    xml.raw(out + "/>");
    return;
  }
  xml.raw(out + ">" + value.inner + "</t:" + std::string(element) + ">");
}

void cut_at(std::string& text, std::size_t most) {
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  text.resize(most);
}

void write_body(const Writing& w, std::string_view element, BodyKind kind) {
  if (!w.view.item.body && element != "Body") return;
  const bool html = kind == BodyKind::html || (kind == BodyKind::best && w.view.item.body && w.view.item.body->html);
  std::string text = html ? html_body(w.view) : text_body(w.view);
  const bool cut = w.shape.most_body > 0 && text.size() > w.shape.most_body;
  if (cut) cut_at(text, w.shape.most_body);
  const std::string name = "t:" + std::string(element);
  const std::string_view type = html ? "HTML" : "Text";
  if (cut) {
    w.xml.text(name, text, {{"BodyType", type}, {"IsTruncated", "true"}});
  } else {
    w.xml.text(name, text, {{"BodyType", type}});
  }
}

void write_bodies(const Writing& w, std::string_view element) {
  if (element == "Body") return write_body(w, element, w.shape.body);
  if (element == "UniqueBody") return write_body(w, element, w.shape.unique_body);
  if (element == "NormalizedBody") return write_body(w, element, w.shape.normalized_body);
  write_body(w, element, BodyKind::text);
}

void write_attachments(const Writing& w) {
  if (w.view.item.attachments.empty()) return;
  w.xml.open("t:Attachments");
  for (const ItemAttachment& each : w.view.item.attachments) {
    AttachmentPlace place = w.place;
    place.numbers.push_back(each.number);
    write_attachment(w.xml, w.view.mailbox, each, place, "");
  }
  w.xml.close("t:Attachments");
}

constexpr std::array<std::string_view, 5> kAddressParts{"Street", "City", "State", "CountryOrRegion", "PostalCode"};

/// The entries of a dictionary that are wanted: all, or those that paths with an index name.
void write_dictionary(const Writing& w, FieldId dictionary, bool whole) {
  const auto asked = [&](const IndexedValue& value) {
    return whole || std::ranges::any_of(w.shape.additional, [&](const PropertyPath& path) {
             return path.kind == PathKind::indexed && path.field == dictionary && path.key == value.key &&
                    path.part == value.part;
           });
  };
  std::vector<std::string_view> keys;
  for (const IndexedValue& each : w.view.item.indexed()) {
    if (each.dictionary != dictionary || !asked(each)) continue;
    if (std::ranges::find(keys, each.key) == keys.end()) keys.push_back(each.key);
  }
  if (keys.empty()) return;
  const std::string name = "t:" + std::string(field(dictionary).element);
  w.xml.open(name);
  for (const std::string_view key : keys) {
    if (const Value* value = w.view.item.find_indexed(dictionary, key, "")) {
      w.xml.raw("<t:Entry Key=\"" + escape_attribute(key) + "\"" + value->attributes + ">" + value->inner +
                "</t:Entry>");
      continue;
    }
    w.xml.open("t:Entry", {{"Key", key}});
    for (const std::string_view part : kAddressParts) {
      const Value* value = w.view.item.find_indexed(dictionary, key, part);
      if (value == nullptr || !asked({.dictionary = dictionary, .key = std::string(key), .part = std::string(part)})) {
        continue;
      }
      write_value(w.xml, part, *value);
    }
    w.xml.close("t:Entry");
  }
  w.xml.close(name);
}

void write_extended(const Writing& w) {
  for (const PropertyPath& path : w.shape.additional) {
    if (path.kind != PathKind::extended) continue;
    const auto value = extended_value(w.view, path.extended);
    if (!value) continue;
    w.xml.open("t:ExtendedProperty");
    write_extended_name(w.xml, path.extended);
    w.xml.raw(*value);
    w.xml.close("t:ExtendedProperty");
  }
}

/// Headers that were asked for by name (item:InternetMessageHeader).
void write_named_headers(const Writing& w) {
  XmlWriter inside;
  for (const InternetHeader& header : headers_of(w.view)) {
    const bool asked = std::ranges::any_of(w.shape.additional, [&](const PropertyPath& path) {
      return path.uri == "item:InternetMessageHeader" && equal_ignoring_case(path.key, header.name);
    });
    if (asked) inside.text("t:InternetMessageHeader", header.value, {{"HeaderName", header.name}});
  }
  if (inside.str().empty()) return;
  w.xml.open("t:InternetMessageHeaders");
  w.xml.raw(inside.str());
  w.xml.close("t:InternetMessageHeaders");
}

bool asks_for_named_headers(const Writing& w) {
  return w.detail == ItemDetail::whole && w.shape.asks("item:InternetMessageHeader");
}

void write_field(const Writing& w, FieldId id) {
  static const FieldId kMime = field_id("item:MimeContent");
  static const FieldId kAttachments = field_id("item:Attachments");
  static const FieldId kHeaders = field_id("item:InternetMessageHeaders");
  const Field& property = field(id);
  if (property.type == ValueType::extended) return write_extended(w);
  const bool whole = wanted(w, id);
  if (id == kMime) {
    if (w.detail == ItemDetail::whole && (w.shape.mime || w.shape.asks(id))) {
      w.xml.text("t:MimeContent", to_base64(as_bytes(mime_of(w.view))), {{"CharacterSet", "UTF-8"}});
    }
    return;
  }
  if (property.type == ValueType::dictionary) return write_dictionary(w, id, whole);
  if (id == kHeaders && !whole && asks_for_named_headers(w)) return write_named_headers(w);
  if (!whole) return;
  if (id == kAttachments) return write_attachments(w);
  if (property.type == ValueType::body) return write_bodies(w, property.element);
  if (const auto value = field_value(w.view, id)) write_value(w.xml, property.element, *value);
}

/// An occurrence's attachments are its master's.
std::string holder_id(const Item& item) {
  if (item.series_part == SeriesPart::none) return item.id;
  const auto place = read_occurrence_id(item.id);
  return place ? place->master_id : item.id;
}

void write_whole(const Writing& w) {
  const std::string name = "t:" + std::string(element_of(w.view.item.kind));
  w.xml.open(name);
  for (const FieldId id : fields_of(w.view.item.kind)) write_field(w, id);
  w.xml.close(name);
}

}  // namespace

void write_item(XmlWriter& xml, const ItemView& view, const Shape& shape, ItemDetail detail) {
  write_whole({.xml = xml,
               .view = view,
               .shape = shape,
               .detail = detail,
               .place = {.item_id = holder_id(view.item), .numbers = {}}});
}

void write_attached_item(XmlWriter& xml, const ItemView& view, const Shape& shape, const AttachmentPlace& place) {
  write_whole({.xml = xml, .view = view, .shape = shape, .detail = ItemDetail::whole, .place = place});
}

void write_attachment(XmlWriter& xml, const Mailbox& mailbox, const ItemAttachment& attachment,
                      const AttachmentPlace& place, std::string_view content) {
  const std::string_view name = attachment.item ? "t:ItemAttachment" : "t:FileAttachment";
  const std::uint64_t size = attachment.item ? size_of({mailbox, *attachment.item}) : attachment.content.size;
  xml.open(name);
  xml.empty("t:AttachmentId", {{"Id", make_attachment_id(place)}});
  if (!attachment.name.empty()) xml.text("t:Name", attachment.name);
  if (!attachment.content_type.empty()) xml.text("t:ContentType", attachment.content_type);
  if (!attachment.content_id.empty()) xml.text("t:ContentId", attachment.content_id);
  if (!attachment.content_location.empty()) xml.text("t:ContentLocation", attachment.content_location);
  xml.number("t:Size", static_cast<long long>(size));
  xml.text("t:LastModifiedTime", ews_time(attachment.modified));
  xml.boolean("t:IsInline", attachment.inline_part);
  if (!attachment.item && attachment.contact_photo) xml.boolean("t:IsContactPhoto", true);
  xml.raw(content);
  xml.close(name);
}

void write_item_id(XmlWriter& xml, const Mailbox& mailbox, const Item& item) {
  xml.empty("t:ItemId", {{"Id", item.id}, {"ChangeKey", mailbox.change_key(item)}});
}

}  // namespace mailward::exchange_sim
