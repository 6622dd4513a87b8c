#include "exchange_sim/item_reading.h"
#include "exchange_sim/calendar_reading.h"
#include "exchange_sim/task_state.h"

#include <algorithm>
#include <charconv>
#include <span>

#include "base/digest.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/extended_checks.h"
#include "exchange_sim/item_mime.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

ResponseError refuse(std::string code, std::string text, std::string_view uri) {
  ResponseError error{.code = std::move(code), .text = std::move(text), .values = {}};
  error.path = uri;
  return error;
}

ResponseError not_settable(const Field& property, Purpose purpose) {
  if (purpose == Purpose::update) {
    return refuse("ErrorInvalidPropertySet", "Set action is invalid for property.", property.uri);
  }
  return refuse("ErrorInvalidPropertySet", "Set action is invalid for property.", property.uri);
}

// People

void write_resolved(XmlWriter& xml, const Organisation& organisation, pugi::xml_node node) {
  std::string name(text_of(child(node, kTypesNs, "Name")));
  std::string address(text_of(child(node, kTypesNs, "EmailAddress")));
  const std::string routing(text_of(child(node, kTypesNs, "RoutingType")));
  const Mailbox* known = organisation.find_mailbox(address);
  if (known == nullptr && address.empty()) {
    const auto found = std::ranges::find(organisation.mailboxes(), name, &Mailbox::display_name);
    if (found != organisation.mailboxes().end()) known = &*found;
  }
  if (known != nullptr) {
    if (name.empty() || name == address) name = known->display_name;
    address = known->smtp;
  }
  const DistributionList* list = known == nullptr ? organisation.find_list(address) : nullptr;
  if (list != nullptr && (name.empty() || name == address)) name = list->name;
  xml.open("t:Mailbox");
  xml.text("t:Name", name.empty() ? address : name);
  if (!address.empty()) xml.text("t:EmailAddress", address);
  xml.text("t:RoutingType", routing.empty() ? "SMTP" : routing);
  xml.text("t:MailboxType", known != nullptr ? "Mailbox" : list != nullptr ? "PublicDL" : "OneOff");
  xml.close("t:Mailbox");
}

Value resolved_people(const Organisation& organisation, pugi::xml_node element) {
  XmlWriter xml;
  for (const auto each : elements(element)) {
    if (local_name(each) != "Attendee") {
      write_resolved(xml, organisation, each);
      continue;
    }
    xml.open("t:Attendee");
    write_resolved(xml, organisation, child(each, kTypesNs, "Mailbox"));
    const auto response = child(each, kTypesNs, "ResponseType");
    xml.text("t:ResponseType", response ? text_of(response) : "Unknown");
    xml.close("t:Attendee");
  }
  return {.inner = xml.take()};
}

// Single values

std::optional<ResponseError> set_dictionary(Item& item, FieldId dictionary, pugi::xml_node element) {
  for (const auto entry : elements(element)) {
    const std::string key = entry.attribute("Key").value();
    const auto parts = elements(entry);
    if (parts.empty()) {
      std::string attributes;
      for (const auto attribute : entry.attributes()) {
        const std::string_view name = attribute.name();
        if (name == "Key" || name.starts_with("xmlns")) continue;
        attributes += " " + std::string(name) + "=\"" + escape_attribute(attribute.value()) + "\"";
      }
      item.set_indexed({.dictionary = dictionary,
                        .key = key,
                        .part = {},
                        .value = {.inner = escape_text(text_of(entry)), .attributes = std::move(attributes)}});
      continue;
    }
    for (const auto part : parts) {
      item.set_indexed({.dictionary = dictionary,
                        .key = key,
                        .part = std::string(local_name(part)),
                        .value = {.inner = escape_text(text_of(part))}});
    }
  }
  return std::nullopt;
}

void set_flags(Item& item, std::string_view text) {
  constexpr unsigned kRead = 0x1;
  constexpr unsigned kUnsent = 0x8;
  constexpr unsigned kFromMe = 0x20;
  unsigned flags = 0;
  std::from_chars(text.data(), text.data() + text.size(), flags);
  item.read = (flags & kRead) != 0;
  item.draft = (flags & kUnsent) != 0;
  item.from_me = (flags & kFromMe) != 0;
}

