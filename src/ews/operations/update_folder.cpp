#include "ews/operations/update_folder.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string UpdateFolder::body() const {
  XmlWriter writer;
  open_operation(writer, kName).open("m:FolderChanges");
  for (const Changed& changed : folders) {
    writer.open("t:FolderChange");
    write_folder_ref(writer, changed.folder);
    writer.open("t:Updates");
    for (const FieldChange& change : changed.changes) write_field_change(writer, change, "Folder", changed.kind);
    writer.close().close();
  }
  writer.close().close();
  return writer.take();
}

Outcome<UpdateFolder::Response> UpdateFolder::read(XmlElement payload) {
  return read_messages<std::vector<Folder>>(payload, kName,
                                            [](XmlElement message) { return read_folders(message.child("Folders")); });
}

}  // namespace mailward::ews
