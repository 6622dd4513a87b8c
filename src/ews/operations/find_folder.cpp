#include "ews/operations/find_folder.h"

#include "ews/operations/page.h"
#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {
namespace {

std::string_view traversal_name(FindFolder::Traversal traversal) {
  switch (traversal) {
    case FindFolder::Traversal::shallow:
      return "Shallow";
    case FindFolder::Traversal::deep:
      return "Deep";
    case FindFolder::Traversal::soft_deleted:
      return "SoftDeleted";
  }
  return "Shallow";
}

}  // namespace

std::string FindFolder::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("Traversal", traversal_name(traversal));
  write_folder_shape(writer, shape, additional, extended);
  write_page_view(writer, "m:IndexedPageFolderView", max_entries, offset);
  std::vector<Restriction> wanted;
  if (name_begins) {
    wanted.push_back(Restriction::contains("folder:DisplayName", *name_begins, Restriction::Mode::prefixed));
  }
  if (restriction) wanted.push_back(*restriction);
  if (!wanted.empty()) Restriction::all_of(wanted).write(writer);
  write_folders(writer, "m:ParentFolderIds", parents);
  writer.close();
  return writer.take();
}

Outcome<FindFolder::Response> FindFolder::read(XmlElement payload) {
  return read_messages<Page<Folder>>(payload, kName, &FindFolder::read_message);
}

AnswerParts FindFolder::parts() {
  static constexpr std::string_view kUnitsIn[] = {"Folders"};
  return {.operation = kName, .units_in = kUnitsIn};
}

Page<Folder> FindFolder::read_message(XmlElement message) {
  XmlElement root = message.child("RootFolder");
  auto page = read_page<Folder>(root);
  page.found = read_folders(root.child("Folders"));
  return page;
}

}  // namespace mailward::ews
