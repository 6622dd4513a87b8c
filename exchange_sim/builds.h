#pragma once

#include <optional>
#include <span>
#include <string_view>

namespace mailward::exchange_sim {

/// A build of Exchange that the simulator can play.
struct Build {
  std::string_view name;  ///< in the configuration: "2019"
  int major = 15;
  int minor = 2;
  int major_build = 0;
  int minor_build = 0;
  /// ServerVersionInfo/@Version, which is not the request's enumeration; empty where the attribute was not sent.
  std::string_view version;
  /// How many of kRequestVersions it understands.
  std::size_t understands = 0;
  /// The first header line of its IIS.
  std::string_view iis;
};

/// The values of RequestServerVersion/@Version in the order in which they came.
std::span<const std::string_view> request_versions();

/// "2010", "2013", "2016", "2019", "SE"; none for other names.
const Build* find_build(std::string_view name);

enum class VersionVerdict {
  accepted,
  invalid_request,         ///< Exchange2019, which 2019 itself refuses with ErrorInvalidRequest
  invalid_server_version,  ///< newer than the build, or unknown
};
VersionVerdict judge_request_version(const Build& build, std::string_view version);

}  // namespace mailward::exchange_sim
