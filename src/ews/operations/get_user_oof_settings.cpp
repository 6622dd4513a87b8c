#include "ews/operations/get_user_oof_settings.h"

#include "ews/operations/read_messages.h"
#include "ews/operations/shape.h"

namespace mailward::ews {

namespace {

GetUserOofSettings::State state_of(std::string_view name) {
  if (name == "Enabled") return GetUserOofSettings::State::enabled;
  return name == "Scheduled" ? GetUserOofSettings::State::scheduled : GetUserOofSettings::State::disabled;
}

}  // namespace

std::string GetUserOofSettings::body() const {
  XmlWriter writer;
  writer.open("m:GetUserOofSettingsRequest").attribute("xmlns:m", kMessagesNamespace);
  writer.attribute("xmlns:t", kTypesNamespace);
  writer.open("t:Mailbox").element("t:Address", mailbox).close().close();
  return writer.take();
}

/// The response message stands beside the settings.
Outcome<GetUserOofSettings::Response> GetUserOofSettings::read(XmlElement payload) {
  XmlElement message = payload.child("ResponseMessage");
  if (!message) return fail(Failure(EwsError::not_soap, "the answer holds no response message"));
  return read_single(message, [&](XmlElement) {
    XmlElement held = payload.child("OofSettings");
    Settings settings{.state = state_of(held.child("OofState").text()),
                      .audience = held.child("ExternalAudience").text(),
                      .start = {},
                      .end = {},
                      .internal_reply = held.child("InternalReply").child("Message").text(),
                      .external_reply = held.child("ExternalReply").child("Message").text()};
    XmlElement duration = held.child("Duration");
    if (XmlElement start = duration.child("StartTime")) settings.start = start.text();
    if (XmlElement end = duration.child("EndTime")) settings.end = end.text();
    return settings;
  });
}

}  // namespace mailward::ews
