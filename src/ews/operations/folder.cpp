#include "ews/operations/folder.h"

#include <algorithm>

namespace mailward::ews {
namespace {

std::optional<std::string> text_of(XmlElement element) {
  return element ? std::optional(element.text()) : std::nullopt;
}

}  // namespace

bool Folder::hidden() const {
  return std::ranges::any_of(extended, [](const ExtendedProperty& one) {
    return one.tag == kAttributeHidden.tag && one.values.size() == 1 &&
           (one.values.front() == "true" || one.values.front() == "1");
  });
}

Folder read_folder(XmlElement element) {
  Folder folder;
  folder.kind = element.name();
  folder.id = read_folder_id(element.child("FolderId"));
  if (XmlElement parent = element.child("ParentFolderId")) folder.parent = read_folder_id(parent);
  folder.folder_class = text_of(element.child("FolderClass"));
  folder.display_name = text_of(element.child("DisplayName"));
  folder.total_count = element.child("TotalCount").integer();
  folder.child_folder_count = element.child("ChildFolderCount").integer();
  folder.unread_count = element.child("UnreadCount").integer();
  for (XmlElement one : element.children("ExtendedProperty")) folder.extended.push_back(read_extended_property(one));
  return folder;
}

std::vector<Folder> read_folders(XmlElement folders) {
  std::vector<Folder> read;
  for (XmlElement at = folders.first_child(); at; at = at.next_sibling()) read.push_back(read_folder(at));
  return read;
}

}  // namespace mailward::ews
