#include "ews/operations/response.h"

#include "base/bytes.h"
#include "ews/soap_fault.h"

namespace mailward::ews {

Failure failure_of(const ResponseStatus& status) {
  Failure failure(is_throttling(status.said.code) ? EwsError::throttled : EwsError::response_error,
                  sentence_of(status.said));
  failure.said = status.said;
  return failure;
}

Outcome<ResponseStatus> read_status(XmlElement message) {
  ResponseStatus status;
  std::string_view named = message.attribute("ResponseClass");
  if (named == "Success") {
    status.response_class = ResponseClass::success;
  } else if (named == "Warning") {
    status.response_class = ResponseClass::warning;
  } else if (named == "Error") {
    status.response_class = ResponseClass::error;
  } else {
    return fail(Failure(EwsError::not_soap, "a response message of no known class: " + printable(named, 40)));
  }
  status.said.code_text = message.child("ResponseCode").text();
  status.said.code = response_code_of(status.said.code_text);
  status.said.text = message.child("MessageText").text();
  if (XmlElement words = message.child("MessageXml")) read_message_xml(words, status.said);
  return status;
}

Outcome<std::vector<XmlElement>> response_messages(XmlElement payload, std::string_view name) {
  XmlElement holder = payload.child(kMessagesNamespace, "ResponseMessages");
  if (!holder) return fail(Failure(EwsError::not_soap, "the answer holds no response messages"));
  std::vector<XmlElement> messages;
  for (XmlElement at = holder.first_child(); at; at = at.next_sibling()) {
    if (at.is(kMessagesNamespace, name)) messages.push_back(at);
  }
  if (messages.empty()) return fail(Failure(EwsError::not_soap, "the answer holds no " + std::string(name)));
  return messages;
}

}  // namespace mailward::ews
