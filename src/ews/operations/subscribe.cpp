#include "ews/operations/subscribe.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string Subscribe::body() const {
  const bool pulled = way == Way::pull;
  XmlWriter writer;
  open_operation(writer, kName);
  writer.open(pulled ? "m:PullSubscriptionRequest" : "m:StreamingSubscriptionRequest");
  if (folders.empty()) {
    writer.attribute("SubscribeToAllFolders", "true");
  } else {
    write_folders(writer, "t:FolderIds", folders);
  }
  writer.open("t:EventTypes");
  for (Event::Kind kind : events) writer.element("t:EventType", event_name(kind));
  writer.close();
  if (pulled && !watermark.empty()) writer.element("t:Watermark", watermark);
  if (pulled) writer.element("t:Timeout", std::to_string(timeout.count()));
  writer.close().close();
  return writer.take();
}

Outcome<Subscribe::Response> Subscribe::read(XmlElement payload) {
  return read_messages<Subscribed>(payload, kName, [](XmlElement message) {
    return Subscribed{.id = message.child("SubscriptionId").text(), .watermark = message.child("Watermark").text()};
  });
}

}  // namespace mailward::ews