std::string choice_of(std::span<const std::string_view> names, std::string_view number) {
  const auto index = read_int(number).value_or(0);
  const bool known = index >= 0 && static_cast<std::size_t>(index) < names.size();
  return std::string(names[known ? static_cast<std::size_t>(index) : 0]);
}
void set_choice(Item& item, std::string_view uri, std::span<const std::string_view> names, std::string_view number) {
  item.set(field_id(uri), {.inner = choice_of(names, number)});
}

/// A well-known tag of something that the item has by another name; false where it is none.
bool set_known_tag(Item& item, const std::string& key, std::string_view text) {
  const auto time = parse_ews_time(text);
  if (key == "tag:e07:Integer") {
    set_flags(item, text);
  } else if (key == "tag:e06:SystemTime" && time) {
    item.received = *time;
  } else if (key == "tag:39:SystemTime" && time) {
    item.sent = *time;
  } else if (key == "tag:3007:SystemTime" && time) {
    item.created = *time;
  } else if (key == "tag:1a:String") {
    item.item_class = text;
  } else if (key == "tag:37:String") {
    item.set(field_id("item:Subject"), {.inner = escape_text(text)});
  } else if (key == "tag:e69:Boolean") {
    item.read = is_true(text);
  } else if (key == "tag:17:Integer") {
    set_choice(item, "item:Importance", kImportance, text);
  } else if (key == "tag:36:Integer") {
    set_choice(item, "item:Sensitivity", kSensitivity, text);
  } else if (key == "tag:1090:Integer") {
    item.set(field_id("item:Flag"), {.inner = "<t:FlagStatus>" + choice_of(kFlagStatus, text) + "</t:FlagStatus>"});
  } else if (key == "tag:1035:String") {
    item.set(field_id("message:InternetMessageId"), {.inner = escape_text(text)});
  } else {
    return false;
  }
  return true;
}

/// The request was checked against the schema: the path can be read.
PropertyPath extended_path(pugi::xml_node property) {
  const SoapRequest nothing{.xml = {}};
  return read_path(nothing, child(property, kTypesNs, "ExtendedFieldURI")).value_or(PropertyPath{});
}

std::optional<ResponseError> set_extended(Item& item, pugi::xml_node element) {
  const PropertyPath path = extended_path(element);
  if (auto refusal = refusal_of_extended(element, path)) return refusal;
  const std::string key = path.extended.key();
  if (set_known_tag(item, key, text_of(child(element, kTypesNs, "Value")))) return std::nullopt;
  item.set_extended(key, extended_value_xml(element, path.extended.type));
  return std::nullopt;
}

void set_body(const ItemEdit& edit, pugi::xml_node element, const std::string& before) {
  const bool html = std::string_view(element.attribute("BodyType").value()) == "HTML";
  edit.item.body = Body{.html = html, .text = edit.mailbox.blobs.add(before + std::string(text_of(element)))};
}

std::string simple_inner(pugi::xml_node element, ValueType type) {
  if (type == ValueType::time) return ews_time(parse_ews_time(text_of(element)).value_or(Timestamp{}));
  if (type == ValueType::boolean) return is_true(text_of(element)) ? "true" : "false";
  return normalised(element);
}

// New items

/// Whether an element beside the MIME says other than the MIME does: then the message's own bytes are not kept.
bool says_otherwise(const ItemView& view, FieldId id, const std::optional<Value>& before) {
  const std::string_view name = field(id).element;
  if (name == "MimeContent" || name == "ItemClass" || name == "ExtendedProperty" || name == "IsAssociated")
    return false;
  if (name == "Body" || name == "Attachments") return true;
  const PropertyPath path{
      .kind = PathKind::field, .field = id, .uri = std::string(field(id).uri), .key = {}, .part = {}, .extended = {}};
  if (keeps_mime(path)) return false;
  const auto after = field_value(view, id);
  return before.has_value() != after.has_value() || (after && after->inner != before->inner);
}

