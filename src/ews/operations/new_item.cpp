#include "ews/operations/new_item.h"

#include <algorithm>
#include <tuple>
#include <utility>

namespace mailward::ews {
namespace {

/// The order in which the schema wants what a client may set (types.xsd: ItemType, then each kind's own).
constexpr std::string_view kOrder[] = {
    "item:ItemClass", "item:Subject", "item:Sensitivity", "item:Body", "item:Categories", "item:Importance",
    "item:InReplyTo", "item:ReminderDueBy", "item:ReminderIsSet", "item:ReminderMinutesBeforeStart",
    "extended",  // t:ExtendedProperty
    "item:Culture", "item:Flag", "item:StoreEntryId", "item:PolicyTag", "item:ArchiveTag", "item:RetentionDate",
    // MessageType
    "message:Sender", "message:ToRecipients", "message:CcRecipients", "message:BccRecipients",
    "message:IsReadReceiptRequested", "message:IsDeliveryReceiptRequested", "message:ConversationIndex", "message:From",
    "message:InternetMessageId", "message:IsRead", "message:IsResponseRequested", "message:References",
    "message:ReplyTo", "message:ReceivedBy", "message:ReceivedRepresenting",
    // CalendarItemType
    "calendar:UID", "calendar:Start", "calendar:End", "calendar:IsAllDayEvent", "calendar:LegacyFreeBusyStatus",
    "calendar:Location", "calendar:IsResponseRequested", "calendar:RequiredAttendees", "calendar:OptionalAttendees",
    "calendar:Resources", "calendar:ConferenceType", "calendar:AllowNewTimeProposal", "calendar:IsOnlineMeeting",
    "calendar:MeetingWorkspaceUrl", "calendar:NetShowUrl",
    // TaskType
    "task:ActualWork", "task:BillingInformation", "task:Companies", "task:CompleteDate", "task:Contacts",
    "task:DueDate", "task:IsComplete", "task:Mileage", "task:Owner", "task:PercentComplete", "task:StartDate",
    "task:Status", "task:TotalWork",
    // ContactItemType
    "contacts:FileAs", "contacts:FileAsMapping", "contacts:DisplayName", "contacts:GivenName", "contacts:Initials",
    "contacts:MiddleName", "contacts:Nickname", "contacts:CompanyName", "contacts:EmailAddress",
    "contacts:PhysicalAddress", "contacts:PhoneNumber", "contacts:AssistantName", "contacts:Birthday",
    "contacts:BusinessHomePage", "contacts:Children", "contacts:Companies", "contacts:Department",
    "contacts:Generation", "contacts:ImAddress", "contacts:JobTitle", "contacts:Manager", "contacts:Mileage",
    "contacts:OfficeLocation", "contacts:PostalAddressIndex", "contacts:Profession", "contacts:SpouseName",
    "contacts:Surname", "contacts:WeddingAnniversary"};

std::string_view uri_of(const FieldPath& field) {
  if (const auto* uri = std::get_if<std::string>(&field.path)) return *uri;
  const auto* indexed = std::get_if<IndexedField>(&field.path);
  if (indexed == nullptr) return "extended";
  // "contacts:PhysicalAddress:City" stands where all addresses do.
  const std::string_view uri = indexed->uri;
  const auto colon = uri.find(':', uri.find(':') + 1);
  return uri.substr(0, colon);
}

/// A field that the table does not know stands last: the server will say what it thinks of it.
std::ptrdiff_t place_of(const Property& property) {
  return std::ranges::find(kOrder, uri_of(property.field)) - std::begin(kOrder);
}

std::string_view status_name(FollowUp::Status status) {
  switch (status) {
    case FollowUp::Status::not_flagged:
      return "NotFlagged";
    case FollowUp::Status::flagged:
      return "Flagged";
    case FollowUp::Status::complete:
      return "Complete";
  }
  return "NotFlagged";
}

/// The element that holds a list of entries, and what one is called there.
struct IndexedElements {
  std::string_view uri;
  std::string_view list;
};
constexpr IndexedElements kIndexed[] = {{"contacts:EmailAddress", "t:EmailAddresses"},
                                        {"contacts:ImAddress", "t:ImAddresses"},
                                        {"contacts:PhoneNumber", "t:PhoneNumbers"},
                                        {"contacts:PhysicalAddress", "t:PhysicalAddresses"}};

/// What an address consists of, in the schema's order.
constexpr std::string_view kAddressParts[] = {"Street", "City", "State", "CountryOrRegion", "PostalCode"};

std::string_view last_part(std::string_view uri) {
  const auto colon = uri.rfind(':');
  return colon == std::string_view::npos ? uri : uri.substr(colon + 1);
}

/// Empty where the field is no entry of a list.
std::string_view list_of(const FieldPath& field) {
  const auto* indexed = std::get_if<IndexedField>(&field.path);
  if (indexed == nullptr) return {};
  const auto* found = std::ranges::find(kIndexed, uri_of(field), &IndexedElements::uri);
  return found == std::end(kIndexed) ? std::string_view() : found->list;
}

/// "City" of "contacts:PhysicalAddress:City"; empty of an entry that has no parts.
std::string_view address_part(const IndexedField& field) {
  return field.uri.starts_with("contacts:PhysicalAddress:") ? last_part(field.uri) : std::string_view();
}

/// Entries of one list in its order: those of one address side by side, its parts as the schema wants them.
auto place_in_list(const Property& property) {
  const auto* indexed = std::get_if<IndexedField>(&property.field.path);
  const std::string_view part = indexed != nullptr ? address_part(*indexed) : std::string_view();
  if (part.empty()) return std::pair<std::string_view, std::ptrdiff_t>();
  return std::pair<std::string_view, std::ptrdiff_t>(
      indexed->index, std::ranges::find(kAddressParts, part) - std::begin(kAddressParts));
}

/// The entries of one list, from `entries[at]` on; the place behind them.
using Entries = std::vector<const Property*>;
std::size_t write_list(XmlWriter& writer, const Entries& entries, std::size_t at) {
  const std::string_view list = list_of(entries[at]->field);
  std::string_view open_key;
  writer.open(list);
  for (; at < entries.size() && list_of(entries[at]->field) == list; ++at) {
    const auto& field = std::get<IndexedField>(entries[at]->field.path);
    const auto* text = std::get_if<std::string>(&entries[at]->value);
    const std::string_view value = text != nullptr ? std::string_view(*text) : std::string_view();
    const std::string_view part = address_part(field);
    if (!open_key.empty() && (part.empty() || field.index != open_key)) writer.close();
    if (part.empty()) {
      writer.open("t:Entry").attribute("Key", field.index).text(value).close();
      open_key = {};
      continue;
    }
    if (field.index != open_key) writer.open("t:Entry").attribute("Key", field.index);
    open_key = field.index;
    writer.element("t:" + std::string(part), value);
  }
  if (!open_key.empty()) writer.close();
  writer.close();
  return at;
}

bool is_single_mailbox(std::string_view name) {
  return name == "From" || name == "Sender" || name == "ReceivedBy" || name == "ReceivedRepresenting";
}

bool is_attendees(std::string_view name) {
  return name == "RequiredAttendees" || name == "OptionalAttendees" || name == "Resources";
}

void write_value(XmlWriter& writer, std::string_view name, const PropertyValue& value) {
  writer.open("t:" + std::string(name));
  if (const auto* text = std::get_if<std::string>(&value)) {
    writer.text(*text);
  } else if (const auto* body = std::get_if<BodyText>(&value)) {
    writer.attribute("BodyType", body->kind == BodyText::Kind::html ? "HTML" : "Text").text(body->text);
  } else if (const auto* texts = std::get_if<std::vector<std::string>>(&value)) {
    for (const auto& one : *texts) writer.element("t:String", one);
  } else if (const auto* mailboxes = std::get_if<std::vector<Mailbox>>(&value)) {
    const bool wrapped = is_attendees(name);
    for (const auto& one : *mailboxes) {
      if (wrapped) writer.open("t:Attendee");
      write_mailbox(writer, "t:Mailbox", one);
      if (wrapped) writer.close();
      if (is_single_mailbox(name)) break;
    }
  } else {
    const auto& flag = std::get<FollowUp>(value);
    writer.element("t:FlagStatus", status_name(flag.status));
    if (!flag.start.empty()) writer.element("t:StartDate", flag.start);
    if (!flag.due.empty()) writer.element("t:DueDate", flag.due);
    if (!flag.completed.empty()) writer.element("t:CompleteDate", flag.completed);
  }
  writer.close();
}

}  // namespace

void write_mailbox(XmlWriter& writer, std::string_view element, const Mailbox& mailbox) {
  writer.open(element);
  if (!mailbox.name.empty()) writer.element("t:Name", mailbox.name);
  if (!mailbox.address.empty()) writer.element("t:EmailAddress", mailbox.address);
  if (!mailbox.routing_type.empty()) writer.element("t:RoutingType", mailbox.routing_type);
  if (!mailbox.mailbox_type.empty()) writer.element("t:MailboxType", mailbox.mailbox_type);
  writer.close();
}

void write_property(XmlWriter& writer, const Property& property) {
  if (const auto* extended = std::get_if<ExtendedField>(&property.field.path)) {
    const auto* several = std::get_if<std::vector<std::string>>(&property.value);
    const auto* one = std::get_if<std::string>(&property.value);
    write_extended_value(writer, *extended,
                         several != nullptr ? *several : std::vector{one != nullptr ? *one : std::string()},
                         several != nullptr);
    return;
  }
  if (!list_of(property.field).empty()) {
    write_list(writer, {&property}, 0);
    return;
  }
  if (const auto* indexed = std::get_if<IndexedField>(&property.field.path)) {
    write_value(writer, last_part(indexed->uri), property.value);
    return;
  }
  write_value(writer, last_part(std::get<std::string>(property.field.path)), property.value);
}

void write_new_item(XmlWriter& writer, const NewItem& item) {
  writer.open("t:" + item.kind);
  if (item.mime) writer.open("t:MimeContent").attribute("CharacterSet", "UTF-8").text(to_base64(*item.mime)).close();
  Entries ordered;
  for (const Property& property : item.properties) ordered.push_back(&property);
  std::ranges::sort(ordered, {},
                    [](const Property* one) { return std::tuple(place_of(*one), place_in_list(*one), one); });
  for (std::size_t at = 0; at < ordered.size();) {
    if (!list_of(ordered[at]->field).empty()) {
      at = write_list(writer, ordered, at);
    } else {
      write_property(writer, *ordered[at++]);
    }
  }
  writer.close();
}

}  // namespace mailward::ews
