#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

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

void write_error(XmlWriter& xml, std::string_view operation, const ResponseError& error, std::string_view content) {
  const std::string name = "m:" + std::string(operation) + "ResponseMessage";
  const Operation* known = find_operation(operation);
  xml.open(name, {{"ResponseClass", "Error"}});
  xml.text("m:MessageText", error.text);
  xml.text("m:ResponseCode", error.code);
  xml.text("m:DescriptiveLinkKey", "0");
  if (!error.values.empty() || !error.path.empty()) {
    xml.open("m:MessageXml");
    if (!error.path.empty()) xml.empty("t:FieldURI", {{"FieldURI", error.path}});
    for (const auto& [key, value] : error.values) xml.text("t:Value", value, {{"Name", key}});
    xml.close("m:MessageXml");
  }
  if (!content.empty()) {
    xml.raw(content);
  } else if (known != nullptr) {
    xml.raw(known->empty_content);
  }
  xml.close(name);
}

}  // namespace mailward::exchange_sim
