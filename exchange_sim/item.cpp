#include "exchange_sim/item.h"

#include <algorithm>
#include <charconv>

namespace mailward::exchange_sim {
namespace {

void append_utf8(std::string& out, std::uint32_t code) {
  if (code < 0x80) {
    out += static_cast<char>(code);
  } else if (code < 0x800) {
    out += static_cast<char>(0xc0 | (code >> 6));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else if (code < 0x10000) {
    out += static_cast<char>(0xe0 | (code >> 12));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  } else {
    out += static_cast<char>(0xf0 | (code >> 18));
    out += static_cast<char>(0x80 | ((code >> 12) & 0x3f));
    out += static_cast<char>(0x80 | ((code >> 6) & 0x3f));
    out += static_cast<char>(0x80 | (code & 0x3f));
  }
}

void append_entity(std::string& out, std::string_view name) {
  if (name == "amp") {
    out += '&';
  } else if (name == "lt") {
    out += '<';
  } else if (name == "gt") {
    out += '>';
  } else if (name == "quot") {
    out += '"';
  } else if (name == "apos") {
    out += '\'';
  } else if (name.starts_with('#')) {
    const bool hex = name.size() > 1 && (name[1] == 'x' || name[1] == 'X');
    const std::string_view digits = name.substr(hex ? 2 : 1);
    std::uint32_t code = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), code, hex ? 16 : 10);
    if (code > 0 && code < 0x110000) append_utf8(out, code);
  }
}

}  // namespace

std::string plain_text(std::string_view inner) {
  std::string out;
  out.reserve(inner.size());
  while (!inner.empty()) {
    const auto ampersand = inner.find('&');
    out += inner.substr(0, ampersand);
    if (ampersand == std::string_view::npos) break;
    const auto end = inner.find(';', ampersand);
    if (end == std::string_view::npos) break;
    append_entity(out, inner.substr(ampersand + 1, end - ampersand - 1));
    inner.remove_prefix(end + 1);
  }
  return out;
}

const Value* Item::find(FieldId wanted) const {
  const auto found = std::ranges::lower_bound(values_, wanted, {}, &std::pair<FieldId, Value>::first);
  return found == values_.end() || found->first != wanted ? nullptr : &found->second;
}

void Item::set(FieldId wanted, Value value) {
  const auto found = std::ranges::lower_bound(values_, wanted, {}, &std::pair<FieldId, Value>::first);
  if (found != values_.end() && found->first == wanted) {
    found->second = std::move(value);
  } else {
    values_.emplace(found, wanted, std::move(value));
  }
}

void Item::erase(FieldId wanted) {
  std::erase_if(values_, [&](const auto& each) { return each.first == wanted; });
}

const Value* Item::find_indexed(FieldId dictionary, std::string_view key, std::string_view part) const {
  const auto found = std::ranges::find_if(indexed_, [&](const IndexedValue& each) {
    return each.dictionary == dictionary && each.key == key && each.part == part;
  });
  return found == indexed_.end() ? nullptr : &found->value;
}

void Item::set_indexed(IndexedValue value) {
  const auto found = std::ranges::find_if(indexed_, [&](const IndexedValue& each) {
    return each.dictionary == value.dictionary && each.key == value.key && each.part == value.part;
  });
  if (found == indexed_.end()) {
    indexed_.push_back(std::move(value));
  } else {
    found->value = std::move(value.value);
  }
}

void Item::erase_indexed(FieldId dictionary, std::string_view key, std::string_view part) {
  std::erase_if(indexed_, [&](const IndexedValue& each) {
    return each.dictionary == dictionary && each.key == key && each.part == part;
  });
}

void Item::erase_dictionary(FieldId dictionary) {
  std::erase_if(indexed_, [&](const IndexedValue& each) { return each.dictionary == dictionary; });
}

const std::string* Item::find_extended(std::string_view key) const {
  const auto found = std::ranges::find(extended_, key, &ExtendedValue::key);
  return found == extended_.end() ? nullptr : &found->xml;
}

void Item::set_extended(std::string key, std::string xml) {
  const auto found = std::ranges::find(extended_, key, &ExtendedValue::key);
  if (found == extended_.end()) {
    extended_.push_back({.key = std::move(key), .xml = std::move(xml)});
  } else {
    found->xml = std::move(xml);
  }
}

void Item::erase_extended(std::string_view key) {
  std::erase_if(extended_, [&](const ExtendedValue& each) { return each.key == key; });
}

const ItemAttachment* Item::find_attachment(std::uint32_t number) const {
  const auto found = std::ranges::find(attachments, number, &ItemAttachment::number);
  return found == attachments.end() ? nullptr : &*found;
}

void Item::take_contents(Item&& other) {
  other.id = std::move(id);
  other.folder = folder;
  other.arrived = arrived;
  other.changed = changed;
  other.read_changed = read_changed;
  *this = std::move(other);
}

std::unique_ptr<Item> Item::clone() const {  // NOLINT(misc-no-recursion): attachments were read within a depth
  auto copy = std::make_unique<Item>();
  copy->kind = kind;
  copy->item_class = item_class;
  copy->received = received;
  copy->sent = sent;
  copy->created = created;
  copy->modified = modified;
  copy->modified_by = modified_by;
  copy->creator = creator;
  copy->read = read;
  copy->draft = draft;
  copy->submitted = submitted;
  copy->from_me = from_me;
  copy->unmodified = unmodified;
  copy->associated = associated;
  copy->body = body;
  copy->mime = mime;
  copy->transport_headers = transport_headers;
  copy->attachments_made = attachments_made;
  copy->values_ = values_;
  copy->indexed_ = indexed_;
  copy->edits = edits;
  copy->series_part = series_part;
  copy->original_start = original_start;
  for (const SeriesException& each : exceptions) {
    copy->exceptions.push_back({.original = each.original, .item = each.item ? each.item->clone() : nullptr});
  }
  copy->extended_ = extended_;
  for (const ItemAttachment& each : attachments) {
    copy->attachments.push_back({.number = each.number,
                                 .name = each.name,
                                 .content_type = each.content_type,
                                 .content_id = each.content_id,
                                 .content_location = each.content_location,
                                 .inline_part = each.inline_part,
                                 .contact_photo = each.contact_photo,
                                 .modified = each.modified,
                                 .content = each.content,
                                 .item = each.item ? each.item->clone() : nullptr});
  }
  return copy;
}

}  // namespace mailward::exchange_sim
