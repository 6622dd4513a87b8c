#include "exchange_sim/service_description.h"

#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kWsdlNs = "http://schemas.xmlsoap.org/wsdl/";
constexpr std::string_view kWsdlSoapNs = "http://schemas.xmlsoap.org/wsdl/soap/";
constexpr std::string_view kSchemaNs = "http://www.w3.org/2001/XMLSchema";
constexpr std::string_view kHttp = "http://schemas.xmlsoap.org/soap/http";

/// The operation's own name: a few have elements that are called otherwise.
std::string name_of(const Operation& operation) {
  std::string_view name = operation.name;
  if (name.ends_with("Request")) name.remove_suffix(std::string_view("Request").size());
  return std::string(name);
}

std::string response_of(const Operation& operation) {
  return operation.response.empty() ? std::string(operation.name) + "Response" : std::string(operation.response);
}

/// The elements of a namespace: whatever may stand in each.
void write_schema(XmlWriter& xml, std::string_view ns, const std::vector<std::string>& names) {
  xml.open("xs:schema", {{"targetNamespace", ns}, {"elementFormDefault", "qualified"}});
  for (const std::string& name : names) {
    xml.open("xs:element", {{"name", name}});
    xml.open("xs:complexType");
    xml.open("xs:sequence");
    xml.empty("xs:any", {{"minOccurs", "0"}, {"maxOccurs", "unbounded"}, {"processContents", "lax"}});
    xml.close("xs:sequence");
    xml.empty("xs:anyAttribute", {{"processContents", "lax"}});
    xml.close("xs:complexType");
    xml.close("xs:element");
  }
  xml.close("xs:schema");
}

void write_types(XmlWriter& xml) {
  std::vector<std::string> messages;
  for (const Operation& operation : operations()) {
    messages.emplace_back(operation.name);
    messages.push_back(response_of(operation));
  }
  xml.open("wsdl:types");
  write_schema(xml, kTypesNs, {"RequestServerVersion", "ExchangeImpersonation", "ServerVersionInfo"});
  write_schema(xml, kMessagesNs, messages);
  xml.close("wsdl:types");
}

void write_part(XmlWriter& xml, std::string_view name, const std::string& element) {
  xml.empty("wsdl:part", {{"name", name}, {"element", element}});
}

void write_messages(XmlWriter& xml, const Operation& operation) {
  xml.open("wsdl:message", {{"name", name_of(operation) + "SoapIn"}});
  write_part(xml, "request", "tns:" + std::string(operation.name));
  write_part(xml, "RequestVersion", "t:RequestServerVersion");
  write_part(xml, "Impersonation", "t:ExchangeImpersonation");
  xml.close("wsdl:message");
  xml.open("wsdl:message", {{"name", name_of(operation) + "SoapOut"}});
  write_part(xml, "response", "tns:" + response_of(operation));
  write_part(xml, "ServerVersion", "t:ServerVersionInfo");
  xml.close("wsdl:message");
}

void write_port_type(XmlWriter& xml) {
  xml.open("wsdl:portType", {{"name", "ExchangeServicePortType"}});
  for (const Operation& operation : operations()) {
    const std::string name = name_of(operation);
    xml.open("wsdl:operation", {{"name", name}});
    xml.empty("wsdl:input", {{"message", "tns:" + name + "SoapIn"}});
    xml.empty("wsdl:output", {{"message", "tns:" + name + "SoapOut"}});
    xml.close("wsdl:operation");
  }
  xml.close("wsdl:portType");
}

void write_header(XmlWriter& xml, const std::string& message, std::string_view part) {
  xml.empty("soap:header", {{"message", message}, {"part", part}, {"use", "literal"}});
}

void write_bound(XmlWriter& xml, const Operation& operation) {
  const std::string name = name_of(operation);
  xml.open("wsdl:operation", {{"name", name}});
  xml.empty("soap:operation", {{"soapAction", std::string(kMessagesNs) + "/" + name}});
  xml.open("wsdl:input");
  write_header(xml, "tns:" + name + "SoapIn", "Impersonation");
  write_header(xml, "tns:" + name + "SoapIn", "RequestVersion");
  xml.empty("soap:body", {{"parts", "request"}, {"use", "literal"}});
  xml.close("wsdl:input");
  xml.open("wsdl:output");
  write_header(xml, "tns:" + name + "SoapOut", "ServerVersion");
  xml.empty("soap:body", {{"parts", "response"}, {"use", "literal"}});
  xml.close("wsdl:output");
  xml.close("wsdl:operation");
}

void write_binding(XmlWriter& xml) {
  xml.open("wsdl:binding", {{"name", "ExchangeServiceBinding"}, {"type", "tns:ExchangeServicePortType"}});
  xml.empty("soap:binding", {{"transport", kHttp}, {"style", "document"}});
  for (const Operation& operation : operations()) write_bound(xml, operation);
  xml.close("wsdl:binding");
}

}  // namespace

std::string service_description(const std::string& host) {
  XmlWriter xml;
  xml.raw("<?xml version=\"1.0\" encoding=\"utf-8\"?>");
  xml.open("wsdl:definitions", {{"xmlns:wsdl", kWsdlNs},
                                {"xmlns:soap", kWsdlSoapNs},
                                {"xmlns:xs", kSchemaNs},
                                {"xmlns:tns", kMessagesNs},
                                {"xmlns:t", kTypesNs},
                                {"targetNamespace", kMessagesNs}});
  write_types(xml);
  for (const Operation& operation : operations()) write_messages(xml, operation);
  write_port_type(xml);
  write_binding(xml);
  xml.open("wsdl:service", {{"name", "ExchangeServices"}});
  xml.open("wsdl:port", {{"name", "ExchangeServicePort"}, {"binding", "tns:ExchangeServiceBinding"}});
  xml.empty("soap:address", {{"location", "https://" + host + "/EWS/Exchange.asmx"}});
  xml.close("wsdl:port");
  xml.close("wsdl:service");
  xml.close("wsdl:definitions");
  return xml.take();
}

}  // namespace mailward::exchange_sim
