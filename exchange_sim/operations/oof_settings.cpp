#include "exchange_sim/oof_settings.h"

#include <algorithm>
#include <array>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kStates{"Disabled", "Enabled", "Scheduled"};
constexpr std::array<std::string_view, 3> kAudiences{"None", "Known", "All"};

/// m:ResponseMessage, which stands alone in these two operations' answers.
std::string response_message(const std::optional<ResponseError>& error) {
  XmlWriter xml;
  xml.open("m:ResponseMessage", {{"ResponseClass", error ? "Error" : "Success"}});
  if (error) {
    write_error_content(xml, *error);
  } else {
    xml.text("m:ResponseCode", "NoError");
  }
  xml.close("m:ResponseMessage");
  return xml.take();
}

std::expected<Mailbox*, ResponseError> named_mailbox(const OperationContext& context, const SoapRequest& request) {
  const auto mailbox = child(request.body, kTypesNs, "Mailbox");
  return open_mailbox(context, text_of(child(mailbox, kTypesNs, "Address")));
}

std::optional<SoapFault> check_settings(const SoapRequest& request, pugi::xml_node settings) {
  if (auto fault = check_sequence(
          request, settings, {"OofState", "ExternalAudience", "Duration?", "InternalReply?", "ExternalReply?", "*"})) {
    return fault;
  }
  const auto state = child(settings, kTypesNs, "OofState");
  if (std::ranges::find(kStates, text_of(state)) == kStates.end()) return invalid_choice(request, state, "OofState");
  const auto audience = child(settings, kTypesNs, "ExternalAudience");
  if (std::ranges::find(kAudiences, text_of(audience)) == kAudiences.end()) {
    return invalid_choice(request, audience, "ExternalAudience");
  }
  return std::nullopt;
}

std::optional<ResponseError> error_in(pugi::xml_node settings) {
  if (text_of(child(settings, kTypesNs, "OofState")) != "Scheduled") return std::nullopt;
  const auto duration = child(settings, kTypesNs, "Duration");
  const auto from = parse_ews_time(text_of(child(duration, kTypesNs, "StartTime")));
  const auto until = parse_ews_time(text_of(child(duration, kTypesNs, "EndTime")));
  if (from && until && *from < *until) return std::nullopt;
  return ResponseError{.code = "ErrorInvalidScheduledOofDuration",
                       .text = "The end of the scheduled out-of-office time is not after its start.",
                       .values = {}};
}

/// Times in one form, all else as it was written.
std::string kept_settings(pugi::xml_node settings) {
  XmlWriter xml;
  for (const auto element : elements(settings)) {
    const std::string name = "t:" + std::string(local_name(element));
    if (name != "t:Duration") {
      xml.raw("<" + name + normalised_attributes(element) + ">" + normalised(element) + "</" + name + ">");
      continue;
    }
    xml.open(name);
    for (const auto time : elements(element)) {
      xml.text("t:" + std::string(local_name(time)), ews_time(parse_ews_time(text_of(time)).value_or(Timestamp{})));
    }
    xml.close(name);
  }
  return xml.take();
}

}  // namespace

/// MS-OXWOOF 3.1.4.1. Shape: Microsoft's documentation of the operation.
OperationResult get_user_oof_settings(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"Mailbox"})) return std::unexpected(*std::move(fault));
  const auto mailbox = named_mailbox(context, request);
  if (!mailbox) return response_message(mailbox.error());
  XmlWriter xml;
  xml.raw(response_message(std::nullopt));
  xml.open("t:OofSettings");
  xml.raw(oof_settings(**mailbox));
  xml.close("t:OofSettings");
  xml.text("m:AllowExternalOof", "All");
  return xml.take();
}

/// MS-OXWOOF 3.1.4.2.
OperationResult set_user_oof_settings(OperationContext& context, const SoapRequest& request) {
  if (auto fault = check_sequence(request, request.body, {"Mailbox", "UserOofSettings"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto settings = child(request.body, kTypesNs, "UserOofSettings");
  if (auto fault = check_settings(request, settings)) return std::unexpected(*std::move(fault));
  const auto mailbox = named_mailbox(context, request);
  if (!mailbox) return response_message(mailbox.error());
  if (const auto error = error_in(settings)) return response_message(error);
  set_oof_settings(**mailbox, kept_settings(settings));
  return response_message(std::nullopt);
}

}  // namespace mailward::exchange_sim
