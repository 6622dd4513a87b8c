#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/associated_items.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

/// t:Mailbox, t:Address or t:Id, with the kind of who has the address.
void write_address(XmlWriter& xml, const Organisation& organisation, std::string_view element, std::string_view smtp,
                   std::string_view name) {
  const Mailbox* mailbox = organisation.find_mailbox(smtp);
  const DistributionList* list = organisation.find_list(smtp);
  xml.open(element);
  xml.text("t:Name", mailbox != nullptr ? mailbox->display_name : list != nullptr ? list->name : std::string(name));
  xml.text("t:EmailAddress", smtp);
  xml.text("t:RoutingType", "SMTP");
  xml.text("t:MailboxType", mailbox != nullptr ? "Mailbox" : list != nullptr ? "PublicDL" : "OneOff");
  xml.close(element);
}

struct Member {
  std::string smtp;
  std::string name;
};

/// Of a personal list, kept as t:Members.
std::vector<Member> members_of(const Item& item) {
  std::vector<Member> found;
  const Value* members = item.find(field_id("distributionlist:Members"));
  if (members == nullptr) return found;
  const pugi::xml_document document = parse_kept(members->inner);
  for (const auto member : elements(document.document_element())) {
    const auto mailbox = child(member, kTypesNs, "Mailbox");
    found.push_back({.smtp = std::string(text_of(child(mailbox, kTypesNs, "EmailAddress"))),
                     .name = std::string(text_of(child(mailbox, kTypesNs, "Name")))});
  }
  return found;
}

std::expected<std::vector<Member>, ResponseError> expand(const OperationContext& context, pugi::xml_node mailbox) {
  if (context.mailbox_error) return std::unexpected(*context.mailbox_error);
  if (const auto id = child(mailbox, kTypesNs, "ItemId")) {
    const auto ref = locate_item(context, id, ItemUse::read);
    if (!ref) return std::unexpected(ref.error());
    if (ref->item->kind != ItemKind::distribution_list) {
      return std::unexpected(ResponseError{
          .code = "ErrorInvalidItemForOperationExpandDL", .text = "The item is no distribution list.", .values = {}});
    }
    return members_of(*ref->item);
  }
  const DistributionList* list = context.organisation.find_list(text_of(child(mailbox, kTypesNs, "EmailAddress")));
  if (list == nullptr) {
    return std::unexpected(
        ResponseError{.code = "ErrorNameResolutionNoResults", .text = "No results were found.", .values = {}});
  }
  std::vector<Member> found;
  for (const std::string& member : list->members) found.push_back({.smtp = member, .name = member});
  return found;
}

}  // namespace

/// MS-OXWSDLIST 3.1.4.1. One level, as Exchange does it. Recorded: gautamsi-ews-js 15.1.213.
OperationResult expand_dl(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"Mailbox"})) return std::unexpected(*std::move(fault));
  const auto members = expand(context, child(request.body, kMessagesNs, "Mailbox"));
  if (!members) return one_message("ExpandDL", std::unexpected(members.error()));
  XmlWriter xml;
  xml.open("m:DLExpansion",
           {{"TotalItemsInView", std::to_string(members->size())}, {"IncludesLastItemInRange", "true"}});
  for (const Member& member : *members) write_address(xml, context.organisation, "t:Mailbox", member.smtp, member.name);
  xml.close("m:DLExpansion");
  return one_message("ExpandDL", xml.take());
}

/// MS-OXWSGTRM 3.1.4.1. Shape: Microsoft's documentation of the operation.
OperationResult get_room_lists(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {})) return std::unexpected(*std::move(fault));
  XmlWriter xml;
  xml.open("m:RoomLists");
  for (const DistributionList& list : context.organisation.lists()) {
    if (list.rooms) write_address(xml, context.organisation, "t:Address", list.smtp, list.name);
  }
  xml.close("m:RoomLists");
  return sole_success(context, xml.str());
}

/// MS-OXWSGTRM 3.1.4.2.
OperationResult get_rooms(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"RoomList"})) return std::unexpected(*std::move(fault));
  const auto named = child(request.body, kMessagesNs, "RoomList");
  const DistributionList* list = context.organisation.find_list(text_of(child(named, kTypesNs, "EmailAddress")));
  if (list == nullptr || !list->rooms) {
    return sole_error(
        context, {.code = "ErrorNameResolutionNoResults", .text = "The room list could not be found.", .values = {}});
  }
  XmlWriter xml;
  xml.open("m:Rooms");
  for (const std::string& room : list->members) {
    xml.open("t:Room");
    write_address(xml, context.organisation, "t:Id", room, room);
    xml.close("t:Room");
  }
  xml.close("m:Rooms");
  return sole_success(context, xml.str());
}

/// MS-OXWSEDISC 3.1.4.4. Every mailbox is searchable for whoever may impersonate at all, as for a discovery manager.
OperationResult get_searchable_mailboxes(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"SearchFilter?", "ExpandGroupMembership?"})) {
    return std::unexpected(*std::move(fault));
  }
  if (!context.organisation.has_impersonation(context.account)) return sole_error(context, access_denied());
  const std::string wanted = lower_case(text_of(child(request.body, kMessagesNs, "SearchFilter")));
  XmlWriter xml;
  xml.open("m:SearchableMailboxes");
  for (const Mailbox& mailbox : context.organisation.mailboxes()) {
    const bool fits = lower_case(mailbox.smtp).find(wanted) != std::string::npos ||
                      lower_case(mailbox.display_name).find(wanted) != std::string::npos;
    if (!fits || mailbox.public_folders) continue;
    xml.open("t:SearchableMailbox");
    xml.text("t:Guid", mailbox.guid);
    xml.text("t:PrimarySmtpAddress", mailbox.smtp);
    xml.boolean("t:IsExternalMailbox", context.organisation.place(mailbox) == MailboxPlace::exchange_online);
    xml.empty("t:ExternalEmailAddress");
    xml.text("t:DisplayName", mailbox.display_name);
    xml.boolean("t:IsMembershipGroup", false);
    xml.text("t:ReferenceId", "/o=Organisation/ou=Exchange/cn=Recipients/cn=" + mailbox.guid);
    xml.close("t:SearchableMailbox");
  }
  xml.close("m:SearchableMailboxes");
  return sole_success(context, xml.str());
}

/// MS-OXWSPED 3.1.4.1. No password expires here. Recorded: gautamsi-ews-js 15.1.213: seven digits, no zone.
OperationResult get_password_expiration_date(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"MailboxSmtpAddress?"})) {
    return std::unexpected(*std::move(fault));
  }
  const std::string_view address = text_of(child(request.body, kMessagesNs, "MailboxSmtpAddress"));
  constexpr std::string_view kNever =
      "<m:PasswordExpirationDate>9999-12-31T23:59:59.9999999</m:PasswordExpirationDate>";
  if (!address.empty() && context.organisation.find_mailbox(address) == nullptr) {
    return sole_error(context,
                      {.code = "ErrorNonExistentMailbox",
                       .text = "The SMTP address has no mailbox associated with it.",
                       .values = {}},
                      kNever);
  }
  return sole_success(context, kNever);
}

}  // namespace mailward::exchange_sim
