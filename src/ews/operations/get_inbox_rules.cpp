#include "ews/operations/get_inbox_rules.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetInboxRules::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  if (!mailbox.empty()) writer.element("m:MailboxSmtpAddress", mailbox);
  writer.close();
  return writer.take();
}

/// The answer is its own response message.
Outcome<GetInboxRules::Response> GetInboxRules::read(XmlElement payload) {
  return read_single(payload, [](XmlElement message) {
    Rules read{.outlook_has_its_own = message.child("OutlookRuleBlobExists").boolean().value_or(false), .rules = {}};
    for (XmlElement at : message.child("InboxRules").children("Rule")) read.rules.push_back(read_inbox_rule(at));
    return read;
  });
}

}  // namespace mailward::ews
