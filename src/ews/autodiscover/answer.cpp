#include "ews/autodiscover/answer.h"

#include <array>

#include "base/bytes.h"
#include "ews/autodiscover/https_url.h"
#include "ews/soap_fault.h"
#include "ews/xml.h"

namespace mailward::ews {
namespace {

constexpr std::string_view kRequestNamespace =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/requestschema/2006";
constexpr std::string_view kResponseNamespace =
    "http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a";
constexpr std::string_view kSoapAutodiscover = "http://schemas.microsoft.com/exchange/2010/Autodiscover";
constexpr XmlLimits kLimits{.bytes = kAutodiscoverAnswerLimit, .depth = 40, .elements = 50'000};

/// The namespaces of these answers vary by version and kind of error: by local name alone.
XmlElement part(XmlElement parent, std::string_view name) {
  for (XmlElement at = parent.first_child(); at; at = at.next_sibling()) {
    if (at.name() == name) return at;
  }
  return {};
}

/// The EWS URL of a protocol: EwsUrl where it stands, else ASUrl, which means the same from 2010 on.
std::string ews_url_of(XmlElement protocol) {
  const std::string url = part(protocol, "EwsUrl").text();
  return url.empty() ? part(protocol, "ASUrl").text() : url;
}

void take_protocol(XmlElement protocol, DiscoveredMailbox& mailbox) {
  const std::string type = part(protocol, "Type").text();
  if (type == "EXCH") {
    mailbox.internal_ews_url = ews_url_of(protocol);
    mailbox.server = part(protocol, "Server").text();
  } else if (type == "EXPR" || (type == "EXHTTP" && mailbox.external_ews_url.empty())) {
    // EXHTTP, from 2013 on: one for inside and one for outside, which do not say which they are.
    mailbox.external_ews_url = ews_url_of(protocol);
  }
}

AutodiscoverAnswer settings_of(XmlElement response, XmlElement account) {
  AutodiscoverAnswer answer{.kind = AutodiscoverAnswer::Kind::settings};
  DiscoveredMailbox& mailbox = answer.mailbox;
  XmlElement user = part(response, "User");
  mailbox.display_name = part(user, "DisplayName").text();
  mailbox.address = part(user, "AutoDiscoverSMTPAddress").text();
  mailbox.exchange_online = lower_case(part(account, "MicrosoftOnline").text()) == "true";
  for (XmlElement at = account.first_child(); at; at = at.next_sibling()) {
    if (at.name() == "Protocol") take_protocol(at, mailbox);
    if (at.name() == "AlternativeMailbox" && part(at, "Type").text() == "Archive") {
      mailbox.archive_server = part(at, "Server").text();
    }
  }
  return answer;
}

AutodiscoverAnswer error_of(std::string code, std::string message) {
  return {.kind = AutodiscoverAnswer::Kind::error, .code = std::move(code), .message = std::move(message)};
}

constexpr std::array<std::string_view, 7> kWanted{"UserDisplayName", "AutoDiscoverSMTPAddress", "InternalEwsUrl",
                                                  "ExternalEwsUrl",  "InternalMailboxServer",   "AlternateMailboxes",
                                                  "UserMSOnline"};

void take_setting(XmlElement setting, DiscoveredMailbox& mailbox) {
  const std::string name = part(setting, "Name").text();
  const std::string value = part(setting, "Value").text();
  if (name == "UserDisplayName") mailbox.display_name = value;
  if (name == "AutoDiscoverSMTPAddress") mailbox.address = value;
  if (name == "InternalEwsUrl") mailbox.internal_ews_url = value;
  if (name == "ExternalEwsUrl") mailbox.external_ews_url = value;
  if (name == "InternalMailboxServer") mailbox.server = value;
  if (name == "UserMSOnline") mailbox.exchange_online = lower_case(value) == "true";
  for (XmlElement at : part(setting, "AlternateMailboxes").children()) {
    if (part(at, "Type").text() == "Archive") mailbox.archive_server = part(at, "Server").text();
  }
}

bool is_redirect(std::string_view code) {
  return code == "RedirectAddress" || code == "RedirectUrl";
}

AutodiscoverAnswer user_answer(XmlElement user) {
  const std::string code = part(user, "ErrorCode").text();
  if (is_redirect(code)) {
    return {.kind = code == "RedirectUrl" ? AutodiscoverAnswer::Kind::redirect_url
                                          : AutodiscoverAnswer::Kind::redirect_address,
            .redirect = part(user, "RedirectTarget").text()};
  }
  if (!code.empty() && code != "NoError") return error_of(code, part(user, "ErrorMessage").text());
  AutodiscoverAnswer answer{.kind = AutodiscoverAnswer::Kind::settings};
  for (XmlElement at : part(user, "UserSettings").children()) take_setting(at, answer.mailbox);
  return answer;
}

}  // namespace

const std::string& DiscoveredMailbox::ews_url() const {
  return parse_https_url(internal_ews_url) ? internal_ews_url : external_ews_url;
}

std::string pox_request(std::string_view address) {
  XmlWriter writer;
  writer.raw(R"(<?xml version="1.0" encoding="utf-8"?>)");
  writer.open("Autodiscover").attribute("xmlns", kRequestNamespace).open("Request");
  writer.element("EMailAddress", address).element("AcceptableResponseSchema", kResponseNamespace);
  writer.close().close();
  return writer.take();
}

Outcome<AutodiscoverAnswer> read_pox(std::string_view bytes) {
  MW_TRY(auto document, XmlDocument::parse(bytes, kLimits));
  XmlElement root = document.root();
  XmlElement response = part(root, "Response");
  if (root.name() != "Autodiscover" || !response) {
    return fail(
        Failure(EwsError::not_soap, "the answer is XML but none of Autodiscover: " + printable(root.name(), 40)));
  }
  if (XmlElement error = part(response, "Error")) {
    return error_of(part(error, "ErrorCode").text(), part(error, "Message").text());
  }
  XmlElement account = part(response, "Account");
  const std::string action = lower_case(part(account, "Action").text());
  if (action == "redirectaddr") {
    return AutodiscoverAnswer{.kind = AutodiscoverAnswer::Kind::redirect_address,
                              .redirect = part(account, "RedirectAddr").text()};
  }
  if (action == "redirecturl") {
    return AutodiscoverAnswer{.kind = AutodiscoverAnswer::Kind::redirect_url,
                              .redirect = part(account, "RedirectUrl").text()};
  }
  if (action != "settings") return error_of("", "no settings, no redirect and no error");
  return settings_of(response, account);
}

std::string user_settings_request(std::string_view address, std::string_view url) {
  XmlWriter writer;
  writer.raw(R"(<?xml version="1.0" encoding="utf-8"?>)");
  writer.open("soap:Envelope").attribute("xmlns:soap", kSoapNamespace).attribute("xmlns:a", kSoapAutodiscover);
  writer.attribute("xmlns:wsa", "http://www.w3.org/2005/08/addressing");
  writer.open("soap:Header").element("a:RequestedServerVersion", "Exchange2013");
  writer.element("wsa:Action", std::string(kSoapAutodiscover) + "/Autodiscover/GetUserSettings");
  writer.element("wsa:To", url).close();
  writer.open("soap:Body").open("a:GetUserSettingsRequestMessage").open("a:Request");
  writer.open("a:Users").open("a:User").element("a:Mailbox", address).close().close();
  writer.open("a:RequestedSettings");
  for (std::string_view setting : kWanted) writer.element("a:Setting", setting);
  writer.close().close().close().close().close();
  return writer.take();
}

Outcome<AutodiscoverAnswer> read_user_settings(std::string_view bytes) {
  MW_TRY(auto document, XmlDocument::parse(bytes, kLimits));
  XmlElement body = document.root().child(kSoapNamespace, "Body");
  XmlElement payload = body.first_child();
  if (payload.is(kSoapNamespace, "Fault")) return fail(read_fault(payload));
  XmlElement response = part(payload, "Response");
  if (!payload.is(kSoapAutodiscover, "GetUserSettingsResponseMessage") || !response) {
    return fail(Failure(EwsError::not_soap, "the answer is no answer of Autodiscover"));
  }
  if (XmlElement user = part(response, "UserResponses").first_child()) return user_answer(user);
  return error_of(part(response, "ErrorCode").text(), part(response, "ErrorMessage").text());
}

}  // namespace mailward::ews
