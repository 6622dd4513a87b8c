#include <algorithm>
#include <array>
#include <charconv>
#include <mutex>
#include <shared_mutex>

#include "exchange_sim/access.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/folder_contents.h"
#include "exchange_sim/request_zone.h"
#include "exchange_sim/series.h"
#include "exchange_sim/shapes.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostMailboxes = 100;
constexpr std::chrono::days kLongestWindow{62};
constexpr int kShortestInterval = 5;
constexpr int kLongestInterval = 1440;
constexpr int kUsualInterval = 30;
constexpr std::array<std::string_view, 6> kViews{"None",           "MergedOnly", "FreeBusy",
                                                 "FreeBusyMerged", "Detailed",   "DetailedMerged"};
/// In the order of their digits in MergedFreeBusy.
constexpr std::array<std::string_view, 5> kStates{"Free", "Tentative", "Busy", "OOF", "WorkingElsewhere"};

constexpr std::array<std::string_view, 10> kDays{"Sunday", "Monday",   "Tuesday", "Wednesday", "Thursday",
                                                 "Friday", "Saturday", "Day",     "Weekday",   "WeekendDay"};

struct Wish {
  RequestZone zone;
  Timestamp from{};
  Timestamp until{};
  int interval = kUsualInterval;
  std::string_view view;
};

/// Without a zone of its own a time is one of the request's zone.
Timestamp moment_of(const RequestZone& zone, std::string_view text) {
  const auto parsed = parse_ews_time(text).value_or(Timestamp{});
  const auto clock = text.find('T');
  if (clock != std::string_view::npos && text.find_first_of("Z+-", clock) != std::string_view::npos) return parsed;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(parsed);
  return zone.to_utc(std::chrono::local_seconds(seconds.time_since_epoch()));
}

std::string local_time(const RequestZone& zone, Timestamp time) {
  const auto local = zone.to_local(std::chrono::floor<std::chrono::seconds>(time));
  std::string text = ews_time(Timestamp(local.time_since_epoch()));
  text.pop_back();  // local time has no Z
  return text;
}

/// Numbers of that many bits.
std::optional<SoapFault> check_number(const SoapRequest& request, pugi::xml_node node, std::string_view name,
                                      int bits) {
  const auto number = child(node, kTypesNs, name);
  const auto value = read_int(text_of(number));
  const std::int64_t limit = std::int64_t{1} << (bits - 1);
  if (value && *value >= -limit && *value < limit) return std::nullopt;
  const std::string type = bits == 16 ? "short" : "int";
  return invalid_value(
      request, number, "http://www.w3.org/2001/XMLSchema:" + type,
      "The string '" + std::string(text_of(number)) + "' is not a valid Int" + std::to_string(bits) + " value.");
}

std::optional<SoapFault> check_change(const SoapRequest& request, pugi::xml_node node) {
  if (auto fault = check_sequence(request, node, {"Bias", "Time", "DayOrder", "Month", "DayOfWeek", "Year?"})) {
    return fault;
  }
  if (auto fault = check_number(request, node, "Bias", 32)) return fault;
  if (auto fault = check_number(request, node, "DayOrder", 16)) return fault;
  if (auto fault = check_number(request, node, "Month", 16)) return fault;
  const auto day = child(node, kTypesNs, "DayOfWeek");
  if (std::ranges::find(kDays, text_of(day)) != kDays.end()) return std::nullopt;
  return invalid_choice(request, day, "DayOfWeekType");
}

/// t:SerializableTimeZone, which comes back in the answer as it was given.
std::optional<SoapFault> check_zone(const SoapRequest& request, pugi::xml_node zone) {
  if (!zone) return std::nullopt;
  if (auto fault = check_sequence(request, zone, {"Bias", "StandardTime", "DaylightTime"})) return fault;
  if (auto fault = check_number(request, zone, "Bias", 32)) return fault;
  if (auto fault = check_change(request, child(zone, kTypesNs, "StandardTime"))) return fault;
  return check_change(request, child(zone, kTypesNs, "DaylightTime"));
}

