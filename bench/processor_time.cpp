#include "bench/processor_time.h"

#include <fstream>
#include <sstream>
#include <string>

#include <sys/resource.h>
#include <unistd.h>

namespace mailward::bench {

double processor_time_ms(const std::filesystem::path& folder,
                         const std::function<bool(const std::filesystem::path&, std::string_view name)>& counts) {
  double ticks = 0;
  std::error_code gone;
  for (const auto& one : std::filesystem::directory_iterator(folder, gone)) {
    std::ifstream file(one.path() / "stat");
    std::string line;
    // The name stands in parentheses; user and system time are the 12th and 13th field after it.
    if (!std::getline(file, line)) continue;
    const std::size_t open = line.find('(');
    const std::size_t close = line.rfind(')');
    if (open == std::string::npos || close == std::string::npos) continue;
    if (!counts(one.path(), std::string_view(line).substr(open + 1, close - open - 1))) continue;
    std::istringstream fields(line.substr(close + 1));
    std::string skipped;
    for (int i = 0; i < 11; ++i) fields >> skipped;
    double user = 0;
    double system = 0;
    fields >> user >> system;
    ticks += user + system;
  }
  return ticks * 1000 / static_cast<double>(sysconf(_SC_CLK_TCK));
}

double program_time_ms(std::string_view program) {
  return processor_time_ms("/proc", [&](const std::filesystem::path& process, std::string_view) {
    std::error_code gone;
    return std::filesystem::read_symlink(process / "exe", gone).filename() == program;
  });
}

double own_time_ms() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto ms = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) * 1000 + static_cast<double>(time.tv_usec) / 1000;
  };
  return ms(usage.ru_utime) + ms(usage.ru_stime);
}

}  // namespace mailward::bench
