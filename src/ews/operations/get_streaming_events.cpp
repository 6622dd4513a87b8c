#include "ews/operations/get_streaming_events.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetStreamingEvents::body() const {
  XmlWriter writer;
  open_operation(writer, kName).open("m:SubscriptionIds");
  for (const auto& id : subscriptions) writer.element("t:SubscriptionId", id);
  writer.close().element("m:ConnectionTimeout", std::to_string(timeout.count())).close();
  return writer.take();
}

Outcome<GetStreamingEvents::Response> GetStreamingEvents::read(XmlElement payload) {
  return read_messages<Told>(payload, kName, &GetStreamingEvents::read_message);
}

GetStreamingEvents::Told GetStreamingEvents::read_message(XmlElement message) {
  Told told;
  // Exchange writes m:Notification where the schema says t:Notification; child() takes either.
  for (XmlElement at : message.child("Notifications").children("Notification")) {
    told.notifications.push_back(read_notification(at));
  }
  for (XmlElement at : message.child("ErrorSubscriptionIds").children("SubscriptionId")) told.lost.push_back(at.text());
  if (XmlElement status = message.child("ConnectionStatus")) {
    told.connection = status.text() == "Closed" ? Connection::closed : Connection::ok;
  }
  return told;
}

}  // namespace mailward::ews
