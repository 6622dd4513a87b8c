#include "ews/operations/shape.h"

namespace mailward::ews {

XmlWriter& open_operation(XmlWriter& writer, std::string_view name) {
  return writer.open("m:" + std::string(name))
      .attribute("xmlns:m", kMessagesNamespace)
      .attribute("xmlns:t", kTypesNamespace);
}

void write_folder_shape(XmlWriter& writer, BaseShape shape, const std::vector<std::string>& additional,
                        const std::vector<PropertyTag>& extended) {
  writer.open("m:FolderShape").element("t:BaseShape", base_shape_name(shape));
  if (!additional.empty() || !extended.empty()) {
    writer.open("t:AdditionalProperties");
    for (const auto& field : additional) writer.open("t:FieldURI").attribute("FieldURI", field).close();
    for (const PropertyTag& property : extended) write_extended_field(writer, property);
    writer.close();
  }
  writer.close();
}

void write_item_shape(XmlWriter& writer, BaseShape shape, bool mime_content, const std::vector<std::string>& additional,
                      const std::vector<std::uint32_t>& tags) {
  writer.open("m:ItemShape").element("t:BaseShape", base_shape_name(shape));
  if (mime_content) writer.element("t:IncludeMimeContent", "true");
  if (!additional.empty() || !tags.empty()) {
    writer.open("t:AdditionalProperties");
    for (const auto& field : additional) writer.open("t:FieldURI").attribute("FieldURI", field).close();
    for (std::uint32_t tag : tags) write_extended_field(writer, {tag, "String"});
    writer.close();
  }
  writer.close();
}

void write_page_view(XmlWriter& writer, std::string_view name, std::uint32_t max_entries, std::uint32_t offset) {
  writer.open(name).attribute("MaxEntriesReturned", std::to_string(max_entries));
  writer.attribute("Offset", std::to_string(offset)).attribute("BasePoint", "Beginning").close();
}

void write_items(XmlWriter& writer, const std::vector<ItemId>& items) {
  writer.open("m:ItemIds");
  for (const ItemId& item : items) write_item_id(writer, item);
  writer.close();
}

void write_target(XmlWriter& writer, std::string_view name, const FolderRef& folder) {
  writer.open(name);
  write_folder_ref(writer, folder);
  writer.close();
}

void write_folders(XmlWriter& writer, std::string_view name, const std::vector<FolderRef>& folders) {
  writer.open(name);
  for (const auto& folder : folders) write_folder_ref(writer, folder);
  writer.close();
}

}  // namespace mailward::ews
