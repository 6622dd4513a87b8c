#include "exchange_sim/recurrence_rules.h"

#include <fmt/format.h>
#include <libical/ical.h>

#include <algorithm>
#include <array>

#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/xml_reading.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr std::array<std::string_view, 7> kShortDays{"SU", "MO", "TU", "WE", "TH", "FR", "SA"};
constexpr std::array<std::string_view, 12> kMonths{"January",   "February", "March",    "April",
                                                   "May",       "June",     "July",     "August",
                                                   "September", "October",  "November", "December"};
constexpr std::array<std::string_view, 5> kIndexes{"First", "Second", "Third", "Fourth", "Last"};

template <std::size_t N>
std::size_t place_of(const std::array<std::string_view, N>& names, std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

/// "MO,WE" of "Monday Wednesday"; "Day", "Weekday" and "WeekendDay" stand for several.
std::string short_days(std::string_view text) {
  if (text == "Day") return "SU,MO,TU,WE,TH,FR,SA";
  if (text == "Weekday") return "MO,TU,WE,TH,FR";
  if (text == "WeekendDay") return "SU,SA";
  std::string out;
  for (std::size_t i = 0; i < kDays.size(); ++i) {
    if (text.find(kDays.at(i)) == std::string_view::npos) continue;
    if (!out.empty()) out += ',';
    out += kShortDays.at(i);
  }
  return out;
}

/// The days that BYDAY names, in Exchange's words, and the position that all of them have (0: none).
struct NamedDays {
  std::string names;
  int position = 0;
};
std::optional<NamedDays> named_days(const icalrecurrencetype& rule) {
  NamedDays found;
  for (int i = 0; i < ICAL_BY_DAY_SIZE && rule.by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; ++i) {
    const int position = icalrecurrencetype_day_position(rule.by_day[i]);
    const int day = icalrecurrencetype_day_day_of_week(rule.by_day[i]);
    if (i > 0 && position != found.position) return std::nullopt;
    found.position = position;
    if (!found.names.empty()) found.names += ' ';
    found.names += kDays.at(static_cast<std::size_t>(day) - 1);
  }
  if (found.position == 0 && rule.by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX) found.position = rule.by_set_pos[0];
  if (found.names == "Monday Tuesday Wednesday Thursday Friday" && found.position != 0) found.names = "Weekday";
  if (found.position < -1 || found.position > 4 ||
      (found.position != 0 && found.names.find(' ') != std::string::npos)) {
    return std::nullopt;
  }
  return found;
}

/// Of "2026-12-01": a rule that names no day means the one on which it begins.
std::string weekday_of(std::string_view date) {
  const Timestamp day = parse_ews_time(date).value_or(Timestamp{});
  return std::string(kDays.at(std::chrono::weekday(std::chrono::floor<std::chrono::days>(day)).c_encoding()));
}

void write_relative(XmlWriter& xml, const NamedDays& days) {
  xml.text("t:DaysOfWeek", days.names);
  xml.text("t:DayOfWeekIndex",
           days.position < 0 ? kIndexes.back() : kIndexes.at(static_cast<std::size_t>(days.position) - 1));
}

bool write_pattern(XmlWriter& xml, const icalrecurrencetype& rule, std::string_view start_date) {
  const std::string interval = std::to_string(std::max<int>(rule.interval, 1));
  const auto days = named_days(rule);
  if (!days || rule.by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX) return false;
  const bool relative = !days->names.empty() && days->position != 0;
  const std::string day = rule.by_month_day[0] == ICAL_RECURRENCE_ARRAY_MAX ? std::string(start_date.substr(8, 2))
                                                                            : std::to_string(rule.by_month_day[0]);
  switch (rule.freq) {
    case ICAL_DAILY_RECURRENCE:
      xml.open("t:DailyRecurrence");
      xml.text("t:Interval", interval);
      xml.close("t:DailyRecurrence");
      return true;
    case ICAL_WEEKLY_RECURRENCE:
      xml.open("t:WeeklyRecurrence");
      xml.text("t:Interval", interval);
      xml.text("t:DaysOfWeek", days->names.empty() ? weekday_of(start_date) : days->names);
      xml.close("t:WeeklyRecurrence");
      return true;
    case ICAL_MONTHLY_RECURRENCE:
      xml.open(relative ? "t:RelativeMonthlyRecurrence" : "t:AbsoluteMonthlyRecurrence");
      xml.text("t:Interval", interval);
      if (relative) {
        write_relative(xml, *days);
      } else {
        xml.text("t:DayOfMonth", std::to_string(std::stoi(day)));
      }
      xml.close(relative ? "t:RelativeMonthlyRecurrence" : "t:AbsoluteMonthlyRecurrence");
      return true;
    case ICAL_YEARLY_RECURRENCE: {
      const int month = rule.by_month[0] == ICAL_RECURRENCE_ARRAY_MAX ? std::stoi(std::string(start_date.substr(5, 2)))
                                                                      : rule.by_month[0];
      if (month < 1 || month > 12 || interval != "1") return false;
      xml.open(relative ? "t:RelativeYearlyRecurrence" : "t:AbsoluteYearlyRecurrence");
      if (relative) {
        write_relative(xml, *days);
      } else {
        xml.text("t:DayOfMonth", std::to_string(std::stoi(day)));
      }
      xml.text("t:Month", kMonths.at(static_cast<std::size_t>(month) - 1));
      xml.close(relative ? "t:RelativeYearlyRecurrence" : "t:AbsoluteYearlyRecurrence");
      return true;
    }
    default:
      return false;
  }
}

}  // namespace

