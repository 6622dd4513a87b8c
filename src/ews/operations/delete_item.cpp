#include "ews/operations/delete_item.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string DeleteItem::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("DeleteType", disposal_name(disposal));
  // Exchange wants to be told for calendar items and for tasks, and takes it with any other.
  writer.attribute("SendMeetingCancellations", "SendToNone").attribute("AffectedTaskOccurrences", "AllOccurrences");
  writer.attribute("SuppressReadReceipts", "true");
  write_items(writer, items);
  writer.close();
  return writer.take();
}

Outcome<DeleteItem::Response> DeleteItem::read(XmlElement payload) {
  return read_messages<Nothing>(payload, kName, [](XmlElement) { return Nothing{}; });
}

}  // namespace mailward::ews
