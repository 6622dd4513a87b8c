#include "ews/operations/get_user_configuration.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

std::vector<std::string> values_of(XmlElement object) {
  std::vector<std::string> values;
  for (XmlElement at : object.children("Value")) values.push_back(at.text());
  return values;
}

GetUserConfiguration::Configuration read_configuration(XmlElement element) {
  GetUserConfiguration::Configuration configuration;
  configuration.id = read_item_id(element.child("ItemId"));
  for (XmlElement at : element.child("Dictionary").children("DictionaryEntry")) {
    auto keys = values_of(at.child("DictionaryKey"));
    XmlElement value = at.child("DictionaryValue");
    configuration.dictionary.push_back({.key = keys.empty() ? std::string() : std::move(keys.front()),
                                        .type = value.child("Type").text(),
                                        .values = values_of(value)});
  }
  if (XmlElement xml = element.child("XmlData")) configuration.xml = xml.text();
  if (XmlElement binary = element.child("BinaryData")) configuration.binary = binary.text();
  return configuration;
}

}  // namespace

std::string GetUserConfiguration::body() const {
  XmlWriter writer;
  open_operation(writer, kName).open("m:UserConfigurationName").attribute("Name", name);
  write_folder_ref(writer, folder);
  writer.close().element("m:UserConfigurationProperties", "All").close();
  return writer.take();
}

Outcome<GetUserConfiguration::Response> GetUserConfiguration::read(XmlElement payload) {
  return read_messages<Configuration>(
      payload, kName, [](XmlElement message) { return read_configuration(message.child("UserConfiguration")); });
}

}  // namespace mailward::ews
