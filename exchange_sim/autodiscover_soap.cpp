#include "exchange_sim/autodiscover_soap.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <expected>
#include <optional>
#include <vector>

#include "exchange_sim/autodiscover.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_reading.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kNs = "http://schemas.microsoft.com/exchange/2010/Autodiscover";
constexpr std::string_view kAddressingNs = "http://www.w3.org/2005/08/addressing";
constexpr std::string_view kInstanceNs = "http://www.w3.org/2001/XMLSchema-instance";
constexpr std::string_view kOperation = "GetUserSettings";
constexpr std::string_view kRequest = "RequestMessage";

std::string action_of(std::string_view operation) {
  return std::string(kNs) + "/Autodiscover/" + std::string(operation);
}

/// As WCF opens it: no XML declaration.
void open_envelope(XmlWriter& out) {
  out.open("s:Envelope", {{"xmlns:s", kSoapNs}, {"xmlns:a", kAddressingNs}});
}

std::string in_envelope(const Build& build, std::string_view response) {
  XmlWriter out;
  open_envelope(out);
  out.open("s:Header");
  out.text("a:Action", action_of("GetUserSettingsResponse"), {{"s:mustUnderstand", "1"}});
  out.open("h:ServerVersionInfo", {{"xmlns:h", kNs}, {"xmlns:i", kInstanceNs}});
  out.number("h:MajorVersion", build.major);
  out.number("h:MinorVersion", build.minor);
  out.number("h:MajorBuildNumber", build.major_build);
  out.number("h:MinorBuildNumber", build.minor_build);
  out.text("h:Version", request_versions()[build.understands - 1]);
  out.close("h:ServerVersionInfo");
  out.close("s:Header");
  out.open("s:Body");
  out.open("GetUserSettingsResponseMessage", {{"xmlns", kNs}});
  out.open("Response", {{"xmlns:i", kInstanceNs}});
  out.raw(response);
  out.close("Response");
  out.close("GetUserSettingsResponseMessage");
  out.close("s:Body");
  out.close("s:Envelope");
  return out.take();
}

/// The dispatcher's fault for an operation that it has not (exchangelib knows it by these words).
std::string unknown_action(std::string_view action) {
  XmlWriter out;
  open_envelope(out);
  out.open("s:Header");
  out.text("a:Action", "http://www.w3.org/2005/08/addressing/soap/fault", {{"s:mustUnderstand", "1"}});
  out.close("s:Header");
  out.open("s:Body");
  out.open("s:Fault");
  out.text("faultcode", "a:ActionNotSupported");
  out.text("faultstring",
           "The message with Action '" + std::string(action) +
               "' cannot be processed at the receiver, due to a ContractFilter mismatch at the EndpointDispatcher.",
           {{"xml:lang", "en-US"}});
  out.close("s:Fault");
  out.close("s:Body");
  out.close("s:Envelope");
  return out.take();
}

/// The whole request refused, under HTTP 200.
std::string refused(std::string_view code, std::string_view message) {
  XmlWriter out;
  out.text("ErrorCode", code);
  out.text("ErrorMessage", message);
  out.empty("UserResponses", {{"i:nil", "true"}});
  return out.take();
}

struct Asked {
  std::vector<std::string> users;
  std::vector<std::string> settings;
};

std::vector<std::string> texts_of(pugi::xml_node list, std::string_view name) {
  std::vector<std::string> found;
  for (const pugi::xml_node each : elements(list)) {
    if (is(each, kNs, name)) found.emplace_back(text_of(each));
  }
  return found;
}

/// Or why not, in words.
std::expected<Asked, std::string> read(const Build& build, pugi::xml_node envelope, pugi::xml_node message) {
  const pugi::xml_node version = child(child(envelope, kSoapNs, "Header"), kNs, "RequestedServerVersion");
  if (!version || text_of(version).empty() ||
      judge_request_version(build, text_of(version)) != VersionVerdict::accepted) {
    return std::unexpected("The RequestedServerVersion header is missing or its value is invalid.");
  }
  const pugi::xml_node request = child(message, kNs, "Request");
  Asked asked;
  for (const pugi::xml_node user : elements(child(request, kNs, "Users"))) {
    if (is(user, kNs, "User")) asked.users.emplace_back(text_of(child(user, kNs, "Mailbox")));
  }
  asked.settings = texts_of(child(request, kNs, "RequestedSettings"), "Setting");
  if (asked.users.empty()) return std::unexpected("No users were requested.");
  if (asked.settings.empty()) return std::unexpected("No settings were requested.");
  return asked;
}

constexpr std::string_view kAdministrativeGroup = "/o=Example/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=";

std::string distinguished_name(const Discovered& found) {
  return std::string(kAdministrativeGroup) + "Recipients/cn=" + found.smtp.substr(0, found.smtp.find('@'));
}

/// What is told in words; nothing for a setting that this server has not.
std::optional<std::string> value_of(const Discovered& found, const Build& build, std::string_view setting) {
  if (setting == "UserDisplayName") return found.display_name;
  if (setting == "UserDN") return distinguished_name(found);
  if (setting == "MailboxDN") {
    return std::string(kAdministrativeGroup) + "Configuration/cn=Servers/cn=" + found.server +
           "/cn=Microsoft Private MDB";
  }
  if (setting == "AutoDiscoverSMTPAddress") return found.smtp;
  if (setting == "InternalEwsUrl" || setting == "ExternalEwsUrl") return found.ews_url;
  if (setting == "InternalMailboxServer" || setting == "InternalRpcClientServer") return found.server;
  if (setting == "PublicFolderInformation" && !found.public_folders.empty()) return found.public_folders;
  if (setting == "UserMSOnline") return found.online ? "True" : "False";
  if (setting == "CasVersion") {
    return fmt::format("{:02}.{:02}.{:04}.{:03}", build.major, build.minor, build.major_build, build.minor_build);
  }
  if (setting == "EwsSupportedSchemas") {
    return fmt::format("{}", fmt::join(request_versions().first(build.understands), ", "));
  }
  return std::nullopt;
}

