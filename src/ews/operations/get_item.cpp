#include "ews/operations/get_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  ItemShape asked{.base = shape, .mime_content = mime_content, .body = body_type, .additional = additional};
  for (std::uint32_t tag : extended_tags) asked.additional.emplace_back(PropertyTag{tag, "String"});
  write_item_shape(writer, asked);
  write_items(writer, items);
  writer.close();
  return writer.take();
}

Outcome<GetItem::Response> GetItem::read(XmlElement payload) {
  return read_messages<std::vector<Item>>(payload, kName, &GetItem::read_message);
}

AnswerParts GetItem::parts() {
  static constexpr std::string_view kUnitsIn[] = {"Items"};
  static constexpr std::string_view kValues[] = {"MimeContent"};
  return {.operation = kName, .units_in = kUnitsIn, .values = kValues};
}

std::vector<Item> GetItem::read_message(XmlElement message) {
  return read_items(message.child("Items"));
}

}  // namespace mailward::ews
