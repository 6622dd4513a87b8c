#include "ews/operations/find_item.h"

#include <iterator>

#include "ews/operations/page.h"
#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {
namespace {

std::string_view traversal_name(FindItem::Traversal traversal) {
  switch (traversal) {
    case FindItem::Traversal::shallow:
      return "Shallow";
    case FindItem::Traversal::soft_deleted:
      return "SoftDeleted";
    case FindItem::Traversal::associated:
      return "Associated";
  }
  return "Shallow";
}

/// Items stand in t:Items or, from a grouped search, in t:Groups.
std::vector<Item> found_in(XmlElement root) {
  std::vector<Item> items = read_items(root.child("Items"));
  for (XmlElement group : root.child("Groups").children()) {
    auto more = read_items(group.child("Items"));
    std::move(more.begin(), more.end(), std::back_inserter(items));
  }
  return items;
}

}  // namespace

std::string FindItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("Traversal", traversal_name(traversal));
  write_item_shape(writer, shape, false, additional, {});
  write_page_view(writer, "m:IndexedPageItemView", max_entries, offset);
  if (restriction) {
    writer.open("m:Restriction").open("t:IsEqualTo");
    writer.open("t:FieldURI").attribute("FieldURI", restriction->field).close();
    writer.open("t:FieldURIOrConstant").open("t:Constant").attribute("Value", restriction->value).close().close();
    writer.close().close();
  }
  if (newest_first_by) {
    writer.open("m:SortOrder").open("t:FieldOrder").attribute("Order", "Descending");
    writer.open("t:FieldURI").attribute("FieldURI", *newest_first_by).close();
    writer.close().close();
  }
  write_folders(writer, "m:ParentFolderIds", parents);
  writer.close();
  return writer.take();
}

Outcome<FindItem::Response> FindItem::read(XmlElement payload) {
  return read_messages<Page<Item>>(payload, kName, [](XmlElement message) {
    XmlElement root = message.child("RootFolder");
    auto page = read_page<Item>(root);
    page.found = found_in(root);
    return page;
  });
}

}  // namespace mailward::ews
