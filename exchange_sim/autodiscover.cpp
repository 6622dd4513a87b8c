#include "exchange_sim/autodiscover.h"

#include "base/bytes.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_reading.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kResponseNs = "http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006";
constexpr std::string_view kOutlookNs =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
constexpr std::string_view kSoapDiscoverNs = "http://schemas.microsoft.com/exchange/2010/Autodiscover";
constexpr std::string_view kOnline = "https://outlook.office365.com/EWS/Exchange.asmx";

/// The first element of that name anywhere, whatever its namespace: what clients wrap it in differs.
pugi::xml_node find(pugi::xml_node from, std::string_view name) {
  return from.find_node([&](pugi::xml_node one) { return local_name(one) == name; });
}

std::string ews_of(const std::string& base) {
  return base + "/EWS/Exchange.asmx";
}

std::string pox_error(std::string_view code, std::string_view message) {
  XmlWriter out;
  out.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
  out.open("Autodiscover", {{"xmlns", kResponseNs}});
  out.open("Response");
  out.open("Error", {{"Time", "12:00:00.0000000"}, {"Id", "1234567890"}});
  out.text("ErrorCode", code);
  out.text("Message", message);
  out.empty("DebugData");
  out.close("Error");
  out.close("Response");
  out.close("Autodiscover");
  return out.take();
}

void write_protocol(XmlWriter& out, std::string_view type, const std::string& server, const std::string& ews) {
  out.open("Protocol");
  out.text("Type", type);
  if (type != "WEB") {
    out.text("Server", server);
    out.text("EwsUrl", ews);
    out.text("ASUrl", ews);
    out.text("AuthPackage", "Negotiate");
  }
  out.close("Protocol");
}

void write_setting(XmlWriter& out, std::string_view name, std::string_view value) {
  out.open("UserSetting", {{"i:type", "StringSetting"}});
  out.text("Name", name);
  out.text("Value", value);
  out.close("UserSetting");
}

}  // namespace

bool is_autodiscover(std::string_view path) {
  const std::string lower = lower_case(path);
  return lower == "/autodiscover/autodiscover.xml" || lower == "/autodiscover/autodiscover.svc";
}

std::string answer_pox(const Organisation& organisation, std::string_view request, const std::string& base) {
  const auto parsed = XmlRequest::parse(std::string(request));
  const pugi::xml_node address = parsed ? find(parsed->root(), "EMailAddress") : pugi::xml_node();
  if (!address || !find(parsed->root(), "AcceptableResponseSchema")) return pox_error("600", "Invalid Request");
  const Mailbox* mailbox = organisation.find_mailbox(text_of(address));
  if (mailbox == nullptr) return pox_error("500", "The email address can't be found.");
  const bool online = organisation.place(*mailbox) == MailboxPlace::exchange_online;
  const std::string ews = online ? std::string(kOnline) : ews_of(base);
  XmlWriter out;
  out.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
  out.open("Autodiscover", {{"xmlns", kResponseNs}});
  out.open("Response", {{"xmlns", kOutlookNs}});
  out.open("User");
  out.text("DisplayName", mailbox->smtp.substr(0, mailbox->smtp.find('@')));
  out.text("AutoDiscoverSMTPAddress", mailbox->smtp);
  out.close("User");
  out.open("Account");
  out.text("AccountType", "email");
  out.text("Action", "settings");
  out.text("MicrosoftOnline", online ? "True" : "False");
  const std::string server = make_guid(mailbox->smtp) + "@" + organisation.domain();
  for (const std::string_view type : {"EXCH", "EXPR", "WEB"}) write_protocol(out, type, server, ews);
  out.close("Account");
  out.close("Response");
  out.close("Autodiscover");
  return out.take();
}

std::string answer_user_settings(const Organisation& organisation, std::string_view request, const std::string& base) {
  const auto parsed = XmlRequest::parse(std::string(request));
  const pugi::xml_node address = parsed ? find(parsed->root(), "Mailbox") : pugi::xml_node();
  const Mailbox* mailbox = address ? organisation.find_mailbox(text_of(address)) : nullptr;
  XmlWriter out;
  out.open("s:Envelope", {{"xmlns:s", kSoapNs}});
  out.open("s:Body");
  out.open("GetUserSettingsResponseMessage",
           {{"xmlns", kSoapDiscoverNs}, {"xmlns:i", "http://www.w3.org/2001/XMLSchema-instance"}});
  out.open("Response");
  out.text("ErrorCode", "NoError");
  out.empty("ErrorMessage");
  out.open("UserResponses");
  out.open("UserResponse");
  out.text("ErrorCode", mailbox == nullptr ? "InvalidUser" : "NoError");
  out.text("ErrorMessage", mailbox == nullptr ? "Invalid user." : "No error.");
  out.open("UserSettings");
  if (mailbox != nullptr) {
    const bool online = organisation.place(*mailbox) == MailboxPlace::exchange_online;
    const std::string ews = online ? std::string(kOnline) : ews_of(base);
    write_setting(out, "AutoDiscoverSMTPAddress", mailbox->smtp);
    write_setting(out, "InternalEwsUrl", ews);
    write_setting(out, "ExternalEwsUrl", ews);
  }
  out.close("UserSettings");
  out.close("UserResponse");
  out.close("UserResponses");
  out.close("Response");
  out.close("GetUserSettingsResponseMessage");
  out.close("s:Body");
  out.close("s:Envelope");
  return out.take();
}

}  // namespace mailward::exchange_sim
