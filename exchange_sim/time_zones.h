#pragma once

#include <chrono>
#include <span>
#include <string_view>

/// Windows' time zones, forty of the hundred and forty of a real server: those without daylight time, and those that
/// keep it as America or Europe does. Daylight time begins and ends by the rules of our days, also in years before they
/// held.
namespace mailward::exchange_sim {

enum class DaylightRule { none, american, european };

struct TimeZone {
  std::string_view id;                     ///< "W. Europe Standard Time"
  std::string_view name;                   ///< as it is shown
  std::chrono::minutes bias;               ///< from local standard time to UTC: 8 hours for the Pacific
  DaylightRule rule = DaylightRule::none;  ///< an hour less while it holds
};

std::span<const TimeZone> time_zones();
/// By its id; UTC for an unknown one.
const TimeZone& time_zone(std::string_view id);

/// What is to be added to local time for UTC. An hour that does not exist counts as standard time.
std::chrono::minutes bias_at(const TimeZone& zone, std::chrono::local_seconds local);
std::chrono::local_seconds to_local(const TimeZone& zone, std::chrono::sys_seconds time);
std::chrono::sys_seconds to_utc(const TimeZone& zone, std::chrono::local_seconds local);

}  // namespace mailward::exchange_sim
