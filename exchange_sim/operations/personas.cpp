#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kDirectory = "directory";

/// Somebody whom a folder of contacts, or the directory, knows.
struct Person {
  std::string id;
  std::string name;
  std::string given;
  std::string surname;
  std::string company;
  std::vector<std::string> addresses;
  Timestamp created{};
};

Person person_of(const Item& contact) {
  static const FieldId kAddresses = field_id("contacts:EmailAddresses");
  Person person{.id = contact.id,
                .name = plain_field(contact, field_id("contacts:DisplayName")),
                .given = plain_field(contact, field_id("contacts:GivenName")),
                .surname = plain_field(contact, field_id("contacts:Surname")),
                .company = plain_field(contact, field_id("contacts:CompanyName")),
                .addresses = {},
                .created = contact.created};
  for (const IndexedValue& each : contact.indexed()) {
    if (each.dictionary == kAddresses && each.part.empty()) person.addresses.push_back(plain_text(each.value.inner));
  }
  return person;
}

Person person_of(const Mailbox& mailbox) {
  return {.id = make_store_id(mailbox.guid, StoreIdKind::item, "persona/" + mailbox.smtp),
          .name = mailbox.display_name,
          .given = {},
          .surname = {},
          .company = {},
          .addresses = {mailbox.smtp}};
}

void write_address(XmlWriter& xml, std::string_view element, const std::string& address) {
  xml.open(element);
  xml.text("t:Name", address);
  xml.text("t:EmailAddress", address);
  xml.text("t:RoutingType", "SMTP");
  xml.close(element);
}

void write_persona(XmlWriter& xml, std::string_view element, const Person& person, BaseShape shape) {
  xml.open(element);
  xml.empty("t:PersonaId", {{"Id", person.id}});
  if (shape != BaseShape::id_only) {
    xml.text("t:PersonaType", "Person");
    if (person.created != Timestamp{}) xml.text("t:CreationTime", ews_time(person.created));
    xml.text("t:DisplayName", person.name);
    if (!person.given.empty()) xml.text("t:GivenName", person.given);
    if (!person.surname.empty()) xml.text("t:Surname", person.surname);
    if (!person.company.empty()) xml.text("t:CompanyName", person.company);
    if (!person.addresses.empty()) {
      write_address(xml, "t:EmailAddress", person.addresses.front());
      xml.open("t:EmailAddresses");
      for (const std::string& address : person.addresses) write_address(xml, "t:Address", address);
      xml.close("t:EmailAddresses");
    }
  }
  xml.close(element);
}

bool fits(const Person& person, const std::string& query) {
  const auto begins = [&](const std::string& text) { return lower_case(text).starts_with(query); };
  return begins(person.name) || begins(person.given) || begins(person.surname) ||
         std::ranges::any_of(person.addresses, begins);
}

std::vector<Person> people_of_directory(const OperationContext& context) {
  std::vector<Person> found;
  for (const Mailbox& mailbox : context.organisation.mailboxes()) {
    if (!mailbox.public_folders) found.push_back(person_of(mailbox));
  }
  return found;
}

std::vector<Person> people_in(const Folder& folder) {
  std::vector<Person> found;
  for (const auto& [arrival, item] : folder.items) {
    if (item->kind == ItemKind::contact && !item->associated) found.push_back(person_of(*item));
  }
  return found;
}

}  // namespace

/// MS-OXWSPERS (FindPeople): contacts of a folder; with a query string those whose names or addresses begin with it.
OperationResult find_people(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body,
                                  {"PersonaShape?", "IndexedPageItemView", "Restriction?", "AggregationRestriction?",
                                   "SortOrder?", "ParentFolderId?", "QueryString?", "*"})) {
    return std::unexpected(*std::move(fault));
  }
  BaseShape base = BaseShape::standard;
  if (const auto shape = child(request.body, kMessagesNs, "PersonaShape")) {
    // Whoever asks for one property gets them all: there are few.
    const bool only_ids =
        text_of(child(shape, kTypesNs, "BaseShape")) == "IdOnly" && !child(shape, kTypesNs, "AdditionalProperties");
    base = only_ids ? BaseShape::id_only : BaseShape::standard;
  }
  std::expected<FolderRef, ResponseError> folder = FolderRef{};
  const auto named = child(request.body, kMessagesNs, "ParentFolderId");
  // No folder of any mailbox.
  const bool in_directory = child(named, kTypesNs, "DistinguishedFolderId").attribute("Id").value() == kDirectory;
  if (in_directory) {
    if (context.mailbox_error) folder = std::unexpected(*context.mailbox_error);
  } else if (named) {
    auto read = read_target_folder(context, request, named, FolderUse::read);
    if (!read) return std::unexpected(std::move(read).error());
    folder = *std::move(read);
  } else if (const auto refusal = refusal_of_caller(context)) {
    folder = std::unexpected(*refusal);
  } else {
    folder->folder = context.mailbox->find_distinguished("contacts");
  }
  if (!folder) return sole_error(context, folder.error());
  const auto view = child(request.body, kMessagesNs, "IndexedPageItemView");
  if (const auto refused = refusal_of_page(view)) return sole_error(context, *refused);
  std::vector<Person> found = in_directory ? people_of_directory(context) : people_in(*folder->folder);
  const std::string query = lower_case(text_of(child(request.body, kMessagesNs, "QueryString")));
  std::erase_if(found, [&](const Person& person) { return !fits(person, query); });
  std::ranges::sort(found, {}, [](const Person& person) { return lower_case(person.name); });
  const auto page = read_page(request, view, found.size());
  if (!page) return std::unexpected(page.error());
  XmlWriter xml;
  xml.open("m:People");
  for (std::size_t i = page->first; i < page->first + page->count; ++i) {
    write_persona(xml, "t:Persona", found[i], base);
  }
  xml.close("m:People");
  xml.number("m:TotalNumberOfPeopleInView", static_cast<long long>(found.size()));
  xml.number("m:FirstMatchingRowIndex", static_cast<long long>(page->first));
  xml.number("m:FirstLoadedRowIndex", static_cast<long long>(page->first));
  return sole_success(context, xml.str());
}

/// MS-OXWSPERS (GetPersona). A persona is one contact, or a mailbox of the directory, by the id that FindPeople gave
/// it.
OperationResult get_persona(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"PersonaId?", "EmailAddress?", "*"})) {
    return std::unexpected(*std::move(fault));
  }
  if (const auto refusal = refusal_of_caller(context)) return sole_error(context, *refusal);
  const std::string_view id = child(request.body, kMessagesNs, "PersonaId").attribute("Id").value();
  std::optional<Person> person;
  const Item* contact = context.mailbox->find_item(id);
  if (contact != nullptr && contact->kind == ItemKind::contact) person = person_of(*contact);
  for (const Mailbox& mailbox : context.organisation.mailboxes()) {
    if (!person && person_of(mailbox).id == id) person = person_of(mailbox);
  }
  if (!person) return sole_error(context, item_not_found(), "<m:Persona><t:PersonaId Id=\"\"/></m:Persona>");
  XmlWriter xml;
  write_persona(xml, "m:Persona", *person, BaseShape::standard);
  return sole_success(context, xml.str());
}

}  // namespace mailward::exchange_sim
