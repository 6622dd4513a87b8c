#pragma once

#include <optional>
#include <string>
#include <vector>

#include "exchange_sim/builds.h"
#include "exchange_sim/xml_reading.h"
#include "exchange_sim/xml_writing.h"

/// SOAP envelopes as Exchange reads and writes them (recorded: garethp-php-ews, thunderbird-ews-rs, gautamsi-ews-js).
namespace mailward::exchange_sim {

/// A SOAP fault, sent with HTTP 500 and no soap:Header.
struct SoapFault {
  std::string code;     ///< "ErrorSchemaValidation"
  std::string message;  ///< e:Message
  /// faultstring where it says more than the message; empty for the same.
  std::string fault_string;
  struct SchemaPlace {
    XmlPlace place;
    std::string violation;
  };
  std::optional<SchemaPlace> schema;
  std::vector<std::pair<std::string, std::string>> values;  ///< t:Value of t:MessageXml
};

std::string write_fault(const SoapFault& fault);
/// A fault of WCF itself (a:InternalServiceFault), with its foreign header and no detail.
std::string write_internal_fault();

/// `inner` is the response element's content; Exchange's declarations stand around it.
std::string write_envelope(const Build& build, std::string_view operation, std::string_view inner);
/// The response's element by its name; `response_class` where it is itself the one response message, else empty.
struct ResponseElement {
  std::string_view name;
  std::string_view response_class{};
};
std::string write_envelope(const Build& build, const ResponseElement& element, std::string_view inner);
/// One of the envelopes of GetStreamingEvents, in which Exchange uses other prefixes and no XML declaration (recorded
/// by users of node-ews and php-ews, builds 14.1 to 15.1). Clients look for "<Envelope" in the stream.
std::string write_streamed_envelope(const Build& build, std::string_view operation, std::string_view inner);

/// One that is its code and its message.
SoapFault plain_fault(std::string code, std::string message);
SoapFault schema_violation(const XmlRequest& request, pugi::xml_node node, std::string violation);
/// What .NET says of a request that is no XML at all.
SoapFault unreadable(const std::string& explanation, XmlPlace place = {});

/// ConnectingSID: one of PrimarySmtpAddress, SmtpAddress, PrincipalName, SID.
struct Impersonation {
  std::string kind;
  std::string value;
};

struct SoapRequest {
  XmlRequest xml;
  std::string server_version{};  ///< RequestServerVersion/@Version; empty where absent
  std::optional<Impersonation> impersonation{};
  std::string operation{};  ///< local name of the element in soap:Body
  pugi::xml_node body{};    ///< that element
};

/// Reads envelope and headers; what the operation's element holds is the operation's to check.
std::expected<SoapRequest, SoapFault> read_soap(std::string text, const XmlLimits& limits = {});

}  // namespace mailward::exchange_sim
