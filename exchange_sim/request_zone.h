#pragma once

#include <array>
#include <chrono>
#include <string_view>

#include "exchange_sim/xml_reading.h"

namespace mailward::exchange_sim {

/// t:SerializableTimeZone: a time zone that a request brings along, its two changes a year by rule.
class RequestZone {
 public:
  /// UTC.
  RequestZone() = default;
  /// A null node is UTC; what cannot be a change of time is none.
  explicit RequestZone(pugi::xml_node node);

  std::chrono::local_seconds to_local(std::chrono::sys_seconds time) const;
  std::chrono::sys_seconds to_utc(std::chrono::local_seconds local) const;

 private:
  struct Change {
    std::chrono::minutes bias{0};  ///< beside the zone's
    std::chrono::seconds hour{0};
    int order = 0;       ///< which weekday of the month, 5 the last
    unsigned month = 0;  ///< 0: never
    unsigned weekday = 0;
  };
  static Change read(pugi::xml_node node);
  static std::chrono::local_seconds moment(const Change& change, std::chrono::year year);
  std::chrono::minutes bias_at(std::chrono::local_seconds local) const;

  std::chrono::minutes bias_{0};
  Change standard_;
  Change daylight_;
};

}  // namespace mailward::exchange_sim
