#include "ews/operations/get_password_expiration_date.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

std::string GetPasswordExpirationDate::body() const {
  XmlWriter writer;
  open_operation(writer, kName);
  if (!mailbox.empty()) writer.element("m:MailboxSmtpAddress", mailbox);
  writer.close();
  return writer.take();
}

/// The answer is its own response message.
Outcome<GetPasswordExpirationDate::Response> GetPasswordExpirationDate::read(XmlElement payload) {
  return read_single(payload,
                     [](XmlElement message) { return Expiry{.date = message.child("PasswordExpirationDate").text()}; });
}

}  // namespace mailward::ews
