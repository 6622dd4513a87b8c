#include "ews/operations/get_events.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetEvents::body() const {
  XmlWriter writer;
  open_operation(writer, kName).element("m:SubscriptionId", subscription);
  writer.element("m:Watermark", watermark).close();
  return writer.take();
}

Outcome<GetEvents::Response> GetEvents::read(XmlElement payload) {
  return read_messages<Notification>(
      payload, kName, [](XmlElement message) { return read_notification(message.child("Notification")); });
}

}  // namespace mailward::ews
