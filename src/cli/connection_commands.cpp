#include <cstdint>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/connection_form.h"
#include "cli/destinations.h"
#include "cli/sending.h"

namespace mailward::cli {

namespace {

std::string path_of(const std::string& named) {
  return "/connections/" + segment(named);
}

std::string list_text(const Json& answer, const Terminal& terminal) {
  Table table({"ID", "STATE", "REASON", "DESCRIPTION", "MASTER MAILBOX", "EWS URL"});
  for (const Json& one : answer.at("connections")) {
    table.add({shown(one, "id"), shown(one, "state"), shown(one, "reason"), shown(one, "description"),
               shown(one, "master_mailbox"), shown(one, "ews_url")});
  }
  return table.empty() ? "No server connections yet; mailward connection add --help\n" : table.text(terminal);
}

/// The number by which --destination names it.
std::string destination_text(const Json& one) {
  const std::string destination = shown(one, "destination");
  if (destination.empty()) return {};
  return fingerprint_of(destination) +
         (one.value("destination_proven", false) ? "" : "  (NEW: no password was accepted there yet)");
}

std::string connection_text(const Json& one, const Terminal& terminal) {
  const std::string trust = shown(one, "trust_pem").empty() ? "the system's authorities" : "authorities of its own";
  return properties({{"id", shown(one, "id")},
                     {"description", shown(one, "description")},
                     {"state", shown(one, "state")},
                     {"reason", shown(one, "reason")},
                     {"evidence", shown(one, "reason_text")},
                     {"since", shown_time(one, "state_since")},
                     {"last test", shown_time(one, "last_test")},
                     {"test run", shown(one, "last_test_run")},
                     {"EWS URL", shown(one, "ews_url")},
                     {"master mailbox", shown(one, "master_mailbox")},
                     {"as resolved", shown(one, "account_resolved")},
                     {"account", shown(one, "account")},
                     {"password", shown(one, "password")},
                     {"authentication", shown(one, "authentication")},
                     {"trust", trust},
                     {"mailbox check", shown(one, "mailbox_check")},
                     {"refused mailbox", shown(one, "refused_mailbox")},
                     {"front ends", shown(one, "front_ends")},
                     {"products", shown(one, "products")},
                     {"concurrency", shown(one, "concurrency")},
                     {"user agent", shown(one, "user_agent")},
                     {"heartbeat", shown(one, "heartbeat_seconds") + " s"},
                     {"Autodiscover", shown(one, "autodiscover")},
                     {"proxy", shown(one, "proxy_url")},
                     {"proxy sign-in", shown(one, "proxy_url").empty() ? "" : shown(one, "proxy_sign_in")},
                     {"proxy user", shown(one, "proxy_user")},
                     {"destination", destination_text(one)},
                     {"version", shown(one, "version")}},
                    terminal);
}

ExitCode show_connection(Context& context, const Json& answer) {
  return context.show(answer, [&](const Json& one) { return connection_text(one, context.terminal); });
}

ExitCode add_connection(Context& context, const ConnectionOptions& options, PasswordOptions passwords,
                        const std::string& directory) {
  Json form = Json::object();
  if (const auto filled = fill_in(form, options); !filled) return context.report(filled.error());
  if (!directory.empty()) form["directory"] = directory;
  const bool decided = passwords.source.given() || passwords.source.prompt || passwords.none;
  if (!decided && !person_present()) {
    print_error(
        "mailward: where is the password? There is no terminal to ask at\n"
        "  what to do: --password-file FILE or --password-fd N; --no-password to save the connection without one\n");
    return ExitCode::usage;
  }
  passwords.source.prompt =
      passwords.source.prompt || (!passwords.source.given() && !passwords.none && person_present());
  const auto before = [&](Json& body) { return agree_on_form(context, body, nullptr, passwords); };
  const auto answer = send_with_password(context, "POST", "/connections", form, passwords, before);
  if (!answer) return context.report(answer.error());
  show_connection(context, *answer);
  if (!context.json) print("\nnext: mailward connection test " + shown(*answer, "id") + "\n");
  return ExitCode::ok;
}

ExitCode edit_connection(Context& context, const std::string& named, const ConnectionOptions& options,
                         const PasswordOptions& passwords, std::optional<std::int64_t> version) {
  const auto stands = context.service.call("GET", path_of(named));
  if (!stands) return context.report(stands.error());
  Json form = form_of(*stands);
  if (const auto filled = fill_in(form, options); !filled) return context.report(filled.error());
  const bool is_changed =
      form != form_of(*stands) || passwords.source.given() || passwords.source.prompt || passwords.proxy.given();
  if (!is_changed) {
    return context.report(Error(BaseError::invalid_argument, "nothing was given to be changed")
                              .with_remedy("mailward connection edit --help lists what can be"));
  }
  form["version"] = version ? Json(*version) : stands->at("version");
  if (form["version"] != stands->at("version")) {
    // It will be refused, and the refusal says who was first: before anybody types a password.
    const auto refused = context.service.call("PUT", path_of(shown(*stands, "id")), form);
    return refused ? show_connection(context, *refused) : context.report(refused.error());
  }
  const auto before = [&](Json& body) { return agree_on_form(context, body, *stands, passwords); };
  const auto answer = send_with_password(context, "PUT", path_of(shown(*stands, "id")), form, passwords, before);
  return answer ? show_connection(context, *answer) : context.report(answer.error());
}

ExitCode delete_connection(Context& context, const std::string& named, bool yes) {
  const auto stands = context.service.call("GET", path_of(named));
  if (!stands) return context.report(stands.error());
  const Status agreed = agree_to_delete("the connection " + shown(*stands, "description"), yes);
  if (!agreed) return context.report(agreed.error());
  const std::string path = path_of(shown(*stands, "id")) + "?version=" + shown(*stands, "version");
  const auto gone = context.service.call("DELETE", path);
  if (!gone) return context.report(gone.error());
  return context.show({{"deleted", shown(*stands, "id")}},
                      [&](const Json&) { return "deleted: " + shown(*stands, "description") + "\n"; });
}

ExitCode set_enabled(Context& context, const std::string& named, const char* verb) {
  const auto stands = context.service.call("GET", path_of(named));
  if (!stands) return context.report(stands.error());
  const auto answer =
      context.service.call("POST", path_of(shown(*stands, "id")) + "/" + verb, {{"version", stands->at("version")}});
  return answer ? show_connection(context, *answer) : context.report(answer.error());
}

CLI::App* add_named(CLI::App& parent, const char* name, const char* what, const std::shared_ptr<std::string>& named) {
  CLI::App* command = parent.add_subcommand(name, what)->fallthrough();
  command->add_option("connection", *named, "Its id, or its description")->required();
  return command;
}

}  // namespace

void add_connection_commands(CLI::App& app, Chosen& chosen) {
  CLI::App* connection = app.add_subcommand("connection", "Server connections to Exchange")->fallthrough();
  connection->require_subcommand(1);
  const auto named = std::make_shared<std::string>();

  connection->add_subcommand("list", "All of them, with their state")->fallthrough()->callback([&chosen] {
    chosen.action = [](Context& context) {
      const auto answer = context.service.call("GET", "/connections");
      if (!answer) return context.report(answer.error());
      return context.show(*answer, [&](const Json& all) { return list_text(all, context.terminal); });
    };
  });
  add_named(*connection, "show", "One of them", named)->callback([&chosen, named] {
    chosen.action = [named](Context& context) {
      const auto answer = context.service.call("GET", path_of(*named));
      return answer ? show_connection(context, *answer) : context.report(answer.error());
    };
  });

  const auto options = std::make_shared<ConnectionOptions>();
  const auto passwords = std::make_shared<PasswordOptions>();
  const auto directory = std::make_shared<std::string>();
  CLI::App* add = connection->add_subcommand("add", "Save a new one; asks for the password")->fallthrough();
  add_connection_options(*add, options);
  for (const char* required : {"--description", "--ews-url", "--master-mailbox"}) add->get_option(required)->required();
  add->add_option("--directory", *directory, "The directory that a new service account lives in, by id or name");
  add_password_options(*add, passwords, "the master mailbox");
  add_proxy_password_options(*add, passwords);
  add->callback([&chosen, options, passwords, directory] {
    chosen.action = [options, passwords, directory](Context& context) {
      return add_connection(context, *options, *passwords, *directory);
    };
  });

  CLI::App* edit = add_named(*connection, "edit", "Change what is given, and nothing else", named);
  add_connection_options(*edit, options);
  add_clearing_options(*edit, options);
  const auto version = std::make_shared<std::optional<std::int64_t>>();
  edit->add_option("--version", *version, "Only if this version, which connection show prints, still stands")
      ->type_name("N")
      ->check(CLI::PositiveNumber);
  add_password_options(*edit, passwords, "the master mailbox");
  add_proxy_password_options(*edit, passwords);
  add_destination_option(*edit, passwords);
  edit->callback([&chosen, named, options, passwords, version] {
    chosen.action = [named, options, passwords, version](Context& context) {
      return edit_connection(context, *named, *options, *passwords, *version);
    };
  });

  add_connection_test_command(*connection, chosen);
  add_find_command(*connection, chosen);
  add_preparation_command(*connection, chosen);
  const auto yes = std::make_shared<bool>(false);
  CLI::App* removal = add_named(*connection, "delete", "Remove it", named);
  removal->add_flag("--yes", *yes, "Do not ask");
  removal->callback([&chosen, named, yes] {
    chosen.action = [named, yes](Context& context) { return delete_connection(context, *named, *yes); };
  });
  for (const char* verb : {"enable", "disable"}) {
    add_named(*connection, verb,
              std::string_view(verb) == "enable" ? "Let the products use it" : "Keep the products from using it", named)
        ->callback([&chosen, named, verb] {
          chosen.action = [named, verb](Context& context) { return set_enabled(context, *named, verb); };
        });
  }
}

}  // namespace mailward::cli
