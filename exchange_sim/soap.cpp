#include "exchange_sim/soap.h"

#include <fmt/format.h>

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kDeclaration = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
constexpr std::string_view kEnvelope = "<s:Envelope xmlns:s=\"http://schemas.xmlsoap.org/soap/envelope/\">";
constexpr std::string_view kXsi = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kXsd = "http://www.w3.org/2001/XMLSchema";

std::expected<std::optional<Impersonation>, SoapFault> read_impersonation(const XmlRequest& xml,
                                                                          pugi::xml_node header) {
  const auto node = child(header, kTypesNs, "ExchangeImpersonation");
  if (!node) return std::nullopt;
  const auto sid = child(node, kTypesNs, "ConnectingSID");
  const auto choices = elements(sid);
  if (!sid || choices.empty()) {
    return std::unexpected(schema_violation(xml, node,
                                            "The element 'ExchangeImpersonation' in namespace "
                                            "'http://schemas.microsoft.com/exchange/services/2006/types' has "
                                            "incomplete content."));
  }
  if (choices.size() > 1) {
    return std::unexpected(schema_violation(xml, choices[1],
                                            "The element 'ConnectingSID' in namespace "
                                            "'http://schemas.microsoft.com/exchange/services/2006/types' has invalid "
                                            "child element '" +
                                                std::string(local_name(choices[1])) + "' in namespace '" +
                                                std::string(namespace_of(choices[1])) + "'."));
  }
  const std::string kind(local_name(choices.front()));
  if (kind != "PrimarySmtpAddress" && kind != "SmtpAddress" && kind != "PrincipalName" && kind != "SID") {
    return std::unexpected(schema_violation(xml, choices.front(),
                                            "The element 'ConnectingSID' in namespace "
                                            "'http://schemas.microsoft.com/exchange/services/2006/types' has invalid "
                                            "child element '" +
                                                kind + "' in namespace '" + std::string(namespace_of(choices.front())) +
                                                "'."));
  }
  return Impersonation{.kind = kind, .value = std::string(text_of(choices.front()))};
}

std::string version_attributes(const Build& build) {
  return fmt::format(R"( MajorVersion="{}" MinorVersion="{}" MajorBuildNumber="{}" MinorBuildNumber="{}" Version="{}")",
                     build.major, build.minor, build.major_build, build.minor_build, build.version);
}

}  // namespace

std::string write_fault(const SoapFault& fault) {
  XmlWriter xml;
  xml.raw(kDeclaration);
  xml.raw(kEnvelope);
  xml.open("s:Body");
  xml.open("s:Fault");
  xml.text("faultcode", "a:" + fault.code, {{"xmlns:a", kTypesNs}});
  xml.text("faultstring", fault.fault_string.empty() ? fault.message : fault.fault_string, {{"xml:lang", "en-US"}});
  xml.open("detail");
  xml.text("e:ResponseCode", fault.code, {{"xmlns:e", kErrorsNs}});
  xml.text("e:Message", fault.message, {{"xmlns:e", kErrorsNs}});
  if (fault.schema) {
    xml.open("t:MessageXml", {{"xmlns:t", kTypesNs}});
    xml.number("t:LineNumber", static_cast<long long>(fault.schema->place.line));
    xml.number("t:LinePosition", static_cast<long long>(fault.schema->place.position));
    xml.text("t:Violation", fault.schema->violation);
    xml.close("t:MessageXml");
  } else if (!fault.values.empty()) {
    xml.open("t:MessageXml", {{"xmlns:t", kTypesNs}});
    for (const auto& [name, value] : fault.values) xml.text("t:Value", value, {{"Name", name}});
    xml.close("t:MessageXml");
  }
  xml.close("detail");
  xml.close("s:Fault");
  xml.close("s:Body");
  xml.close("s:Envelope");
  return xml.take();
}

std::string write_internal_fault() {
  constexpr std::string_view kDispatcher =
      "http://schemas.microsoft.com/net/2005/12/windowscommunicationfoundation/dispatcher";
  XmlWriter xml;
  xml.open("s:Envelope", {{"xmlns:s", kSoapNs}, {"xmlns:a", "http://www.w3.org/2005/08/addressing"}});
  xml.open("s:Header");
  xml.text("a:Action", std::string(kDispatcher) + "/fault", {{"s:mustUnderstand", "1"}});
  xml.close("s:Header");
  xml.open("s:Body");
  xml.open("s:Fault");
  xml.text("faultcode", "a:InternalServiceFault", {{"xmlns:a", kDispatcher}});
  xml.text("faultstring", "The server was unable to process the request due to an internal error.",
           {{"xml:lang", "en-US"}});
  xml.close("s:Fault");
  xml.close("s:Body");
  xml.close("s:Envelope");
  return xml.take();
}

