#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

ResponseError id_empty() {
  return {.code = "ErrorInvalidIdEmpty", .text = "The Id is empty.", .values = {}};
}

ResponseError item_not_found() {
  return {.code = "ErrorItemNotFound", .text = "The specified object was not found in the store.", .values = {}};
}

ResponseError id_malformed() {
  return {.code = "ErrorInvalidIdMalformed", .text = "Id is malformed.", .values = {}};
}

ResponseError access_denied() {
  return {.code = "ErrorAccessDenied", .text = "Access is denied. Check credentials and try again.", .values = {}};
}

void write_success(XmlWriter& xml, std::string_view operation, std::string_view content) {
  const std::string name = "m:" + std::string(operation) + "ResponseMessage";
  xml.open(name, {{"ResponseClass", "Success"}});
  xml.text("m:ResponseCode", "NoError");
  xml.raw(content);
  xml.close(name);
}

void write_error_content(XmlWriter& xml, const ResponseError& error) {
  xml.text("m:MessageText", error.text);
  xml.text("m:ResponseCode", error.code);
  xml.text("m:DescriptiveLinkKey", "0");
  if (!error.values.empty() || !error.path.empty()) {
    xml.open("m:MessageXml");
    if (!error.path.empty()) xml.empty("t:FieldURI", {{"FieldURI", error.path}});
    for (const auto& [key, value] : error.values) xml.text("t:Value", value, {{"Name", key}});
    xml.close("m:MessageXml");
  }
}

void write_error(XmlWriter& xml, std::string_view operation, const ResponseError& error, std::string_view content) {
  const std::string name = "m:" + std::string(operation) + "ResponseMessage";
  const Operation* known = find_operation(operation);
  xml.open(name, {{"ResponseClass", "Error"}});
  write_error_content(xml, error);
  if (!content.empty()) {
    xml.raw(content);
  } else if (known != nullptr) {
    xml.raw(known->empty_content);
  }
  xml.close(name);
}

std::string one_message(std::string_view operation, const std::expected<std::string, ResponseError>& content) {
  XmlWriter xml;
  xml.open("m:ResponseMessages");
  if (content) {
    write_success(xml, operation, *content);
  } else {
    write_error(xml, operation, content.error());
  }
  xml.close("m:ResponseMessages");
  return xml.take();
}

std::string sole_success(OperationContext& context, std::string_view content) {
  context.response_class = "Success";
  return "<m:ResponseCode>NoError</m:ResponseCode>" + std::string(content);
}

std::string sole_error(OperationContext& context, const ResponseError& error, std::string_view content) {
  context.response_class = "Error";
  XmlWriter xml;
  write_error_content(xml, error);
  xml.raw(content);
  return xml.take();
}

}  // namespace mailward::exchange_sim
