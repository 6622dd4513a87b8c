#include "ews/operations/shape.h"

namespace mailward::ews {

XmlWriter& open_operation(XmlWriter& writer, std::string_view name) {
  return writer.open("m:" + std::string(name))
      .attribute("xmlns:m", kMessagesNamespace)
      .attribute("xmlns:t", kTypesNamespace);
}

void write_paths(XmlWriter& writer, const std::vector<FieldPath>& fields) {
  if (fields.empty()) return;
  writer.open("t:AdditionalProperties");
  for (const FieldPath& field : fields) write_field_path(writer, field);
  writer.close();
}

void write_folder_shape(XmlWriter& writer, BaseShape shape, const std::vector<FieldPath>& additional,
                        const std::vector<PropertyTag>& extended) {
  writer.open("m:FolderShape").element("t:BaseShape", base_shape_name(shape));
  std::vector<FieldPath> all = additional;
  all.insert(all.end(), extended.begin(), extended.end());
  write_paths(writer, all);
  writer.close();
}

void write_item_shape(XmlWriter& writer, const ItemShape& shape) {
  writer.open("m:ItemShape").element("t:BaseShape", base_shape_name(shape.base));
  if (shape.mime_content) writer.element("t:IncludeMimeContent", "true");
  if (shape.body != ItemShape::Body::as_stored) {
    writer.element("t:BodyType", shape.body == ItemShape::Body::html ? "HTML" : "Text");
  }
  write_paths(writer, shape.additional);
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
