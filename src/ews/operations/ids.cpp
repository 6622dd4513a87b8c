#include "ews/operations/ids.h"

namespace mailward::ews {

std::string_view base_shape_name(BaseShape shape) {
  switch (shape) {
    case BaseShape::id_only:
      return "IdOnly";
    case BaseShape::default_properties:
      return "Default";
    case BaseShape::all_properties:
      return "AllProperties";
  }
  return "Default";
}

void write_folder_ref(XmlWriter& writer, const FolderRef& folder) {
  if (const auto* id = std::get_if<FolderId>(&folder)) {
    writer.open("t:FolderId").attribute("Id", id->id);
    if (!id->change_key.empty()) writer.attribute("ChangeKey", id->change_key);
    writer.close();
    return;
  }
  const auto& distinguished = std::get<DistinguishedFolder>(folder);
  writer.open("t:DistinguishedFolderId").attribute("Id", distinguished.name);
  if (!distinguished.mailbox.empty()) writer.open("t:Mailbox").element("t:EmailAddress", distinguished.mailbox).close();
  writer.close();
}

void write_item_id(XmlWriter& writer, const ItemId& item) {
  writer.open("t:ItemId").attribute("Id", item.id);
  if (!item.change_key.empty()) writer.attribute("ChangeKey", item.change_key);
  writer.close();
}

FolderId read_folder_id(XmlElement element) {
  return {.id = std::string(element.attribute("Id")), .change_key = std::string(element.attribute("ChangeKey"))};
}

ItemId read_item_id(XmlElement element) {
  return {.id = std::string(element.attribute("Id")), .change_key = std::string(element.attribute("ChangeKey"))};
}

}  // namespace mailward::ews
