#include "ews/operations/create_folder.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string CreateFolder::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_target(writer, "m:ParentFolderId", parent);
  writer.open("m:Folders");
  for (const NewFolder& folder : folders) {
    writer.open("t:Folder");
    writer.element("t:FolderClass", folder.folder_class).element("t:DisplayName", folder.display_name);
    if (folder.hidden) write_extended_property(writer, kAttributeHidden, "true");
    writer.close();
  }
  writer.close().close();
  return writer.take();
}

Outcome<CreateFolder::Response> CreateFolder::read(XmlElement payload) {
  return read_messages<std::vector<Folder>>(payload, kName,
                                            [](XmlElement message) { return read_folders(message.child("Folders")); });
}

}  // namespace mailward::ews
