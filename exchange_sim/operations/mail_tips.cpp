#include <algorithm>
#include <array>
#include <mutex>
#include <shared_mutex>

#include "exchange_sim/associated_items.h"
#include "exchange_sim/oof_settings.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 12> kTips{"All",
                                                 "OutOfOfficeMessage",
                                                 "MailboxFullStatus",
                                                 "CustomMailTip",
                                                 "ExternalMemberCount",
                                                 "TotalMemberCount",
                                                 "MaxMessageSize",
                                                 "DeliveryRestriction",
                                                 "ModerationStatus",
                                                 "InvalidRecipient",
                                                 "Scope",
                                                 "RecipientSuggestions"};
/// Kilobytes, as a new organisation has it.
constexpr std::string_view kMostMessage = "10240";

/// Out of office, and whether the mailbox is full: only its own store knows.
void write_mailbox_tips(XmlWriter& xml, const Mailbox& mailbox, const auto& wanted) {
  const std::shared_lock lock(mailbox.mutex);
  if (wanted("OutOfOfficeMessage")) {
    xml.open("t:OutOfOffice");
    xml.open("t:ReplyBody");
    xml.text("t:Message", oof_reply(mailbox).value_or(std::string()));
    xml.close("t:ReplyBody");
    xml.close("t:OutOfOffice");
  }
  if (wanted("MailboxFullStatus")) xml.boolean("t:MailboxFull", !mailbox.has_room_for(1));
}

std::string tips_for(const OperationContext& context, std::string_view address, std::string_view requested) {
  const auto wanted = [&](std::string_view tip) {
    return requested.find("All") != std::string_view::npos || requested.find(tip) != std::string_view::npos;
  };
  const Mailbox* mailbox = context.organisation.find_mailbox(address);
  const DistributionList* list = context.organisation.find_list(address);
  XmlWriter xml;
  xml.open("m:MailTips");
  xml.open("t:RecipientAddress");
  xml.text("t:Name", mailbox != nullptr ? mailbox->display_name : list != nullptr ? list->name : std::string());
  if (!address.empty()) xml.text("t:EmailAddress", address);
  xml.text("t:RoutingType", "SMTP");
  xml.close("t:RecipientAddress");
  xml.empty("t:PendingMailTips");
  if (mailbox != nullptr) write_mailbox_tips(xml, *mailbox, wanted);
  if (list != nullptr && wanted("TotalMemberCount")) {
    xml.number("t:TotalMemberCount", static_cast<long long>(list->members.size()));
  }
  if (list != nullptr && wanted("ExternalMemberCount")) {
    xml.number("t:ExternalMemberCount", std::ranges::count_if(list->members, [&](const std::string& member) {
                 return context.organisation.find_mailbox(member) == nullptr;
               }));
  }
  if (wanted("MaxMessageSize")) xml.text("t:MaxMessageSize", kMostMessage);
  if (wanted("DeliveryRestriction")) xml.boolean("t:DeliveryRestricted", false);
  if (wanted("ModerationStatus")) xml.boolean("t:IsModerated", false);
  if (wanted("InvalidRecipient")) {
    const std::string_view domain = address.substr(std::min(address.size(), address.find('@') + 1));
    // Of others nothing is known.
    const bool ours = domain == context.organisation.domain();
    xml.boolean("t:InvalidRecipient", ours && mailbox == nullptr && list == nullptr);
  }
  xml.close("m:MailTips");
  return xml.take();
}

}  // namespace

/// MS-OXWSMTIPS 3.1.4.1. Recorded: exchangelib (answer). It sends "All" as text of the operation's own element in place
/// of m:MailTipsRequested, which the schema forbids and its tests against real servers do (test_account.py).
OperationResult get_mail_tips(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"SendingAs", "Recipients", "MailTipsRequested?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto requested = child(request.body, kMessagesNs, "MailTipsRequested");
  if (!requested && text_of(request.body) != "All") return std::unexpected(incomplete(request, request.body));
  const std::string_view tips = text_of(requested ? requested : request.body);
  std::string_view rest = tips;
  while (!rest.empty()) {
    const auto blank = rest.find(' ');
    if (std::ranges::find(kTips, rest.substr(0, blank)) == kTips.end()) {
      return std::unexpected(invalid_choice(request, requested, "MailTipTypes"));
    }
    rest.remove_prefix(blank == std::string_view::npos ? rest.size() : blank + 1);
  }
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  for (const auto recipient : elements(child(request.body, kMessagesNs, "Recipients"))) {
    xml.open("m:MailTipsResponseMessageType", {{"ResponseClass", "Success"}});
    xml.text("m:ResponseCode", "NoError");
    xml.raw(tips_for(context, text_of(child(recipient, kTypesNs, "EmailAddress")), tips));
    xml.close("m:MailTipsResponseMessageType");
  }
  xml.close("m:ResponseMessages");
  return sole_success(context, xml.str());
}

}  // namespace mailward::exchange_sim
