#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mailward::connections {

/// When something may be begun: on some days of the week, from a time of day on, for so long. By the clock on the
/// server's wall (its time zone: TZ, else /etc/localtime); a window that begins in the hour that summer time leaves out
/// begins an hour later, and one that begins in the hour that comes twice, the first time.
struct MaintenanceWindow {
  std::uint8_t days = 0x7f;  ///< bit 0 is Monday; those on which it begins; at least one
  std::chrono::minutes from{0};
  std::chrono::minutes length{24 * 60};  ///< 1 to 1440

  bool operator==(const MaintenanceWindow&) const = default;
};

/// One time that the window is open: from `begin` to just before `end`.
struct WindowTime {
  Timestamp begin;
  Timestamp end;
};

/// The one that is open then, else the next one.
WindowTime open_or_next(const MaintenanceWindow& window, Timestamp at);
/// The one before that one.
WindowTime last_before(const MaintenanceWindow& window, Timestamp at);
bool is_open(const MaintenanceWindow& window, Timestamp at);

/// "mon-fri 22:00-04:00", "sat,sun 00:00-24:00", "daily 22:00-04:00". Errors: malformed, with the form that is meant.
Result<MaintenanceWindow> parse_window(std::string_view text);
std::string window_text(const MaintenanceWindow& window);

}  // namespace mailward::connections