std::optional<ResponseError> take_mime(Item& item, const Mailbox& mailbox, pugi::xml_node element) {
  const auto bytes = decode_base64(text_of(element));
  if (!bytes) {
    return refuse("ErrorMimeContentInvalidBase64String", "The MIME content is not valid base64.", "item:MimeContent");
  }
  const ItemKind kind = item.kind;
  const bool filled = kind == ItemKind::calendar_item ? fill_from_calendar(item, mailbox, *bytes)
                      : kind == ItemKind::contact     ? false
                                                      : fill_from_mime(item, mailbox, *bytes).has_value();
  if (!filled) {
    return refuse("ErrorMimeContentInvalid", "The MIME content is invalid.", "item:MimeContent");
  }
  return std::nullopt;
}

std::string joined_name(const Item& item) {
  std::string name = plain_field(item, field_id("contacts:GivenName"));
  const std::string last = plain_field(item, field_id("contacts:Surname"));
  if (!name.empty() && !last.empty()) name += ' ';
  return name + last;
}

void set_missing(Item& item, std::string_view uri, const std::string& text) {
  if (!text.empty() && item.find(field_id(uri)) == nullptr) item.set(field_id(uri), {.inner = escape_text(text)});
}

/// Surname first, but where t:FileAsMappingType says Company or FirstSpaceLast.
std::string filed_name(const Item& contact) {
  const std::string given = plain_field(contact, field_id("contacts:GivenName"));
  const std::string surname = plain_field(contact, field_id("contacts:Surname"));
  std::string company = plain_field(contact, field_id("contacts:CompanyName"));
  const std::string mapping = plain_field(contact, field_id("contacts:FileAsMapping"));
  if (mapping == "Company" && !company.empty()) return company;
  if (mapping == "FirstSpaceLast" && !given.empty() && !surname.empty()) return given + " " + surname;
  if (!given.empty() && !surname.empty()) return surname + ", " + given;
  const std::string shown = plain_field(contact, field_id("contacts:DisplayName"));
  return shown.empty() ? company : shown;
}

/// What Exchange adds to an item that a client makes.
void complete(Item& item, const Mailbox& mailbox) {
  if (is_message(item.kind) || item.kind == ItemKind::post) {
    const Value owner = owner_value(mailbox);
    if (item.find(field_id("message:From")) == nullptr) item.set(field_id("message:From"), owner);
    if (item.find(field_id("message:Sender")) == nullptr) item.set(field_id("message:Sender"), owner);
    set_missing(item, "message:InternetMessageId", new_message_id(mailbox.smtp));
  }
  if (item.kind == ItemKind::calendar_item) {
    set_missing(item, "calendar:UID", "040000008200E00074C5B7101A82E008" + to_hex(random_bytes(24)));
    set_missing(item, "calendar:DateTimeStamp", ews_time(item.created));
  }
  if (item.kind == ItemKind::contact) {
    set_missing(item, "contacts:DisplayName", joined_name(item));
    set_missing(item, "contacts:FileAs", filed_name(item));
    set_missing(item, "item:Subject", plain_field(item, field_id("contacts:DisplayName")));
  }
  if (item.kind == ItemKind::task) set_missing(item, "task:Owner", mailbox.display_name);
}

}  // namespace

std::optional<ResponseError> set_property(const ItemEdit& edit, pugi::xml_node element) {
  Item& item = edit.item;
  // Checked before: the kind has it.
  const FieldId id = *field_of_element(item.kind, local_name(element));
  const Field& property = field(id);
  const std::string_view name = property.element;
  if (property.type == ValueType::extended) return set_extended(item, element);
  if (name == "Attachments" && edit.purpose == Purpose::create) {
    for (const auto each : elements(element)) {
      if (auto added = add_attachment(edit, each); !added) return std::move(added).error();
    }
    return std::nullopt;
  }
  // Once, and never changed: the managed API's schema has it as such.
  if (name == "IsAssociated" && edit.purpose == Purpose::create) {
    item.associated = is_true(text_of(element));
    return std::nullopt;
  }
  if (!property.settable) return not_settable(property, edit.purpose);
  if (name == "MimeContent") return std::nullopt;
  if (name == "ItemClass") {
    item.item_class = text_of(element);
    return std::nullopt;
  }
  if (name == "IsRead") {
    item.read = is_true(text_of(element));
    return std::nullopt;
  }
  if (name == "Body") {
    set_body(edit, element, "");
    return std::nullopt;
  }
  if (property.type == ValueType::dictionary) return set_dictionary(item, id, element);
  if (property.type == ValueType::people) {
    item.set(id, resolved_people(edit.organisation, element));
    return std::nullopt;
  }
  item.set(id, {.inner = simple_inner(element, property.type), .attributes = normalised_attributes(element)});
  if (item.kind == ItemKind::task) return settle_task(item, property.uri, edit.mailbox.now());
  return std::nullopt;
}

