#include "ews/operations/new_item.h"

#include <algorithm>

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
                                        {"contacts:PhoneNumber", "t:PhoneNumbers"}};

std::string_view last_part(std::string_view uri) {
  const auto colon = uri.rfind(':');
  return colon == std::string_view::npos ? uri : uri.substr(colon + 1);
}

/// Empty where the field is no entry of a list.
std::string_view list_of(const FieldPath& field) {
  const auto* indexed = std::get_if<IndexedField>(&field.path);
  if (indexed == nullptr) return {};
  const auto* found = std::ranges::find(kIndexed, std::string_view(indexed->uri), &IndexedElements::uri);
  return found == std::end(kIndexed) ? std::string_view() : found->list;
}

void write_entry(XmlWriter& writer, const IndexedField& field, const PropertyValue& value) {
  const auto* text = std::get_if<std::string>(&value);
  writer.open("t:Entry").attribute("Key", field.index).text(text != nullptr ? *text : std::string()).close();
}

/// An entry by itself, in the list that holds it; of an address one part.
void write_indexed(XmlWriter& writer, const IndexedField& field, const PropertyValue& value) {
  constexpr std::string_view kAddress = "contacts:PhysicalAddress:";
  if (field.uri.starts_with(kAddress)) {
    const auto* text = std::get_if<std::string>(&value);
    writer.open("t:PhysicalAddresses").open("t:Entry").attribute("Key", field.index);
    writer.element("t:" + field.uri.substr(kAddress.size()), text != nullptr ? *text : std::string()).close().close();
    return;
  }
  const std::string_view list = list_of(field);
  writer.open(list.empty() ? "t:" + std::string(last_part(field.uri)) : std::string(list));
  write_entry(writer, field, value);
  writer.close();
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
  if (const auto* indexed = std::get_if<IndexedField>(&property.field.path)) {
    write_indexed(writer, *indexed, property.value);
    return;
  }
  write_value(writer, last_part(std::get<std::string>(property.field.path)), property.value);
}

void write_new_item(XmlWriter& writer, const NewItem& item) {
  writer.open("t:" + item.kind);
  if (item.mime) writer.open("t:MimeContent").attribute("CharacterSet", "UTF-8").text(to_base64(*item.mime)).close();
  std::vector<std::pair<std::ptrdiff_t, std::size_t>> ordered;
  for (std::size_t i = 0; i < item.properties.size(); ++i) ordered.emplace_back(place_of(item.properties[i]), i);
  std::ranges::sort(ordered);
  std::string_view list;
  for (auto [place, i] : ordered) {
    const Property& property = item.properties[i];
    // Entries of one list stand in it together.
    const std::string_view own_list = list_of(property.field);
    if (own_list != list && !list.empty()) writer.close();
    if (own_list != list && !own_list.empty()) writer.open(own_list);
    list = own_list;
    if (list.empty()) {
      write_property(writer, property);
    } else {
      write_entry(writer, std::get<IndexedField>(property.field.path), property.value);
    }
  }
  if (!list.empty()) writer.close();
  writer.close();
}

}  // namespace mailward::ews
