#include "ews/operations/delete_folder.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string DeleteFolder::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("DeleteType", disposal_name(disposal));
  write_folders(writer, "m:FolderIds", folders);
  writer.close();
  return writer.take();
}

Outcome<DeleteFolder::Response> DeleteFolder::read(XmlElement payload) {
  return read_messages<Nothing>(payload, kName, [](XmlElement) { return Nothing{}; });
}

}  // namespace mailward::ews
