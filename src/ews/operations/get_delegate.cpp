#include "ews/operations/get_delegate.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

GetDelegate::Delegate read_delegate(XmlElement element) {
  XmlElement user = element.child("UserId");
  GetDelegate::Delegate delegate;
  delegate.address = user.child("PrimarySmtpAddress").text();
  delegate.name = user.child("DisplayName").text();
  delegate.sid = user.child("SID").text();
  constexpr std::string_view kEnd = "FolderPermissionLevel";
  for (XmlElement at : element.child("DelegatePermissions").children()) {
    std::string_view name = at.name();
    if (name.ends_with(kEnd)) delegate.levels.emplace_back(name.substr(0, name.size() - kEnd.size()), at.text());
  }
  delegate.copies_of_meetings = element.child("ReceiveCopiesOfMeetingMessages").boolean().value_or(false);
  delegate.sees_private = element.child("ViewPrivateItems").boolean().value_or(false);
  return delegate;
}

}  // namespace

std::string GetDelegate::body() const {
  XmlWriter writer;
  open_operation(writer, kName).attribute("IncludePermissions", permissions ? "true" : "false");
  writer.open("m:Mailbox").element("t:EmailAddress", mailbox).close().close();
  return writer.take();
}

/// The answer is a response message that holds one for each delegate.
Outcome<GetDelegate::Response> GetDelegate::read(XmlElement payload) {
  std::vector<ResponseMessage<Delegate>> delegates;
  for (XmlElement at : payload.child("ResponseMessages").children("DelegateUserResponseMessageType")) {
    MW_TRY(auto one,
           read_one_message(at, [](XmlElement message) { return read_delegate(message.child("DelegateUser")); }));
    delegates.push_back(std::move(one));
  }
  return read_single(payload, [&](XmlElement message) {
    return Delegates{.delegates = std::move(delegates),
                     .meeting_requests = message.child("DeliverMeetingRequests").text()};
  });
}

}  // namespace mailward::ews
