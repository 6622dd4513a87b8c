#include "ews/operations/move_folder.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string MoveFolder::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_target(writer, "m:ToFolderId", to);
  write_folders(writer, "m:FolderIds", folders);
  writer.close();
  return writer.take();
}

Outcome<MoveFolder::Response> MoveFolder::read(XmlElement payload) {
  return read_messages<std::vector<Folder>>(payload, kName,
                                            [](XmlElement message) { return read_folders(message.child("Folders")); });
}

}  // namespace mailward::ews