std::string write_envelope(const Build& build, std::string_view operation, std::string_view inner) {
  const std::string name = std::string(operation) + "Response";
  return write_envelope(build, ResponseElement{.name = name}, inner);
}

std::string write_envelope(const Build& build, const ResponseElement& element, std::string_view inner) {
  const std::string response = "m:" + std::string(element.name);
  XmlWriter xml;
  xml.raw(kDeclaration);
  xml.raw(kEnvelope);
  xml.open("s:Header");
  xml.raw(fmt::format(R"(<h:ServerVersionInfo{} xmlns:h="{}" xmlns="{}" xmlns:xsd="{}" xmlns:xsi="{}"/>)",
                      version_attributes(build), kTypesNs, kTypesNs, kXsd, kXsi));
  xml.close("s:Header");
  xml.open("s:Body", {{"xmlns:xsi", kXsi}, {"xmlns:xsd", kXsd}});
  if (element.response_class.empty()) {
    xml.open(response, {{"xmlns:m", kMessagesNs}, {"xmlns:t", kTypesNs}});
  } else {
    xml.open(response, {{"ResponseClass", element.response_class}, {"xmlns:m", kMessagesNs}, {"xmlns:t", kTypesNs}});
  }
  xml.raw(inner);
  xml.close(response);
  xml.close("s:Body");
  xml.close("s:Envelope");
  return xml.take();
}

std::string write_streamed_envelope(const Build& build, std::string_view operation, std::string_view inner) {
  const std::string response = "m:" + std::string(operation) + "Response";
  XmlWriter xml;
  xml.open("Envelope", {{"xmlns", kSoapNs}});
  xml.open("soap11:Header", {{"xmlns:soap11", kSoapNs}});
  xml.raw(fmt::format(R"(<ServerVersionInfo xmlns:xsd="{}" xmlns:xsi="{}"{} xmlns="{}"/>)", kXsd, kXsi,
                      version_attributes(build), kTypesNs));
  xml.close("soap11:Header");
  xml.open("soap11:Body", {{"xmlns:soap11", kSoapNs}});
  xml.open(response, {{"xmlns:xsd", kXsd}, {"xmlns:xsi", kXsi}, {"xmlns:t", kTypesNs}, {"xmlns:m", kMessagesNs}});
  xml.raw(inner);
  xml.close(response);
  xml.close("soap11:Body");
  xml.close("Envelope");
  return xml.take();
}

SoapFault plain_fault(std::string code, std::string message) {
  SoapFault fault;
  fault.code = std::move(code);
  fault.message = std::move(message);
  return fault;
}

SoapFault schema_violation(const XmlRequest& request, pugi::xml_node node, std::string violation) {
  SoapFault fault;
  fault.code = "ErrorSchemaValidation";
  fault.message = "The request failed schema validation.";
  fault.fault_string = "The request failed schema validation: " + violation;
  fault.schema = {.place = request.place(node), .violation = std::move(violation)};
  return fault;
}

SoapFault unreadable(const std::string& explanation, XmlPlace place) {
  SoapFault fault;
  fault.code = "ErrorSchemaValidation";
  fault.message = "The request failed schema validation.";
  fault.fault_string = "The request failed schema validation: " + explanation;
  fault.schema = {.place = place, .violation = explanation};
  return fault;
}

std::expected<SoapRequest, SoapFault> read_soap(std::string text, const XmlLimits& limits) {
  auto parsed = XmlRequest::parse(std::move(text), limits);
  if (!parsed) return std::unexpected(unreadable(parsed.error().words, parsed.error().place));
  SoapRequest request{.xml = *std::move(parsed)};
  const auto root = request.xml.root();
  if (!is(root, kSoapNs, "Envelope")) {
    return std::unexpected(schema_violation(request.xml, root,
                                            "The element '" + std::string(local_name(root)) + "' was found where '" +
                                                std::string(kSoapNs) + ":Envelope' was expected."));
  }
  const auto header = child(root, kSoapNs, "Header");
  if (const auto version = child(header, kTypesNs, "RequestServerVersion")) {
    request.server_version = version.attribute("Version").value();
    if (request.server_version.empty()) {
      return std::unexpected(schema_violation(request.xml, version, "The required attribute 'Version' is missing."));
    }
  }
  auto impersonation = read_impersonation(request.xml, header);
  if (!impersonation) return std::unexpected(impersonation.error());
  request.impersonation = *std::move(impersonation);
  const auto body = child(root, kSoapNs, "Body");
  const auto inside = elements(body);
  if (inside.empty())
    return std::unexpected(
        schema_violation(request.xml, body ? body : root, "The element 'Body' has incomplete content."));
  if (inside.size() > 1) {
    return std::unexpected(schema_violation(request.xml, inside[1],
                                            "The element 'Body' has more than one child: a call is of one operation."));
  }
  request.body = inside.front();
  request.operation = local_name(request.body);
  return request;
}

}  // namespace mailward::exchange_sim
