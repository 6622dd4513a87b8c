#include "exchange_sim/item_values.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/associated_items.h"
#include "exchange_sim/body_text.h"
#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

std::vector<std::string> element_texts(const std::string& inner) {
  std::vector<std::string> found;
  pugi::xml_document document;
  if (!document.load_string(("<p>" + inner + "</p>").c_str())) return found;
  for (const auto node : document.document_element().children()) found.emplace_back(node.text().get());
  return found;
}

std::vector<std::string> people_texts(const Value& value) {
  std::vector<std::string> found;
  for (const Address& each : people_in(&value)) {
    found.push_back(each.name.empty() ? each.smtp : each.name);
    if (found.back() != each.smtp) found.push_back(each.smtp);
  }
  return found;
}

std::string id_attribute(const Value& value) {
  const auto at = value.attributes.find("Id=\"");
  if (at == std::string::npos) return {};
  return value.attributes.substr(at + 4, value.attributes.find('"', at + 4) - at - 4);
}

std::vector<std::string> field_texts(const ItemView& view, FieldId id) {
  static const FieldId kBody = field_id("item:Body");
  static const FieldId kTextBody = field_id("item:TextBody");
  if (id == kBody || id == kTextBody) {
    if (!view.item.body) return {};
    return {text_body(view)};
  }
  if (field(id).type == ValueType::dictionary) {
    std::vector<std::string> found;
    for (const IndexedValue& each : view.item.indexed()) {
      if (each.dictionary == id) found.push_back(plain_text(each.value.inner));
    }
    return found;
  }
  const auto value = field_value(view, id);
  if (!value) return {};
  switch (field(id).type) {
    case ValueType::people:
      return people_texts(*value);
    case ValueType::texts:
      return element_texts(value->inner);
    case ValueType::identity:
      return {id_attribute(*value)};
    default:
      return {plain_text(value->inner)};
  }
}

}  // namespace

std::optional<Value> field_value(const ItemView& view, FieldId id) {
  if (auto made = computed_value(view, id)) return made;
  if (const Value* stored = view.item.find(id)) return *stored;
  return default_value(view, id);
}

std::string plain_field(const Item& item, FieldId id) {
  const Value* value = item.find(id);
  return value == nullptr ? std::string() : plain_text(value->inner);
}

std::vector<std::string> texts_of(const ItemView& view, const PropertyPath& path) {
  switch (path.kind) {
    case PathKind::field:
      return field_texts(view, path.field);
    case PathKind::indexed:
      if (const Value* value = view.item.find_indexed(path.field, path.key, path.part)) {
        return {plain_text(value->inner)};
      }
      return {};
    case PathKind::extended: {
      const auto value = extended_value(view, path.extended);
      if (!value) return {};
      if (value->starts_with("<t:Values>")) return element_texts(value->substr(10, value->size() - 21));
      return element_texts(*value);
    }
    case PathKind::folder:
    case PathKind::other:
      break;
  }
  return {};
}

ValueType type_of(const PropertyPath& path) {
  if (path.kind == PathKind::field) return field(path.field).type;
  if (path.kind == PathKind::folder || path.kind == PathKind::other) {
    if (path.uri.ends_with("DeliveryTime")) return ValueType::time;
    if (path.uri.ends_with("HasAttachments")) return ValueType::boolean;
    return path.uri.ends_with("Count") || path.uri.ends_with("Size") ? ValueType::integer : ValueType::text;
  }
  if (path.kind != PathKind::extended) return ValueType::text;
  const std::string_view type = path.extended.type;
  if (type.starts_with("Boolean")) return ValueType::boolean;
  if (type.starts_with("SystemTime")) return ValueType::time;
  if (type.starts_with("Integer") || type.starts_with("Long") || type.starts_with("Short")) return ValueType::integer;
  if (type.starts_with("Double") || type.starts_with("Float") || type.starts_with("Currency")) return ValueType::number;
  return type.starts_with("Binary") ? ValueType::binary : ValueType::text;
}

std::string flag_status(const ItemView& view) {
  static const FieldId kFlag = field_id("item:Flag");
  const auto flag = field_value(view, kFlag);
  const pugi::xml_document document = parse_kept(flag ? std::string_view(flag->inner) : std::string_view());
  const std::string_view status = text_of(child(document.document_element(), kTypesNs, "FlagStatus"));
  return std::string(status.empty() ? kFlagStatus.front() : status);
}

std::string text_body(const ItemView& view) {
  if (!view.item.body) return {};
  const std::string stored = view.mailbox.blobs.read(view.item.body->text);
  return view.item.body->html ? text_from_html(stored) : stored;
}

std::string html_body(const ItemView& view) {
  if (!view.item.body) return {};
  const std::string stored = view.mailbox.blobs.read(view.item.body->text);
  return view.item.body->html ? stored : html_from_text(stored);
}

std::uint64_t size_of(const ItemView& view) {  // NOLINT(misc-no-recursion): attachments were read within a depth
  constexpr std::uint64_t kOverhead = 1200;
  const Item& item = view.item;
  std::uint64_t size = kOverhead + item.transport_headers.size();
  if (item.body) size += item.body->text.size;
  for (const auto& [id, value] : item.values()) size += value.inner.size();
  for (const IndexedValue& each : item.indexed()) size += each.value.inner.size();
  for (const ExtendedValue& each : item.extended()) size += each.xml.size();
  for (const ItemAttachment& each : item.attachments) {
    size += each.item ? size_of({view.mailbox, *each.item}) : each.content.size;
  }
  return size;
}

std::string conversation_topic(const Item& item) {
  static const FieldId kSubject = field_id("item:Subject");
  std::string subject = plain_field(item, kSubject);
  // RFC 5256's base subject, as far as Exchange's prefixes go: up to three letters and a colon.
  for (auto colon = subject.find(':'); colon > 0 && colon <= 3; colon = subject.find(':')) {
    const bool letters = std::ranges::all_of(subject.substr(0, colon),
                                             [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); });
    if (!letters) break;
    subject.erase(0, colon + 1);
    subject.erase(0, subject.find_first_not_of(' '));
  }
  return subject;
}

}  // namespace mailward::exchange_sim
