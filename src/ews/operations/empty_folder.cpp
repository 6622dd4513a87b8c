#include "ews/operations/empty_folder.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string EmptyFolder::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("DeleteType", disposal_name(disposal));
  writer.attribute("DeleteSubFolders", with_subfolders ? "true" : "false");
  write_folders(writer, "m:FolderIds", folders);
  writer.close();
  return writer.take();
}

Outcome<EmptyFolder::Response> EmptyFolder::read(XmlElement payload) {
  return read_messages<Nothing>(payload, kName, [](XmlElement) { return Nothing{}; });
}

}  // namespace mailward::ews
