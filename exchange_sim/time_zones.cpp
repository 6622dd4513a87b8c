#include "exchange_sim/time_zones.h"

#include <algorithm>
#include <array>

namespace mailward::exchange_sim {
namespace {

using namespace std::chrono_literals;

constexpr ZoneChanges kAmerican{.to_daylight = {.month = 3, .sunday = 2}, .to_standard = {.month = 11, .sunday = 1}};
constexpr ZoneChanges kEuropean{.to_daylight = {.month = 3, .sunday = -1}, .to_standard = {.month = 10, .sunday = -1}};

constexpr std::array<TimeZone, 8> kZones{{
    {"Dateline Standard Time", "(UTC-12:00) International Date Line West", -12h, -12h, std::nullopt},
    {"Pacific Standard Time", "(UTC-08:00) Pacific Time (US & Canada)", -8h, -7h, kAmerican},
    {"Eastern Standard Time", "(UTC-05:00) Eastern Time (US & Canada)", -5h, -4h, kAmerican},
    {"UTC", "(UTC) Coordinated Universal Time", 0h, 0h, std::nullopt},
    {"GMT Standard Time", "(UTC+00:00) Dublin, Edinburgh, Lisbon, London", 0h, 1h, kEuropean},
    {"W. Europe Standard Time", "(UTC+01:00) Amsterdam, Berlin, Bern, Rome, Stockholm, Vienna", 1h, 2h, kEuropean},
    {"India Standard Time", "(UTC+05:30) Chennai, Kolkata, Mumbai, New Delhi", 330min, 330min, std::nullopt},
    {"Tokyo Standard Time", "(UTC+09:00) Osaka, Sapporo, Tokyo", 9h, 9h, std::nullopt},
}};

}  // namespace

std::span<const TimeZone> time_zones() {
  return kZones;
}

const TimeZone* find_time_zone(std::string_view id) {
  const auto* const found = std::ranges::find(kZones, id, &TimeZone::id);
  return found == kZones.end() ? nullptr : &*found;
}

}  // namespace mailward::exchange_sim
