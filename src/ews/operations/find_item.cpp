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
  write_item_shape(writer, {.base = shape, .additional = additional});
  write_page_view(writer, "m:IndexedPageItemView", max_entries, offset);
  if (restriction) restriction->write(writer);
  if (!order.empty()) {
    writer.open("m:SortOrder");
    for (const Order& by : order) {
      writer.open("t:FieldOrder").attribute("Order", by.descending ? "Descending" : "Ascending");
      write_field_path(writer, by.field);
      writer.close();
    }
    writer.close();
  }
  write_folders(writer, "m:ParentFolderIds", parents);
  if (query) writer.element("m:QueryString", *query);
  writer.close();
  return writer.take();
}

Outcome<FindItem::Response> FindItem::read(XmlElement payload) {
  return read_messages<Page<Item>>(payload, kName, &FindItem::read_message);
}

AnswerParts FindItem::parts() {
  static constexpr std::string_view kUnitsIn[] = {"Items"};
  return {.operation = kName, .units_in = kUnitsIn};
}

Page<Item> FindItem::read_message(XmlElement message) {
  XmlElement root = message.child("RootFolder");
  auto page = read_page<Item>(root);
  page.found = found_in(root);
  return page;
}

}  // namespace mailward::ews
