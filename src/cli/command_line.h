#pragma once

#include <functional>
#include <string>
#include <vector>

#include "cli/exit_codes.h"
#include "cli/program.h"
#include "cli/service_client.h"
#include "cli/terminal.h"

namespace CLI {
class App;
}

namespace mailward::cli {

/// What every command works with, once the command line is understood.
struct Context {
  ServiceClient service;
  Terminal terminal;
  bool json = false;

  /// The API's data, exactly, where --json asks for it; else what `shown` makes of it.
  ExitCode show(const Json& data, const std::function<std::string(const Json&)>& shown) const;
  /// The message, what to do, and the exit code that fits. With --json a refusal is the problem document.
  ExitCode report(const Error& error) const;
};

using Action = std::function<ExitCode(Context&)>;

/// The command that was chosen. Its options live in the action's own captures.
struct Chosen {
  Action action;                 ///< over the service
  std::function<int()> offline;  ///< without it
};

/// Each adds its commands to the tree; when one is given, it sets `chosen`.
void add_connection_commands(CLI::App& app, Chosen& chosen);
void add_connection_test_command(CLI::App& connection, Chosen& chosen);
void add_find_command(CLI::App& connection, Chosen& chosen);
void add_preparation_command(CLI::App& connection, Chosen& chosen);
void add_account_commands(CLI::App& app, Chosen& chosen);
/// `account` is the command that add_account_commands() makes.
void add_schedule_commands(CLI::App& app, CLI::App& account, Chosen& chosen);
void add_old_password_commands(CLI::App& rotations, Chosen& chosen);
void add_rotation_commands(CLI::App& app, CLI::App& account, Chosen& chosen);
void add_recovery_key_command(CLI::App& key, Chosen& chosen);
void add_measure_commands(CLI::App& app, Chosen& chosen);
void add_directory_commands(CLI::App& app, Chosen& chosen);
void add_run_commands(CLI::App& app, Chosen& chosen);
void add_user_commands(CLI::App& app, Chosen& chosen);
void add_token_commands(CLI::App& app, Chosen& chosen);
void add_notify_commands(CLI::App& app, Chosen& chosen);
void add_secret_commands(CLI::App& app, Chosen& chosen);
/// `secrets` is the command that add_secret_commands() makes.
void add_renewal_commands(CLI::App& secrets, Chosen& chosen);
void add_status_command(CLI::App& app, Chosen& chosen);
/// `offline` and `options` must outlive `chosen`, here and below.
void add_audit_commands(CLI::App& app, Chosen& chosen, const OfflineCommands& offline, const OfflineOptions& options);
void add_offline_commands(CLI::App& app, Chosen& chosen, const OfflineCommands& offline, OfflineOptions& options);
/// Over the whole tree, as it is when the command is carried out.
void add_completion_command(CLI::App& app, Chosen& chosen);

/// A member as a person reads it: texts as they are, lists joined, null and absent as nothing.
std::string shown(const Json& object, const char* name);
/// A time without what nobody reads: "2026-01-31 09:05:00Z".
std::string shown_time(const Json& object, const char* name);

}  // namespace mailward::cli
