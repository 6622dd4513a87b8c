#include "exchange_sim/builds.h"

#include <algorithm>
#include <array>

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 8> kRequestVersions{
    "Exchange2007",     "Exchange2007_SP1", "Exchange2010",     "Exchange2010_SP1",
    "Exchange2010_SP2", "Exchange2013",     "Exchange2013_SP1", "Exchange2016",
};

constexpr std::array<Build, 5> kBuilds{{
    {"2010", 14, 3, 513, 0, "Exchange2010_SP2", 5, "Microsoft-IIS/7.5"},
    {"2013", 15, 0, 1497, 48, "V2_23", 7, "Microsoft-IIS/8.5"},
    {"2016", 15, 1, 2507, 57, "V2017_07_11", 8, "Microsoft-IIS/10.0"},
    {"2019", 15, 2, 1748, 10, "V2017_07_11", 8, "Microsoft-IIS/10.0"},
    {"SE", 15, 2, 2562, 17, "V2017_07_11", 8, "Microsoft-IIS/10.0"},
}};

}  // namespace

std::span<const std::string_view> request_versions() {
  return kRequestVersions;
}

const Build* find_build(std::string_view name) {
  const auto found = std::ranges::find(kBuilds, name, &Build::name);
  return found == kBuilds.end() ? nullptr : &*found;
}

VersionVerdict judge_request_version(const Build& build, std::string_view version) {
  const auto known = std::span(kRequestVersions).first(build.understands);
  if (version.empty() || std::ranges::find(known, version) != known.end()) return VersionVerdict::accepted;
  if (version == "Exchange2019" && build.major == 15 && build.minor == 2) return VersionVerdict::invalid_request;
  return VersionVerdict::invalid_server_version;
}

}  // namespace mailward::exchange_sim
