#include "ews/operations/export_items.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string ExportItems::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_items(writer, items);
  writer.close();
  return writer.take();
}

Outcome<ExportItems::Response> ExportItems::read(XmlElement payload) {
  return read_messages<Exported>(payload, kName, &ExportItems::read_message);
}

AnswerParts ExportItems::parts() {
  static constexpr std::string_view kValues[] = {"Data"};
  return {.operation = kName, .values = kValues};
}

ExportItems::Exported ExportItems::read_message(XmlElement message) {
  return {.id = read_item_id(message.child("ItemId")), .data = message.child("Data").text()};
}

}  // namespace mailward::ews
