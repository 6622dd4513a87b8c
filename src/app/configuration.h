#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/log.h"
#include "base/net.h"
#include "base/result.h"

namespace mailward::app {

enum class ConfigurationError {
  unreadable,  ///< the file cannot be read
  invalid,     ///< it is no TOML, or a setting does not hold; the message says where and what is expected
};
std::string_view error_subject(ConfigurationError code);
std::string_view error_name(ConfigurationError code);

/// Where the service keeps what it has, unless told otherwise.
inline constexpr std::string_view kDefaultStateDir = "/var/lib/mailward";

/// Where the console listens, unless told otherwise: for this host alone.
inline constexpr std::string_view kDefaultListen = "127.0.0.1:8443";

/// A place that entries of the audit trail are sent to.
struct ForwardSetting {
  std::string to;                    ///< audit::PlaceAddress::parse() reads it
  std::filesystem::path trust_file;  ///< PEM; empty: the system's authorities
  std::filesystem::path token_file;  ///< a webhook's bearer token, mode 0600; empty: none
};

/// The service's settings, complete: what the file leaves out has its default. docs/configuration.md describes each.
struct Configuration {
  // [server]
  std::filesystem::path state_dir{kDefaultStateDir};
  std::filesystem::path socket;           ///< state_dir/run/mailward.sock
  std::string socket_group;               ///< empty: only root and the service's own user
  std::optional<SocketAddress> listen;    ///< HTTPS for console and API; none: only the socket
  std::vector<std::string> host_names;    ///< under which the console is reached, in lower case
  std::filesystem::path certificate;      ///< PEM; empty: a self-signed one in state_dir/tls
  std::filesystem::path certificate_key;  ///< PEM, mode 0600
  // [database]
  std::string database_url;                      ///< "sqlite:" state_dir/mailward.db
  std::filesystem::path database_password_file;  ///< PostgreSQL's; empty: none
  // [secrets]
  std::filesystem::path master_key_file;  ///< state_dir/master.key
  // [audit]
  std::filesystem::path audit_head_file;      ///< master_key_file with ".audit-head" behind
  std::vector<ForwardSetting> audit_forward;  ///< where entries are sent
  // [network]
  DestinationPolicy destinations;
  ResolverSettings names;
  std::chrono::seconds vault_patience{30};  ///< how long another vault has to hand over a password
  // [log]
  log::Level log_level = log::Level::info;
  std::string log_file;  ///< empty: standard error
};

/// What the command line says over the file.
struct Overrides {
  std::filesystem::path config;  ///< empty: no file
  std::filesystem::path state_dir;
  std::filesystem::path socket;
  std::string listen;  ///< "ADDRESS:PORT" or "none"; empty: as the file says
};

/// Reads the file, if one is named, and fills in the defaults. Relative paths in the file are relative to its folder.
/// Errors: ConfigurationError.
Result<Configuration> read_configuration(const Overrides& overrides);
/// The same from a text; `name` stands for the file in messages and its folder for relative paths.
Result<Configuration> parse_configuration(std::string_view text, const std::filesystem::path& name,
                                          const Overrides& overrides = {});

}  // namespace mailward::app