std::optional<ResponseError> append_property(const ItemEdit& edit, const PropertyPath& path, pugi::xml_node element) {
  const bool one = path.kind == PathKind::field;
  const ValueType type = one ? field(path.field).type : ValueType::structure;
  if (one && field(path.field).element == "Body") {
    const std::string before = edit.item.body ? edit.mailbox.blobs.read(edit.item.body->text) : std::string();
    set_body(edit, element, before);
    return std::nullopt;
  }
  if (!one || !field(path.field).settable || (type != ValueType::people && type != ValueType::texts)) {
    return refuse("ErrorInvalidPropertyAppend", "Append action is invalid for property.", one ? path.uri : "");
  }
  const Value* before = edit.item.find(path.field);
  std::string inner = before == nullptr ? std::string() : before->inner;
  inner += type == ValueType::people ? resolved_people(edit.organisation, element).inner : normalised(element);
  edit.item.set(path.field, {.inner = std::move(inner)});
  return std::nullopt;
}

std::optional<ResponseError> delete_property(const ItemEdit& edit, const PropertyPath& path) {
  switch (path.kind) {
    case PathKind::extended:
      edit.item.erase_extended(path.extended.key());
      return std::nullopt;
    case PathKind::indexed:
      edit.item.erase_indexed(path.field, path.key, path.part);
      return std::nullopt;
    case PathKind::field:
      if (!field(path.field).settable || field(path.field).element == "IsRead" ||
          field(path.field).element == "ItemClass") {
        break;
      }
      edit.item.erase(path.field);
      edit.item.erase_dictionary(path.field);
      if (field(path.field).element == "Body") edit.item.body.reset();
      return std::nullopt;
    case PathKind::folder:
    case PathKind::other:
      break;
  }
  return refuse("ErrorInvalidPropertyDelete", "Delete action is not supported for this property.", path.uri);
}

bool keeps_mime(const PropertyPath& path) {
  static constexpr std::array<std::string_view, 8> kBeside{
      "message:IsRead",     "item:Flag",      "item:Categories", "item:ReminderIsSet",
      "item:ReminderDueBy", "item:PolicyTag", "item:ArchiveTag", "item:ReminderMinutesBeforeStart"};
  if (path.kind == PathKind::extended) return path.extended.key() != "tag:37:String";
  return std::ranges::find(kBeside, path.uri) != kBeside.end();
}

std::expected<std::unique_ptr<Item>, ResponseError> make_item(  // NOLINT(misc-no-recursion): checked to a depth
    const Mailbox& mailbox, const Organisation& organisation, pugi::xml_node node) {
  auto item = std::make_unique<Item>();
  item->kind = *kind_of_element(local_name(node));
  item->item_class = default_class(item->kind);
  item->created = item->modified = item->received = item->sent = mailbox.now();
  item->modified_by = mailbox.display_name;
  item->draft = is_message(item->kind);
  item->read = true;
  if (const auto content = child(node, kTypesNs, "MimeContent")) {
    if (auto error = take_mime(*item, mailbox, content)) return std::unexpected(*std::move(error));
  }
  const ItemEdit edit{.mailbox = mailbox, .organisation = organisation, .item = *item, .purpose = Purpose::create};
  const ItemView view{.mailbox = mailbox, .item = *item};
  for (const auto element : elements(node)) {
    const FieldId id = *field_of_element(item->kind, local_name(element));
    const auto before = item->mime ? field_value(view, id) : std::nullopt;
    if (auto error = set_property(edit, element)) return std::unexpected(*std::move(error));
    if (item->mime && says_otherwise(view, id, before)) item->mime.reset();
  }
  complete(*item, mailbox);
  return item;
}

}  // namespace mailward::exchange_sim
