#pragma once

#include <chrono>
#include <optional>
#include <span>
#include <string_view>

/// The time zones that the simulator knows, as Windows names them.
namespace mailward::exchange_sim {

/// A Sunday at 2 o'clock, local time.
struct ZoneChange {
  int month = 0;
  int sunday = 0;  ///< the so-manieth of the month; -1: the last
};

struct ZoneChanges {
  ZoneChange to_daylight;
  ZoneChange to_standard;
};

struct TimeZone {
  std::string_view id;            ///< "W. Europe Standard Time"
  std::string_view name;          ///< as people choose it
  std::chrono::minutes standard;  ///< what its clocks show more than UTC's
  std::chrono::minutes daylight;
  std::optional<ZoneChanges> changes;  ///< none: one time all the year
};

/// A few zones stand for the hundred and more of a real server.
std::span<const TimeZone> time_zones();
/// Null for a name that is none of them.
const TimeZone* find_time_zone(std::string_view id);

}  // namespace mailward::exchange_sim
