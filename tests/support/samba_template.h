#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace mailward::testing {

/// The folder of the provisioned domain from which each controller is copied (var/cache/samba-<hash of the recipe>),
/// made at the first call under a lock, so that programs may race for it. Throws with the tail of the provisioning's
/// log.
std::filesystem::path samba_template();
std::string_view samba_administrator_password();

/// Runs a program to its end with output to `log`; throws where it fails, with the log's tail.
void run_program(const std::vector<std::string>& command, const std::filesystem::path& log);

}  // namespace mailward::testing
