#pragma once

#include <expected>
#include <functional>
#include <string>

namespace mailward::cli {

/// What the commands that need no service are told: `serve` and `key` belong to app/.
struct OfflineOptions {
  std::string config;      ///< empty: none
  std::string state_dir;   ///< empty: the configuration's
  std::string socket;      ///< empty: the configuration's
  std::string listen;      ///< empty: the configuration's
  std::string server;      ///< a service elsewhere, "https://HOST:PORT"; empty: by the socket
  std::string server_ca;   ///< PEM file that its certificate must lead to; empty: the system's
  std::string token_file;  ///< holds the API token
  bool json = false;
};

/// What `audit verify --database` is told; what is empty has its default.
struct OfflineAudit {
  std::string database;  ///< a SQLite file, or a "postgresql://…" address
  std::string master_key;
  std::string head_file;
  bool without_head_file = false;
  std::string anchor;
};

/// What `backup` and `restore` are told beside the common options.
struct OfflineBackup {
  std::string folder;
};

/// The commands that app/ brings; each returns the exit code.
struct OfflineCommands {
  std::function<int(const OfflineOptions&)> serve;
  std::function<int(const OfflineOptions&)> key_status;
  std::function<int(const OfflineOptions&)> key_create;
  std::function<int(const OfflineOptions&)> key_rotate;
  /// The report, as POST /audit/verify answers it; or the exit code, once it has been said why not.
  std::function<std::expected<std::string, int>(const OfflineAudit&)> verify_audit;
  std::function<int(const OfflineOptions&, const OfflineBackup&)> backup;
  std::function<int(const OfflineOptions&, const OfflineBackup&)> restore;
  std::string version;
  std::string default_state_dir;
};

/// The whole command line: understands it, does what it says over the service's socket or by `offline`, and returns the
/// exit code (exit_codes.h).
int run(int argc, char** argv, const OfflineCommands& offline);

}  // namespace mailward::cli