std::string recurrence_rule(std::string_view inner) {
  const pugi::xml_document document = parse_kept(inner);
  const auto parts = elements(document.document_element());
  if (parts.size() != 2) return {};
  const auto text = [&](std::size_t part, std::string_view name) {
    return std::string(text_of(child(parts[part], kTypesNs, name)));
  };
  const std::string_view pattern = local_name(parts[0]);
  const auto index = place_of(kIndexes, text(0, "DayOfWeekIndex")) + 1;
  const std::string position = index > 4 ? "-1" : std::to_string(index);
  std::string rule;
  if (pattern == "DailyRecurrence") rule = "FREQ=DAILY";
  if (pattern == "WeeklyRecurrence") rule = "FREQ=WEEKLY;BYDAY=" + short_days(text(0, "DaysOfWeek"));
  if (pattern.ends_with("MonthlyRecurrence")) rule = "FREQ=MONTHLY";
  if (pattern.ends_with("YearlyRecurrence")) {
    rule = fmt::format("FREQ=YEARLY;BYMONTH={}", place_of(kMonths, text(0, "Month")) + 1);
  }
  if (rule.empty()) return {};
  if (pattern.starts_with("Absolute")) rule += ";BYMONTHDAY=" + text(0, "DayOfMonth");
  if (pattern.starts_with("Relative")) {
    rule += ";BYDAY=" + short_days(text(0, "DaysOfWeek")) + ";BYSETPOS=" + position;
  }
  if (const std::string interval = text(0, "Interval"); !interval.empty()) rule += ";INTERVAL=" + interval;
  if (local_name(parts[1]) == "NumberedRecurrence") rule += ";COUNT=" + text(1, "NumberOfOccurrences");
  if (local_name(parts[1]) == "EndDateRecurrence") {
    std::string end = text(1, "EndDate").substr(0, 10);
    std::erase(end, '-');
    rule += ";UNTIL=" + end;
  }
  return rule;
}

std::optional<std::string> recurrence_inner(const std::string& rule, std::string_view start_date) {
  const icalrecurrencetype read = icalrecurrencetype_from_string(rule.c_str());
  XmlWriter xml;
  if (read.freq == ICAL_NO_RECURRENCE || !write_pattern(xml, read, start_date)) return std::nullopt;
  if (read.count > 0) {
    xml.open("t:NumberedRecurrence");
    xml.text("t:StartDate", start_date);
    xml.text("t:NumberOfOccurrences", std::to_string(read.count));
    xml.close("t:NumberedRecurrence");
  } else if (icaltime_is_null_time(read.until) == 0) {
    xml.open("t:EndDateRecurrence");
    xml.text("t:StartDate", start_date);
    xml.text("t:EndDate", fmt::format("{:04}-{:02}-{:02}", read.until.year, read.until.month, read.until.day));
    xml.close("t:EndDateRecurrence");
  } else {
    xml.open("t:NoEndRecurrence");
    xml.text("t:StartDate", start_date);
    xml.close("t:NoEndRecurrence");
  }
  return xml.take();
}

}  // namespace mailward::exchange_sim
