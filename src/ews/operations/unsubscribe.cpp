#include "ews/operations/unsubscribe.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string Unsubscribe::body() const {
  XmlWriter writer;
  open_operation(writer, kName).element("m:SubscriptionId", subscription).close();
  return writer.take();
}

Outcome<Unsubscribe::Response> Unsubscribe::read(XmlElement payload) {
  return read_messages<Nothing>(payload, kName, [](XmlElement) { return Nothing{}; });
}

}  // namespace mailward::ews
