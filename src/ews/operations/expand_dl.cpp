#include "ews/operations/expand_dl.h"

#include "ews/operations/new_item.h"
#include "ews/operations/page.h"
#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string ExpandDL::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  write_mailbox(writer, "m:Mailbox", list);
  writer.close();
  return writer.take();
}

Outcome<ExpandDL::Response> ExpandDL::read(XmlElement payload) {
  return read_messages<Expansion>(payload, kName, [](XmlElement message) {
    XmlElement held = message.child("DLExpansion");
    const auto page = read_page<Mailbox>(held);
    Expansion expansion{.members = {}, .total = page.total, .last = page.last};
    for (XmlElement at : held.children("Mailbox")) expansion.members.push_back(read_mailbox(at));
    return expansion;
  });
}

}  // namespace mailward::ews
