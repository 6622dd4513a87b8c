#pragma once

#include <filesystem>
#include <functional>
#include <string_view>

namespace mailward::bench {

/// What those processes or threads below `folder` ("/proc", "/proc/self/task") that `counts` names have had of the
/// processors, in milliseconds (proc(5), to a hundredth of a second each).
double processor_time_ms(const std::filesystem::path& folder,
                         const std::function<bool(const std::filesystem::path&, std::string_view name)>& counts);

/// Of all running processes whose program file has this name.
double program_time_ms(std::string_view program);

/// Of this process so far, in milliseconds, exactly (getrusage).
double own_time_ms();

}  // namespace mailward::bench
