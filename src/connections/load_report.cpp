#include "connections/load_report.h"

#include <nlohmann/json.hpp>

namespace mailward::connections {

nlohmann::json json_of(const std::vector<LoadReport>& loads) {
  nlohmann::json list = nlohmann::json::array();
  for (const LoadReport& one : loads) {
    list.push_back({{"load", one.load},
                    {"calls", one.calls},
                    {"failed", one.failed},
                    {"held", one.held},
                    {"throttled", one.throttled},
                    {"gate_timeouts", one.gate_timeouts},
                    {"longest_hold_ms", one.longest_hold.count()},
                    {"last_failure", one.last_failure}});
  }
  return list;
}

std::vector<LoadReport> loads_of(const nlohmann::json& list) {
  std::vector<LoadReport> loads;
  if (!list.is_array()) return loads;
  for (const nlohmann::json& one : list) {
    if (!one.is_object()) continue;
    LoadReport report;
    report.load = one.value("load", "");
    report.calls = one.value("calls", report.calls);
    report.failed = one.value("failed", report.failed);
    report.held = one.value("held", report.held);
    report.throttled = one.value("throttled", report.throttled);
    report.gate_timeouts = one.value("gate_timeouts", report.gate_timeouts);
    report.longest_hold = std::chrono::milliseconds(one.value("longest_hold_ms", std::int64_t{0}));
    report.last_failure = one.value("last_failure", "");
    loads.push_back(std::move(report));
  }
  return loads;
}

}  // namespace mailward::connections
