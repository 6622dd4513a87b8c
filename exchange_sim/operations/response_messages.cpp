#include "exchange_sim/operations.h"

namespace mailward::exchange_sim {

void write_success(XmlWriter& xml, std::string_view operation, std::string_view content) {
  const std::string name = "m:" + std::string(operation) + "ResponseMessage";
  xml.open(name, {{"ResponseClass", "Success"}});
  xml.text("m:ResponseCode", "NoError");
  xml.raw(content);
  xml.close(name);
}

void write_error(XmlWriter& xml, std::string_view operation, const ResponseError& error) {
  const std::string name = "m:" + std::string(operation) + "ResponseMessage";
  const Operation* known = find_operation(operation);
  xml.open(name, {{"ResponseClass", "Error"}});
  xml.text("m:MessageText", error.text);
  xml.text("m:ResponseCode", error.code);
  xml.text("m:DescriptiveLinkKey", "0");
  if (!error.values.empty()) {
    xml.open("m:MessageXml");
    for (const auto& [key, value] : error.values) xml.text("t:Value", value, {{"Name", key}});
    xml.close("m:MessageXml");
  }
  if (known != nullptr) xml.raw(known->empty_content);
  xml.close(name);
}

}  // namespace mailward::exchange_sim