std::expected<Wish, SoapFault> read_wish(const SoapRequest& request) {
  Wish wish;
  if (const auto zone = child(request.body, kTypesNs, "TimeZone")) wish.zone = RequestZone(zone);
  const auto options = child(request.body, kTypesNs, "FreeBusyViewOptions");
  if (auto fault =
          check_sequence(request, options, {"TimeWindow", "MergedFreeBusyIntervalInMinutes?", "RequestedView?"})) {
    return std::unexpected(*std::move(fault));
  }
  const auto window = child(options, kTypesNs, "TimeWindow");
  wish.from = moment_of(wish.zone, text_of(child(window, kTypesNs, "StartTime")));
  wish.until = moment_of(wish.zone, text_of(child(window, kTypesNs, "EndTime")));
  if (wish.until <= wish.from) {
    return std::unexpected(plain_fault("ErrorInvalidTimeInterval", "The time window ends before it begins."));
  }
  if (wish.until - wish.from > kLongestWindow) {
    return std::unexpected(plain_fault("ErrorTimeIntervalTooBig", "The time window is longer than 62 days."));
  }
  if (const auto interval = child(options, kTypesNs, "MergedFreeBusyIntervalInMinutes")) {
    const std::string_view text = text_of(interval);
    std::from_chars(text.data(), text.data() + text.size(), wish.interval);
    if (wish.interval < kShortestInterval || wish.interval > kLongestInterval) {
      return std::unexpected(
          plain_fault("ErrorInvalidMergedFreeBusyInterval", "The interval must be between 5 and 1440 minutes."));
    }
  }
  const auto view = child(options, kTypesNs, "RequestedView");
  wish.view = view ? text_of(view) : "Detailed";
  if (std::ranges::find(kViews, wish.view) == kViews.end()) {
    return std::unexpected(invalid_choice(request, view, "FreeBusyViewType"));
  }
  return wish;
}

std::string value_of(const ItemView& view, std::string_view uri) {
  const auto value = field_value(view, field_id(uri));
  return value ? plain_text(value->inner) : std::string();
}

/// What is private is shown to whom its owner shows it; the id to whoever may read the item.
void write_details(XmlWriter& xml, const ItemView& view, ReadDetail detail) {
  xml.open("t:CalendarEventDetails");
  if (view.rights.sees_private || value_of(view, "item:Sensitivity") != "Private") {
    if (detail == ReadDetail::full) xml.text("t:ID", to_hex(entry_id_of(view.item.id).value_or(Bytes{})));
    xml.text("t:Subject", value_of(view, "item:Subject"));
    xml.text("t:Location", value_of(view, "calendar:Location"));
  }
  xml.text("t:IsMeeting", value_of(view, "calendar:IsMeeting"));
  xml.boolean("t:IsRecurring", view.item.series_part != SeriesPart::none);
  xml.boolean("t:IsException", view.item.series_part == SeriesPart::exception);
  xml.text("t:IsReminderSet", value_of(view, "item:ReminderIsSet"));
  xml.boolean("t:IsPrivate", value_of(view, "item:Sensitivity") == "Private");
  xml.close("t:CalendarEventDetails");
}

struct Busy {
  Timestamp from{};
  Timestamp until{};
  std::size_t state = 0;
};

Busy busy_of(const ItemView& view) {
  const auto* state = std::ranges::find(kStates, value_of(view, "calendar:LegacyFreeBusyStatus"));
  return {.from = parse_ews_time(value_of(view, "calendar:Start")).value_or(Timestamp{}),
          .until = parse_ews_time(value_of(view, "calendar:End")).value_or(Timestamp{}),
          .state = state == kStates.end() ? 2 : static_cast<std::size_t>(state - kStates.begin())};
}

/// A digit for each interval: the most that somebody is busy in it.
std::string merged(const Wish& wish, const std::vector<Busy>& busy) {
  std::string digits;
  const std::chrono::minutes step(wish.interval);
  for (Timestamp at = wish.from; at < wish.until; at += step) {
    std::size_t state = 0;
    for (const Busy& each : busy) {
      if (each.from < at + step && each.until > at) state = std::max(state, each.state);
    }
    digits += static_cast<char>('0' + state);
  }
  return digits;
}

void write_working_hours(XmlWriter& xml, const SoapRequest& request) {
  xml.open("t:WorkingHours");
  xml.open("t:TimeZone");
  if (const auto zone = child(request.body, kTypesNs, "TimeZone")) {
    xml.raw(normalised(zone));
  } else {
    xml.text("t:Bias", "0");
    for (const std::string_view change : {"t:StandardTime", "t:DaylightTime"}) {
      xml.open(change);
      xml.text("t:Bias", "0");
      xml.text("t:Time", "00:00:00");
      xml.text("t:DayOrder", "0");
      xml.text("t:Month", "0");
      xml.text("t:DayOfWeek", "Sunday");
      xml.close(change);
    }
  }
  xml.close("t:TimeZone");
  xml.open("t:WorkingPeriodArray");
  xml.open("t:WorkingPeriod");
  xml.text("t:DayOfWeek", "Monday Tuesday Wednesday Thursday Friday");
  xml.text("t:StartTimeInMinutes", "480");
  xml.text("t:EndTimeInMinutes", "1020");
  xml.close("t:WorkingPeriod");
  xml.close("t:WorkingPeriodArray");
  xml.close("t:WorkingHours");
}

/// Who may know the times alone gets no more, whatever he asks for.
std::string_view view_for(const Wish& wish, ReadDetail detail) {
  if (wish.view == "Detailed" && detail == ReadDetail::time_only) return "FreeBusy";
  if (wish.view == "DetailedMerged" && detail == ReadDetail::time_only) return "FreeBusyMerged";
  return wish.view;
}