void write_archive(XmlWriter& out, const Discovered& found, std::string_view domain) {
  out.open("UserSetting", {{"i:type", "AlternateMailboxCollectionSetting"}});
  out.text("Name", "AlternateMailboxes");
  out.open("AlternateMailboxes");
  out.open("AlternateMailbox");
  out.text("Type", "Archive");
  out.text("DisplayName", "Personal Archive - " + found.display_name);
  out.text("LegacyDN", distinguished_name(found) + "/guid=" + make_guid("archive of " + found.smtp));
  out.text("Server", make_guid("archive of " + found.smtp) + "@" + std::string(domain));
  out.text("OwnerSmtpAddress", found.smtp);
  out.close("AlternateMailbox");
  out.close("AlternateMailboxes");
  out.close("UserSetting");
}

void write_settings(XmlWriter& out, const Organisation& organisation, const Build& build, const Discovered& found,
                    const std::vector<std::string>& settings) {
  XmlWriter told;
  XmlWriter missing;
  for (const std::string& setting : settings) {
    if (const auto value = value_of(found, build, setting)) {
      told.open("UserSetting", {{"i:type", "StringSetting"}});
      told.text("Name", setting);
      told.text("Value", *value);
      told.close("UserSetting");
    } else if (setting == "AlternateMailboxes" && found.archive) {
      write_archive(told, found, organisation.domain());
    } else {
      missing.open("UserSettingError");
      missing.text("ErrorCode", "SettingIsNotAvailable");
      missing.text("ErrorMessage", "User setting '" + setting + "' is not available. ");
      missing.text("SettingName", setting);
      missing.close("UserSettingError");
    }
  }
  const auto list = [&](std::string_view name, const std::string& inner) {
    if (inner.empty()) {
      out.empty(name);
    } else {
      out.open(name);
      out.raw(inner);
      out.close(name);
    }
  };
  list("UserSettingErrors", missing.str());
  list("UserSettings", told.str());
}

struct Verdict {
  std::string_view code;
  std::string_view message;
  std::string_view target{};  ///< of a redirect
};

Verdict judge(const std::optional<Discovered>& found) {
  if (!found) return {.code = "InvalidUser", .message = "Invalid user."};
  if (!found->address.empty()) {
    return {.code = "RedirectAddress", .message = "Redirection address.", .target = found->address};
  }
  if (!found->url.empty()) return {.code = "RedirectUrl", .message = "Redirection Url.", .target = found->url};
  return {.code = "NoError", .message = "No error."};
}

void write_user(XmlWriter& out, const Organisation& organisation, const Build& build,
                const std::optional<Discovered>& found, const std::vector<std::string>& settings) {
  const Verdict verdict = judge(found);
  out.open("UserResponse");
  out.text("ErrorCode", verdict.code);
  out.text("ErrorMessage", verdict.message);
  if (verdict.target.empty()) {
    out.empty("RedirectTarget", {{"i:nil", "true"}});
  } else {
    out.text("RedirectTarget", verdict.target);
  }
  if (verdict.code == "NoError") {
    write_settings(out, organisation, build, *found, settings);
  } else {
    out.empty("UserSettingErrors");
    out.empty("UserSettings");
  }
  out.close("UserResponse");
}

}  // namespace

AutodiscoverSoapAnswer answer_autodiscover_soap(const Organisation& organisation, const Build& build,
                                                const std::string& request, const std::string& base) {
  const auto parsed = XmlRequest::parse(request);
  const pugi::xml_node envelope = parsed ? parsed->root() : pugi::xml_node();
  const auto body = elements(child(envelope, kSoapNs, "Body"));
  if (!is(envelope, kSoapNs, "Envelope") || body.empty()) return {.status = 400, .body = {}, .operation = {}};
  const pugi::xml_node message = body.front();
  std::string operation(local_name(message).substr(0, 100));
  if (operation.ends_with(kRequest)) operation.resize(operation.size() - kRequest.size());
  const pugi::xml_node header = child(child(envelope, kSoapNs, "Header"), kAddressingNs, "Action");
  const std::string action = header ? std::string(text_of(header)) : action_of(operation);
  if (!is(message, kNs, std::string(kOperation) + std::string(kRequest)) || action != action_of(kOperation)) {
    return {.status = 500, .body = unknown_action(action), .operation = operation};
  }
  const auto asked = read(build, envelope, message);
  if (!asked) {
    return {.body = in_envelope(build, refused("InvalidRequest", asked.error())), .operation = operation};
  }
  XmlWriter out;
  out.text("ErrorCode", "NoError");
  out.empty("ErrorMessage");
  out.open("UserResponses");
  for (const std::string& user : asked->users) {
    write_user(out, organisation, build, discover(organisation, user, base), asked->settings);
  }
  out.close("UserResponses");
  return {.body = in_envelope(build, out.str()), .operation = operation};
}

}  // namespace mailward::exchange_sim
