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
constexpr std::string_view kOnline = "https://outlook.office365.com/EWS/Exchange.asmx";

/// The first element of that name anywhere, whatever its namespace: what clients wrap it in differs.
pugi::xml_node find(pugi::xml_node from, std::string_view name) {
  return from.find_node([&](pugi::xml_node one) { return local_name(one) == name; });
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

void write_protocol(XmlWriter& out, std::string_view type, const Discovered& found) {
  out.open("Protocol");
  out.text("Type", type);
  if (type != "WEB") {
    out.text("Server", found.server);
    out.text("EwsUrl", found.ews_url);
    out.text("ASUrl", found.ews_url);
    out.text("AuthPackage", "Ntlm");
  }
  out.close("Protocol");
}

/// Where another answers: an address or a URL.
std::string pox_redirect(const Discovered& found) {
  XmlWriter out;
  out.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
  out.open("Autodiscover", {{"xmlns", kResponseNs}});
  out.open("Response", {{"xmlns", kOutlookNs}});
  out.open("Account");
  out.text("Action", found.url.empty() ? "redirectAddr" : "redirectUrl");
  if (found.url.empty()) {
    out.text("RedirectAddr", found.address);
  } else {
    out.text("RedirectUrl", found.url);
  }
  out.close("Account");
  out.close("Response");
  out.close("Autodiscover");
  return out.take();
}

}  // namespace

bool is_autodiscover(std::string_view path) {
  return lower_case(path) == "/autodiscover/autodiscover.xml" || is_autodiscover_soap(path);
}

bool is_autodiscover_soap(std::string_view path) {
  return lower_case(path) == "/autodiscover/autodiscover.svc";
}

bool is_autodiscover_target(std::string_view text) {
  if (text.find_first_of(" \t\"<>") != std::string_view::npos) return false;
  constexpr std::string_view kHttps = "https://";
  if (lower_case(text).starts_with(kHttps)) return text.size() > kHttps.size();
  const std::size_t at = text.find('@');
  return at != std::string_view::npos && at > 0 && at + 1 < text.size() && text.find(':') == std::string_view::npos;
}

std::optional<Discovered> discover(const Organisation& organisation, std::string_view address,
                                   const std::string& base) {
  const Mailbox* mailbox = organisation.find_mailbox(address);
  if (mailbox == nullptr) mailbox = organisation.mailbox_of_guid_address(address);
  const std::string holder = mailbox == nullptr ? organisation.public_folder_holder(address) : std::string();
  if (mailbox == nullptr && holder.empty()) return std::nullopt;
  Discovered found{.smtp = mailbox == nullptr ? holder : mailbox->smtp,
                   .display_name = mailbox == nullptr ? holder : mailbox->display_name};
  if (const Mailbox* hierarchy = organisation.public_folders()) found.public_folders = hierarchy->smtp;
  found.online = mailbox != nullptr && organisation.place(*mailbox) == MailboxPlace::exchange_online;
  found.ews_url = found.online ? std::string(kOnline) : base + "/EWS/Exchange.asmx";
  found.server = make_guid(found.smtp) + "@" + organisation.domain();
  if (mailbox == nullptr) return found;
  found.archive = mailbox->archive;
  const std::string elsewhere = organisation.autodiscover_target(*mailbox);
  (elsewhere.contains("://") ? found.url : found.address) = elsewhere;
  return found;
}

std::string answer_pox(const Organisation& organisation, std::string_view request, const std::string& base) {
  const auto parsed = XmlRequest::parse(std::string(request));
  const pugi::xml_node address = parsed ? find(parsed->root(), "EMailAddress") : pugi::xml_node();
  if (!address || !find(parsed->root(), "AcceptableResponseSchema")) return pox_error("600", "Invalid Request");
  const auto found = discover(organisation, text_of(address), base);
  if (!found) return pox_error("500", "The email address can't be found.");
  if (!found->address.empty() || !found->url.empty()) return pox_redirect(*found);
  XmlWriter out;
  out.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
  out.open("Autodiscover", {{"xmlns", kResponseNs}});
  out.open("Response", {{"xmlns", kOutlookNs}});
  out.open("User");
  out.text("DisplayName", found->display_name);
  out.text("AutoDiscoverSMTPAddress", found->smtp);
  out.close("User");
  out.open("Account");
  out.text("AccountType", "email");
  out.text("Action", "settings");
  out.text("MicrosoftOnline", found->online ? "True" : "False");
  for (const std::string_view type : {"EXCH", "EXPR", "WEB"}) write_protocol(out, type, *found);
  if (!found->public_folders.empty()) {
    out.open("PublicFolderInformation");
    out.text("SmtpAddress", found->public_folders);
    out.close("PublicFolderInformation");
  }
  out.close("Account");
  out.close("Response");
  out.close("Autodiscover");
  return out.take();
}

}  // namespace mailward::exchange_sim