/// The mailbox is held. `detail`: as the calendar's permissions have it for the caller.
std::string free_busy_view(const OperationContext& context, const SoapRequest& request, const Wish& wish,
                           const Mailbox& mailbox, ReadDetail detail) {
  const std::string_view shown = view_for(wish, detail);
  std::vector<Busy> busy;
  XmlWriter events;
  for (const Seen& seen : calendar_view(mailbox, *mailbox.find_distinguished("calendar"), wish.from, wish.until)) {
    const ItemView view = view_of(context, mailbox, *seen.item);
    busy.push_back(busy_of(view));
    events.open("t:CalendarEvent");
    events.text("t:StartTime", local_time(wish.zone, busy.back().from));
    events.text("t:EndTime", local_time(wish.zone, busy.back().until));
    events.text("t:BusyType", kStates.at(busy.back().state));
    if (shown.starts_with("Detailed")) write_details(events, view, detail);
    events.close("t:CalendarEvent");
  }
  XmlWriter xml;
  xml.open("m:FreeBusyView");
  xml.text("t:FreeBusyViewType", shown);
  if (shown.find("Merged") != std::string_view::npos) xml.text("t:MergedFreeBusy", merged(wish, busy));
  if (!busy.empty() && shown != "MergedOnly" && shown != "None") {
    xml.open("t:CalendarEventArray");
    xml.raw(events.str());
    xml.close("t:CalendarEventArray");
  }
  if (shown != "None") write_working_hours(xml, request);
  xml.close("m:FreeBusyView");
  return xml.take();
}

std::expected<std::string, ResponseError> free_busy_of(const OperationContext& context, const SoapRequest& request,
                                                       const Wish& wish, std::string_view address) {
  const Mailbox* mailbox = context.organisation.find_mailbox(address);
  if (mailbox == nullptr || context.organisation.place(*mailbox) != MailboxPlace::here) {
    return std::unexpected(ResponseError{
        .code = "ErrorMailRecipientNotFound",
        .text = "Unable to resolve e-mail address " + std::string(address) + " to an Active Directory object.",
        .values = {}});
  }
  const std::shared_lock lock(mailbox->mutex);
  const ReadDetail detail = rights_in(context, *mailbox, *mailbox->find_distinguished("calendar")).read;
  if (detail == ReadDetail::none) {
    return std::unexpected(ResponseError{
        .code = "ErrorNoFreeBusyAccess", .text = "The caller does not have access to free/busy data.", .values = {}});
  }
  return free_busy_view(context, request, wish, *mailbox, detail);
}

void write_response(XmlWriter& xml, const std::expected<std::string, ResponseError>& view) {
  xml.open("m:FreeBusyResponse");
  xml.open("m:ResponseMessage", {{"ResponseClass", view ? "Success" : "Error"}});
  if (view) {
    xml.text("m:ResponseCode", "NoError");
  } else {
    write_error_content(xml, view.error());
  }
  xml.close("m:ResponseMessage");
  if (view) xml.raw(*view);
  xml.close("m:FreeBusyResponse");
}

}  // namespace

/// MS-OXWAVLS 3.1.4.1. Recorded: mhewedy-ews (a recipient that is not there). It suggests no times.
OperationResult get_user_availability(OperationContext& context, const SoapRequest& request) {
  if (auto fault =
          check_sequence(request, request.body,
                         {"TimeZone?", "MailboxDataArray", "FreeBusyViewOptions?", "SuggestionsViewOptions?"})) {
    return std::unexpected(*std::move(fault));
  }
  if (auto fault = check_zone(request, child(request.body, kTypesNs, "TimeZone"))) {
    return std::unexpected(*std::move(fault));
  }
  const auto list = elements(child(request.body, kMessagesNs, "MailboxDataArray"));
  if (list.empty()) {
    return std::unexpected(plain_fault("ErrorMailboxDataArrayEmpty", "The list of mailboxes is empty."));
  }
  if (list.size() > kMostMailboxes) {
    return std::unexpected(
        plain_fault("ErrorMailboxDataArrayTooBig", "The list of mailboxes has more than 100 entries."));
  }
  XmlWriter xml;
  if (child(request.body, kTypesNs, "FreeBusyViewOptions")) {
    const auto wish = read_wish(request);
    if (!wish) return std::unexpected(wish.error());
    xml.open("m:FreeBusyResponseArray");
    for (const auto data : list) {
      const auto email = child(data, kTypesNs, "Email");
      write_response(xml, free_busy_of(context, request, *wish, text_of(child(email, kTypesNs, "Address"))));
    }
    xml.close("m:FreeBusyResponseArray");
  }
  if (child(request.body, kTypesNs, "SuggestionsViewOptions")) {
    xml.open("m:SuggestionsResponse");
    xml.open("m:ResponseMessage", {{"ResponseClass", "Success"}});
    xml.text("m:ResponseCode", "NoError");
    xml.close("m:ResponseMessage");
    xml.close("m:SuggestionsResponse");
  }
  return xml.take();
}

}  // namespace mailward::exchange_sim
