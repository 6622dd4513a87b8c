#include "exchange_sim/request_zone.h"

#include <algorithm>
#include <charconv>

namespace mailward::exchange_sim {
namespace {

using namespace std::chrono;

constexpr std::array<std::string_view, 7> kDays{"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
constexpr int kLast = 5;

int number_of(std::string_view text) {
  int value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

int number_in(pugi::xml_node node, std::string_view name) {
  return number_of(text_of(child(node, kTypesNs, name)));
}

}  // namespace

RequestZone::Change RequestZone::read(pugi::xml_node node) {
  Change change;
  change.bias = minutes(number_in(node, "Bias"));
  const std::string_view clock = text_of(child(node, kTypesNs, "Time"));
  if (clock.size() >= 8) {
    change.hour = hours(number_of(clock.substr(0, 2))) + minutes(number_of(clock.substr(3, 2))) +
                  seconds(number_of(clock.substr(6, 2)));
  }
  change.order = number_in(node, "DayOrder");
  const int month = number_in(node, "Month");
  change.month = month >= 1 && month <= 12 ? static_cast<unsigned>(month) : 0;
  const auto* day = std::ranges::find(kDays, text_of(child(node, kTypesNs, "DayOfWeek")));
  change.weekday = day == kDays.end() ? 0 : static_cast<unsigned>(day - kDays.begin());
  return change;
}

RequestZone::RequestZone(pugi::xml_node node)
    : bias_(number_in(node, "Bias")),
      standard_(read(child(node, kTypesNs, "StandardTime"))),
      daylight_(read(child(node, kTypesNs, "DaylightTime"))) {}

local_seconds RequestZone::moment(const Change& change, year year) {
  const auto in_month = year / month(change.month);
  const weekday day(change.weekday);
  const local_days date = change.order >= kLast || change.order < 1
                              ? local_days(in_month / weekday_last(day))
                              : local_days(in_month / day[static_cast<unsigned>(change.order)]);
  return date + change.hour;
}

minutes RequestZone::bias_at(local_seconds local) const {
  if (standard_.month == 0 || daylight_.month == 0) return bias_ + standard_.bias;
  const year this_year = year_month_day(floor<days>(local)).year();
  const local_seconds begins = moment(daylight_, this_year);
  const local_seconds ends = moment(standard_, this_year);
  // South of the equator it begins in one year and ends in the next.
  const bool summer = begins < ends ? local >= begins && local < ends : local >= begins || local < ends;
  return bias_ + (summer ? daylight_.bias : standard_.bias);
}

sys_seconds RequestZone::to_utc(local_seconds local) const {
  return sys_seconds(local.time_since_epoch() + bias_at(local));
}

local_seconds RequestZone::to_local(sys_seconds time) const {
  const local_seconds standard(time.time_since_epoch() - bias_ - standard_.bias);
  const local_seconds summer(time.time_since_epoch() - bias_ - daylight_.bias);
  return bias_at(summer) == bias_ + daylight_.bias && daylight_.month != 0 ? summer : standard;
}

}  // namespace mailward::exchange_sim
