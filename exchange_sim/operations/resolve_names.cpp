#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 4> kBooleans{"true", "false", "1", "0"};
constexpr std::size_t kMostResults = 100;

bool fits(const Mailbox& mailbox, std::string_view entry) {
  const std::string wanted = lower_case(entry.starts_with("smtp:") ? entry.substr(5) : entry);
  const auto begins = [&](std::string_view text) { return lower_case(text).starts_with(wanted); };
  return begins(mailbox.smtp) || begins(mailbox.display_name) || begins(mailbox.upn) ||
         equal_ignoring_case(mailbox.account, entry) || std::ranges::any_of(mailbox.aliases, begins);
}

bool fits(const DistributionList& list, std::string_view entry) {
  const std::string wanted = lower_case(entry.starts_with("smtp:") ? entry.substr(5) : entry);
  return lower_case(list.smtp).starts_with(wanted) || lower_case(list.name).starts_with(wanted);
}

void write_mailbox(XmlWriter& xml, std::string_view name, std::string_view smtp, std::string_view type) {
  xml.open("t:Mailbox");
  xml.text("t:Name", name);
  xml.text("t:EmailAddress", smtp);
  xml.text("t:RoutingType", "SMTP");
  xml.text("t:MailboxType", type);
  xml.close("t:Mailbox");
}

void write_contact(XmlWriter& xml, const Mailbox& mailbox) {
  xml.open("t:Contact");
  xml.text("t:DisplayName", mailbox.display_name);
  xml.open("t:EmailAddresses");
  xml.text("t:Entry", "SMTP:" + mailbox.smtp, {{"Key", "EmailAddress1"}});
  xml.close("t:EmailAddresses");
  xml.text("t:ContactSource", "ActiveDirectory");
  xml.close("t:Contact");
}

}  // namespace

/// MS-OXWSRSLNM 3.1.4.1. Recorded: gautamsi-ews-js (several results), otris-ews-cpp (none).
OperationResult resolve_names(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_attribute(request, request.body, "ReturnFullContactData", "boolean", kBooleans)) {
    return std::unexpected(*fault);
  }
  if (auto fault = check_sequence(request, request.body, {"ParentFolderIds?", "UnresolvedEntry"})) {
    return std::unexpected(*fault);
  }
  const auto unresolved = child(request.body, kMessagesNs, "UnresolvedEntry");
  const std::string_view entry = text_of(unresolved);
  if (entry.empty()) {
    return std::unexpected(invalid_value(request, unresolved, std::string(kTypesNs) + ":NonEmptyStringType",
                                         "The actual length is less than the MinLength value."));
  }
  const std::string_view full = request.body.attribute("ReturnFullContactData").value();
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  std::vector<const Mailbox*> found;
  for (const Mailbox& mailbox : context.organisation.mailboxes()) {
    if (mailbox.public_folders) continue;
    if (fits(mailbox, entry) && found.size() < kMostResults) found.push_back(&mailbox);
  }
  std::vector<const DistributionList*> lists;
  for (const DistributionList& list : context.organisation.lists()) {
    if (fits(list, entry)) lists.push_back(&list);
  }
  const std::size_t count = found.size() + lists.size();
  if (context.mailbox_error) {
    write_error(xml, "ResolveNames", *context.mailbox_error);
  } else if (count == 0) {
    write_error(xml, "ResolveNames",
                {.code = "ErrorNameResolutionNoResults", .text = "No results were found.", .values = {}});
  } else {
    const bool several = count > 1;
    xml.open("m:ResolveNamesResponseMessage", {{"ResponseClass", several ? "Warning" : "Success"}});
    if (several) xml.text("m:MessageText", "Multiple results were found.");
    xml.text("m:ResponseCode", several ? "ErrorNameResolutionMultipleResults" : "NoError");
    if (several) xml.text("m:DescriptiveLinkKey", "0");
    const std::string total = std::to_string(count);
    xml.open("m:ResolutionSet", {{"TotalItemsInView", total}, {"IncludesLastItemInRange", "true"}});
    for (const Mailbox* mailbox : found) {
      xml.open("t:Resolution");
      write_mailbox(xml, mailbox->display_name, mailbox->smtp, "Mailbox");
      if (full == "true" || full == "1") write_contact(xml, *mailbox);
      xml.close("t:Resolution");
    }
    for (const DistributionList* list : lists) {
      xml.open("t:Resolution");
      write_mailbox(xml, list->name, list->smtp, "PublicDL");
      xml.close("t:Resolution");
    }
    xml.close("m:ResolutionSet");
    xml.close("m:ResolveNamesResponseMessage");
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

}  // namespace mailward::exchange_sim
