#include "ews/operations/get_folder.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetFolder::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_folder_shape(writer, shape, additional);
  write_folders(writer, "m:FolderIds", folders);
  writer.close();
  return writer.take();
}

Outcome<GetFolder::Response> GetFolder::read(XmlElement payload) {
  return read_messages<std::vector<Folder>>(payload, kName,
                                            [](XmlElement message) { return read_folders(message.child("Folders")); });
}

}  // namespace mailward::ews
