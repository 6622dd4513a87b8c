#include "exchange_sim/time_zones.h"

#include <algorithm>
#include <array>

namespace mailward::exchange_sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<TimeZone, 40> kZones{{
    {"Dateline Standard Time", "(UTC-12:00) International Date Line West", hours(12)},
    {"UTC-11", "(UTC-11:00) Coordinated Universal Time-11", hours(11)},
    {"Hawaiian Standard Time", "(UTC-10:00) Hawaii", hours(10)},
    {"Alaskan Standard Time", "(UTC-09:00) Alaska", hours(9), DaylightRule::american},
    {"Pacific Standard Time", "(UTC-08:00) Pacific Time (US & Canada)", hours(8), DaylightRule::american},
    {"US Mountain Standard Time", "(UTC-07:00) Arizona", hours(7)},
    {"Mountain Standard Time", "(UTC-07:00) Mountain Time (US & Canada)", hours(7), DaylightRule::american},
    {"Central America Standard Time", "(UTC-06:00) Central America", hours(6)},
    {"Central Standard Time", "(UTC-06:00) Central Time (US & Canada)", hours(6), DaylightRule::american},
    {"Canada Central Standard Time", "(UTC-06:00) Saskatchewan", hours(6)},
    {"SA Pacific Standard Time", "(UTC-05:00) Bogota, Lima, Quito, Rio Branco", hours(5)},
    {"Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", hours(5), DaylightRule::american},
    {"Atlantic Standard Time", "(UTC-04:00) Atlantic Time (Canada)", hours(4), DaylightRule::american},
    {"SA Western Standard Time", "(UTC-04:00) Georgetown, La Paz, Manaus, San Juan", hours(4)},
    {"Newfoundland Standard Time", "(UTC-03:30) Newfoundland", minutes(210), DaylightRule::american},
    {"SA Eastern Standard Time", "(UTC-03:00) Cayenne, Fortaleza", hours(3)},
    {"Argentina Standard Time", "(UTC-03:00) City of Buenos Aires", hours(3)},
    {"UTC", "(UTC) Coordinated Universal Time", hours(0)},
    {"GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", hours(0), DaylightRule::european},
    {"Greenwich Standard Time", "(UTC+00:00) Monrovia, Reykjavik", hours(0)},
    {"W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", hours(-1),
     DaylightRule::european},
    {"Central Europe Standard Time", "(UTC+01:00) Belgrade, Bratislava, Budapest, Ljubljana, Prague", hours(-1),
     DaylightRule::european},
    {"Romance Standard Time", "(UTC+01:00) Brussels, Copenhagen, Madrid, Paris", hours(-1), DaylightRule::european},
    {"Central European Standard Time", "(UTC+01:00) Sarajevo, Skopje, Warsaw, Zagreb", hours(-1),
     DaylightRule::european},
    {"W. Central Africa Standard Time", "(UTC+01:00) West Central Africa", hours(-1)},
    {"GTB Standard Time", "(UTC+02:00) Athens, Bucharest", hours(-2), DaylightRule::european},
    {"South Africa Standard Time", "(UTC+02:00) Harare, Pretoria", hours(-2)},
    {"FLE Standard Time", "(UTC+02:00) Helsinki, Kyiv, Riga, Sofia, Tallinn, Vilnius", hours(-2),
     DaylightRule::european},
    {"Turkey Standard Time", "(UTC+03:00) Istanbul", hours(-3)},
    {"Arab Standard Time", "(UTC+03:00) Kuwait, Riyadh", hours(-3)},
    {"Russian Standard Time", "(UTC+03:00) Moscow, St. Petersburg", hours(-3)},
    {"Arabian Standard Time", "(UTC+04:00) Abu Dhabi, Muscat", hours(-4)},
    {"India Standard Time", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", minutes(-330)},
    {"SE Asia Standard Time", "(UTC+07:00) Bangkok, Hanoi, Jakarta", hours(-7)},
    {"China Standard Time", "(UTC+08:00) Beijing, Chongqing, Hong Kong SAR, Urumqi", hours(-8)},
    {"Singapore Standard Time", "(UTC+08:00) Kuala Lumpur, Singapore", hours(-8)},
    {"Tokyo Standard Time", "(UTC+09:00) Osaka, Sapporo, Tokyo", hours(-9)},
    {"Korea Standard Time", "(UTC+09:00) Seoul", hours(-9)},
    {"AUS Central Standard Time", "(UTC+09:30) Darwin", minutes(-570)},
    {"E. Australia Standard Time", "(UTC+10:00) Brisbane", hours(-10)},
}};

/// Local time at which daylight time begins and ends in a year.
struct Daylight {
  std::chrono::local_seconds begins;
  std::chrono::local_seconds ends;
};

Daylight daylight_of(const TimeZone& zone, std::chrono::year year) {
  using namespace std::chrono;
  const auto at = [](const auto& day, hours hour) { return local_seconds(local_days(day)) + hour; };
  if (zone.rule == DaylightRule::american) {
    return {.begins = at(year / March / Sunday[2], hours(2)), .ends = at(year / November / Sunday[1], hours(2))};
  }
  // At 1:00 UTC everywhere; as Windows writes it, at the local hour.
  return {.begins = at(year / March / Sunday[last], hours(1)) - zone.bias,
          .ends = at(year / October / Sunday[last], hours(2)) - zone.bias};
}

}  // namespace

std::span<const TimeZone> time_zones() {
  return kZones;
}

const TimeZone& time_zone(std::string_view id) {
  const auto* found = std::ranges::find(kZones, id, &TimeZone::id);
  return found == kZones.end() ? *std::ranges::find(kZones, "UTC", &TimeZone::id) : *found;
}

std::chrono::minutes bias_at(const TimeZone& zone, std::chrono::local_seconds local) {
  if (zone.rule == DaylightRule::none) return zone.bias;
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(local));
  const Daylight daylight = daylight_of(zone, day.year());
  const bool summer = local >= daylight.begins && local < daylight.ends;
  return summer ? zone.bias - hours(1) : zone.bias;
}

std::chrono::local_seconds to_local(const TimeZone& zone, std::chrono::sys_seconds time) {
  const std::chrono::local_seconds standard(time.time_since_epoch() - zone.bias);
  if (zone.rule == DaylightRule::none) return standard;
  const std::chrono::year_month_day day(std::chrono::floor<std::chrono::days>(standard));
  const Daylight daylight = daylight_of(zone, day.year());
  const bool summer = standard >= daylight.begins && standard + hours(1) < daylight.ends;
  return summer ? standard + hours(1) : standard;
}

std::chrono::sys_seconds to_utc(const TimeZone& zone, std::chrono::local_seconds local) {
  return std::chrono::sys_seconds(local.time_since_epoch() + bias_at(zone, local));
}

}  // namespace mailward::exchange_sim
