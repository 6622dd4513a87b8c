#include "cli/command_line.h"

#include <algorithm>
#include <cstdlib>
#include <exception>
#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/file.h"
#include "cli/help.h"

namespace mailward::cli {

namespace {

constexpr std::size_t kMostTokenBytes = 4096;
constexpr std::size_t kMostCertificateBytes = 1024UL * 1024;

std::string from_environment(const std::string& given, const char* variable) {
  const char* named = std::getenv(variable);
  return given.empty() && named != nullptr ? named : given;
}

/// The socket on this host, or a server elsewhere with its token. Errors: files that cannot be used.
Result<ServicePlace> place_of(const OfflineOptions& options, const OfflineCommands& offline) {
  ServicePlace place;
  if (options.socket.empty()) place.server = from_environment(options.server, "MAILWARD_SERVER");
  if (place.server.empty()) {
    place.socket = from_environment(options.socket, "MAILWARD_SOCKET");
    if (place.socket.empty()) place.socket = offline.default_state_dir + "/run/mailward.sock";
    return place;
  }
  if (!place.server.starts_with("https://")) {
    return fail(BaseError::invalid_argument,
                "--server " + printable(place.server, 80) + ": https://HOST:PORT is expected");
  }
  while (place.server.ends_with('/')) place.server.pop_back();
  const std::string token_file = from_environment(options.token_file, "MAILWARD_TOKEN_FILE");
  if (token_file.empty()) {
    return fail(
        Error(BaseError::invalid_argument, "from elsewhere an API token is needed")
            .with_remedy("make one on the server (mailward token create) and name its file: --token-file FILE"));
  }
  MW_TRY(const SecretString token, read_secret_file(token_file, kMostTokenBytes));
  std::string_view text = token.reveal();
  while (!text.empty() && (text.back() == '\n' || text.back() == '\r')) text.remove_suffix(1);
  // A header of it may hold no other line, and an empty one is nobody's.
  if (text.empty() || text.find_first_of("\r\n ") != std::string_view::npos) {
    return fail(Error(BaseError::invalid_argument, token_file + " holds no API token: one line is expected")
                    .with_remedy("write what mailward token create printed into it, and nothing else"));
  }
  place.token = SecretString(text);
  if (const std::string ca = from_environment(options.server_ca, "MAILWARD_SERVER_CA"); !ca.empty()) {
    MW_TRY(auto pem, read_file(ca, kMostCertificateBytes));
    MW_TRY(place.trust, CertificateTrust::from_pem(std::move(pem)));
  }
  return place;
}

/// A password on the command line is in everybody's process list. It is refused before anything repeats it. The option
/// that gave one: "--password", "--proxy-password" and so on; empty where none did.
std::string_view password_argument(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view argument(argv[i]);
    if (argument == "--") break;
    const std::string_view name = argument.substr(0, argument.find('='));
    const bool asks = name.starts_with("--ask-") || name == "--no-password";
    if (name.starts_with("--") && name.ends_with("password") && !asks) return name;
  }
  return {};
}

int misunderstood(const std::string& why, const std::string& path) {
  print_error("mailward: " + why + "\n  what to do: " + path + " --help\n");
  return value_of(ExitCode::usage);
}

/// The first argument that is no text, which could only be saved garbled; 0 where all are.
int first_garbled(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (!is_utf8(argv[i])) return i;
  }
  return 0;
}

int understand_and_do(int argc, char** argv, const OfflineCommands& offline) {
  CLI::App app("Mailward: a guard for on-premises Exchange.", "mailward");
  app.require_subcommand(1);
  app.set_version_flag("--version", offline.version);
  OfflineOptions options;
  app.add_flag("--json", options.json, "Print the data exactly as the API has it");
  app.add_option("--socket", options.socket, "The service's socket")->type_name("PATH");
  app.add_option("--server", options.server, "A service elsewhere, with --token-file")->type_name("URL");
  app.add_option("--server-ca", options.server_ca, "What its certificate must lead to (PEM)")->type_name("FILE");
  app.add_option("--token-file", options.token_file, "Holds the API token for --server")->type_name("FILE");

  Chosen chosen;
  add_status_command(app, chosen);
  add_connection_commands(app, chosen);
  add_account_commands(app, chosen);
  add_measure_commands(app, chosen);
  add_directory_commands(app, chosen);
  add_run_commands(app, chosen);
  add_user_commands(app, chosen);
  add_token_commands(app, chosen);
  add_notify_commands(app, chosen);
  add_secret_commands(app, chosen);
  add_audit_commands(app, chosen, offline, options);
  add_offline_commands(app, chosen, offline, options);
  add_completion_command(app, chosen);

  add_help(app);

  const Walk walked = walk(app, std::vector<std::string>(argv + std::min(argc, 1), argv + argc));
  if (walked.unknown) return misunderstood(*walked.unknown, walked.path);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    if (error.get_exit_code() == 0) return app.exit(error);
    const bool lacks_command =
        walked.command->get_require_subcommand_min() > 0 && walked.command->get_subcommands().empty();
    return misunderstood(lacks_command ? "a command is missing after " + walked.path : error.what(), walked.path);
  }
  if (chosen.offline) return chosen.offline();
  if (!chosen.action) return value_of(ExitCode::usage);
  auto place = place_of(options, offline);
  if (!place) {
    print_error("mailward: " + place.error().describe() + "\n");
    if (!place.error().remedy().empty()) print_error("  what to do: " + place.error().remedy() + "\n");
    return value_of(ExitCode::usage);
  }
  Context context{ServiceClient(std::move(*place)), Terminal::of_standard_output(), options.json};
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
  if (json) {
    const Json problem{{"type", "about:blank"},
                       {"title", "mailward could not do it"},
                       {"detail", error.describe()},
                       {"code", std::string(error.subject()) + "." + std::string(error.name())},
                       {"remedy", error.remedy()}};
    print_error(problem.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
    return error.is(ClientError::unreachable) ? ExitCode::unreachable : ExitCode::error;
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
  if (const std::string_view given = password_argument(argc, argv); !given.empty()) {
    const std::string option = given.starts_with("--proxy") ? "--proxy-password" : "--password";
    print_error(
        "mailward: a password is never taken from the command line, where every user of this host can read it\n"
        "  what to do: leave it out to be asked for it, or use " +
        option + "-file FILE or " + option + "-fd N\n");
    return value_of(ExitCode::usage);
  }
  if (const int garbled = first_garbled(argc, argv); garbled != 0) {
    print_error("mailward: argument " + std::to_string(garbled) +
                " is not UTF-8 text\n  what to do: type it in a UTF-8 locale, or convert it\n");
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
