#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace mailward::testing {

/// The folder of the provisioned domain from which each controller is copied. Throws with the tail of the
/// provisioning's log.
std::filesystem::path samba_template();
std::string_view samba_administrator_password();

/// The folder var/cache/NAME-<hash of the recipe>, which `make` fills at the first call, under a lock, so that programs
/// may race for it. `recipe` is whatever the content depends on; the installed Samba is always part of it.
std::filesystem::path cached_folder(const std::string& name, const std::string& recipe,
                                    const std::function<void(const std::filesystem::path& target)>& make);

/// LDIF that gives a controller the names under which LDAP is asked for by Kerberos.
std::string ldap_service_names(const std::string& host);

/// Runs a program to its end with output to `log`; throws where it fails, with the log's tail.
void run_program(const std::vector<std::string>& command, const std::filesystem::path& log);

}  // namespace mailward::testing
