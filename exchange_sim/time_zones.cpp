#include "exchange_sim/time_zones.h"

#include <algorithm>
#include <array>

namespace mailward::exchange_sim {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

constexpr std::array<TimeZone, 8> kZones{{
    {"Dateline Standard Time", "(UTC-12:00) International Date Line West", hours(12)},
    {"Pacific Standard Time", "(UTC-08:00) Pacific Time (US & Canada)", hours(8), DaylightRule::american},
    {"Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", hours(5), DaylightRule::american},
    {"UTC", "(UTC) Coordinated Universal Time", hours(0)},
    {"GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", hours(0), DaylightRule::european},
    {"W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", hours(-1),
     DaylightRule::european},
    {"India Standard Time", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", minutes(-330)},
    {"Tokyo Standard Time", "(UTC+09:00) Osaka, Sapporo, Tokyo", hours(-9)},
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
  return found == kZones.end() ? kZones[3] : *found;
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
