#include "cli/command_line.h"

#include <cstdlib>
#include <exception>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

namespace mailward::cli {

namespace {

constexpr const char* kFooter =
    R"(Everywhere: --json prints the service's data exactly; --socket PATH (or MAILWARD_SOCKET) names the service.
Passwords come from a prompt, --password-file FILE or --password-fd N, never from an argument.

Examples:
  mailward serve --state-dir /var/lib/mailward
  mailward connection add --description "Head office" --ews-url https://mail.example.test/EWS/Exchange.asmx
      --master-mailbox svc-mailward@example.test --mailbox-check usera@example.test
  mailward connection test "Head office" --mailbox-check usera@example.test

Exit codes:
  0 done, healthy       3 not healthy    6 configuration         9 socket cannot be listened on
  1 refused or failed   4 degraded       7 database
  2 usage               5 no service     8 master key)";

std::string default_socket(const OfflineCommands& offline) {
  const char* named = std::getenv("MAILWARD_SOCKET");
  if (named != nullptr && *named != '\0') return named;
  return offline.default_state_dir + "/run/mailward.sock";
}

/// A password on the command line is in everybody's process list. It is refused before anything repeats it.
bool has_password_argument(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (argument == "--") return false;
    if (argument == "--password" || argument.starts_with("--password=")) return true;
    if (argument == "--reader-password" || argument.starts_with("--reader-password=")) return true;
  }
  return false;
}

int understand_and_do(int argc, char** argv, const OfflineCommands& offline) {
  CLI::App app("Mailward: a guard for on-premises Exchange.", "mailward");
  app.footer(kFooter);
  app.require_subcommand(1);
  app.set_version_flag("--version", offline.version);
  OfflineOptions options;
  app.add_flag("--json", options.json, "Print the data exactly as the API has it");
  app.add_option("--socket", options.socket, "The service's socket")->type_name("PATH");

  Chosen chosen;
  add_status_command(app, chosen);
  add_connection_commands(app, chosen);
  add_account_commands(app, chosen);
  add_directory_commands(app, chosen);
  add_run_commands(app, chosen);
  add_offline_commands(app, chosen, offline, options);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? value_of(ExitCode::ok) : value_of(ExitCode::usage);
  }
  if (chosen.offline) return chosen.offline();
  if (!chosen.action) return value_of(ExitCode::usage);
  Context context{ServiceClient(options.socket.empty() ? default_socket(offline) : options.socket),
                  Terminal::of_standard_output(), options.json};
  return value_of(chosen.action(context));
}

}  // namespace

ExitCode Context::show(const Json& data, const std::function<std::string(const Json&)>& shown_as) const {
  print(json ? data.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : shown_as(data));
  return ExitCode::ok;
}

ExitCode Context::report(const Error& error) const {
  if (json && error.is(ClientError::refused) && !service.problem().text.empty()) {
    print_error(service.problem().text + "\n");
    return ExitCode::error;
  }
  print_error("mailward: " + error.describe() + "\n");
  if (!error.remedy().empty()) print_error("  what to do: " + error.remedy() + "\n");
  return error.is(ClientError::unreachable) ? ExitCode::unreachable : ExitCode::error;
}

std::string shown(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end() || found->is_null()) return {};
  if (found->is_string()) return found->get<std::string>();
  if (found->is_boolean()) return found->get<bool>() ? "yes" : "no";
  if (!found->is_array()) return found->dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string text;
  for (const Json& one : *found) {
    text += (text.empty() ? "" : ", ") + (one.is_string() ? one.get<std::string>() : one.dump());
  }
  return text;
}

std::string shown_time(const Json& object, const char* name) {
  std::string text = shown(object, name);
  if (text.size() < 20) return text;
  text[10] = ' ';
  return text.substr(0, 19) + "Z";
}

int run(int argc, char** argv, const OfflineCommands& offline) {
  if (has_password_argument(argc, argv)) {
    print_error(
        "mailward: a password is never taken from the command line, where every user of this host can read it\n"
        "  what to do: leave it out to be asked for it, or use --password-file FILE or --password-fd N\n");
    return value_of(ExitCode::usage);
  }
  try {
    return understand_and_do(argc, argv, offline);
  } catch (const std::exception& error) {
    print_error(std::string("mailward: internal error: ") + error.what() + "\n");
    return value_of(ExitCode::error);
  }
}

}  // namespace mailward::cli
