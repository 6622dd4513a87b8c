#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/destinations.h"
#include "cli/interruption.h"
#include "cli/rotation_report.h"
#include "cli/sending.h"

namespace mailward::cli {

namespace {

struct AccountOptions {
  std::string named;
  std::optional<std::string> name;
  std::optional<std::string> directory;
  bool no_directory = false;
  std::vector<std::string> connections;
  std::string to;
  bool yes = false;
  bool no_wait = false;
  bool verbose = false;
  PasswordOptions passwords;
};

std::string path_of(const std::string& named) {
  return "/accounts/" + segment(named);
}

std::string list_text(const Json& answer, const Terminal& terminal) {
  Table table({"ID", "PASSWORD", "ENABLED", "NAME", "AS RESOLVED"});
  for (const Json& one : answer.at("accounts")) {
    table.add(
        {shown(one, "id"), shown(one, "password"), shown(one, "enabled"), shown(one, "name"), shown(one, "resolved")});
  }
  return table.empty() ? "No service accounts yet; the first connection makes one\n" : table.text(terminal);
}

std::string directory_text(const Json& one) {
  const std::string name = shown(one, "directory_name");
  return name.empty() ? shown(one, "directory") : name + " (" + shown(one, "directory") + ")";
}

std::string made_by_text(const Json& version) {
  const std::string origin = shown(version, "origin");
  return origin == "generated" ? "Mailward" : origin == "fetched" ? "another vault" : "a person";
}

std::string account_text(const Json& one, const Terminal& terminal) {
  std::string used_by;
  for (const Json& connection : one.value("connections", Json::array())) {
    used_by += (used_by.empty() ? "" : ", ") + shown(connection, "description");
  }
  std::string text = properties({{"id", shown(one, "id")},
                                 {"name", shown(one, "name")},
                                 {"as resolved", shown(one, "resolved")},
                                 {"SID", shown(one, "sid")},
                                 {"directory", directory_text(one)},
                                 {"renewed by", shown(one, "rotation_mode")},
                                 {"reset account", shown(one, "reset_account_name")},
                                 {"twin", shown(one, "twin_name")},
                                 {"rotation under way", shown(one, "rotation")},
                                 {"enabled", shown(one, "enabled")},
                                 {"password", shown(one, "password")},
                                 {"used by", used_by},
                                 {"version", shown(one, "version")}},
                                terminal);
  Table versions({"PASSWORD", "STATE", "MADE BY", "SET", "BY", "PROMOTED", "REFUSED"});
  for (const Json& version : one.at("credentials")) {
    versions.add({shown(version, "number"), shown(version, "state"), made_by_text(version),
                  shown_time(version, "created"), shown(version, "created_by"), shown_time(version, "promoted"),
                  shown_time(version, "refused")});
  }
  return versions.empty() ? text : text + "\n" + versions.text(terminal);
}

ExitCode show_account(Context& context, const Result<Json>& answer) {
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& one) { return account_text(one, context.terminal); });
}

ExitCode add_account(Context& context, const AccountOptions& options) {
  Json body{{"name", options.named}};
  if (options.directory) body["directory"] = *options.directory;
  return show_account(context, context.service.call("POST", "/accounts", body));
}

ExitCode edit_account(Context& context, const AccountOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  Json body{{"version", stands->at("version")},
            {"name", options.name.value_or(shown(*stands, "name"))},
            {"directory", options.directory.value_or(shown(*stands, "directory"))}};
  if (options.no_directory) body["directory"] = nullptr;
  return show_account(context, context.service.call("PUT", path_of(shown(*stands, "id")), body));
}

/// Those of the account's connections that are named, or all. An id goes before a description, and a description that
/// two bear names none: anybody who may add a connection chooses its description.
Result<std::vector<Json>> typed_for(const Json& account, const std::vector<std::string>& named) {
  const Json all = account.value("connections", Json::array());
  if (named.empty()) return std::vector<Json>(all.begin(), all.end());
  std::vector<Json> found;
  for (const std::string& name : named) {
    const auto bearing = [&](const char* member) {
      std::vector<Json> some;
      std::ranges::copy_if(all, std::back_inserter(some), [&](const Json& one) { return shown(one, member) == name; });
      return some;
    };
    std::vector<Json> some = bearing("id");
    if (some.empty()) some = bearing("description");
    if (some.size() != 1) {
      const std::string how_many = some.empty() ? "no connection" : std::to_string(some.size()) + " connections";
      return fail(Error(BaseError::invalid_argument,
                        how_many + " of the account " + shown(account, "name") + " by the name '" + name + "'")
                      .with_remedy("name it by its id: mailward connection list"));
    }
    found.push_back(std::move(some.front()));
  }
  return found;
}

/// One that was refused before is not tried again: nothing follows it.
ExitCode tell_refused_before(Context& context, const Result<Json>& saved) {
  show_account(context, saved);
  return context.report(
      Error(BaseError::invalid_argument,
            "this password was refused before and is not tried again; the one before stays")
          .with_remedy("type the one that Active Directory has; or, where it is right by now: mailward connection test "
                       "CONNECTION --try-again"));
}

/// A password that replaces another is proven as a rotation, which is watched to its end; one that is the account's
/// first waits for a connection test.
ExitCode watch_proof(Context& context, const AccountOptions& options, const Result<Json>& saved) {
  const std::string rotation = saved ? shown(*saved, "rotation") : std::string();
  if (saved && rotation.empty() && shown(*saved, "password") == "refused") return tell_refused_before(context, saved);
  if (options.no_wait || rotation.empty()) return show_account(context, saved);
  const Interruption interruption;
  const Status watched = watch_rotation(context, rotation, options.verbose, interruption.token());
  return watched ? conclude_rotation(context, rotation) : report_unwatched(context, rotation, watched.error());
}

ExitCode set_password(Context& context, AccountOptions options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  const auto wanted = typed_for(*stands, options.connections);
  if (!wanted) return context.report(wanted.error());
  Json body{{"version", stands->at("version")}, {"connections", Json::array()}, {"destinations", Json::array()}};
  std::vector<PasswordGoal> goals;
  std::string hosts;
  for (const Json& one : *wanted) {
    body["connections"].push_back(one.at("id"));
    body["destinations"].push_back(shown(one, "destination"));
    goals.push_back({.connection = shown(one, "description"),
                     .destination = shown(one, "destination"),
                     .proven = one.value("destination_proven", false),
                     .chosen = wanted->size() == 1 || !options.connections.empty()});
    hosts += (hosts.empty() ? "" : ", ") + host_of(goals.back().destination);
  }
  if (!options.passwords.source.given()) options.passwords.source.prompt = true;
  const auto before = [&](Json&) -> Result<std::string> {
    MW_CHECK(agree(context, goals, options.passwords.destinations));
    return "New password of " + shown(*stands, "name") + ", to be sent to " + hosts;
  };
  return watch_proof(
      context, options,
      send_with_password(context, "PUT", path_of(shown(*stands, "id")) + "/password", body, options.passwords, before));
}

ExitCode rebind(Context& context, const AccountOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  const std::string destination = from_one_line(options.to);
  if (!options.yes) {
    print_error("The stored password of " + shown(*stands, "name") + " may then be sent there too:\n" +
                destination_lines(destination, context.terminal));
    if (!confirm("Is that a server of yours?")) {
      return context.report(
          Error(BaseError::cancelled, "the password stays where it was").with_remedy("say --yes in a script"));
    }
  }
  return show_account(context,
                      context.service.call("POST", path_of(shown(*stands, "id")) + "/rebind",
                                           {{"version", stands->at("version")}, {"destination", destination}}));
}

ExitCode delete_account(Context& context, const AccountOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  const Status agreed = agree_to_delete("the account " + shown(*stands, "name") + ", with its passwords", options.yes);
  if (!agreed) return context.report(agreed.error());
  const auto gone =
      context.service.call("DELETE", path_of(shown(*stands, "id")) + "?version=" + shown(*stands, "version"));
  if (!gone) return context.report(gone.error());
  return context.show({{"deleted", shown(*stands, "id")}},
                      [&](const Json&) { return "deleted: " + shown(*stands, "name") + "\n"; });
}

ExitCode set_enabled(Context& context, const AccountOptions& options, const char* verb) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  return show_account(context, context.service.call("POST", path_of(shown(*stands, "id")) + "/" + verb,
                                                    {{"version", stands->at("version")}}));
}

}  // namespace

void add_account_commands(CLI::App& app, Chosen& chosen) {
  CLI::App* account = app.add_subcommand("account", "Service accounts, which have the passwords")->fallthrough();
  account->require_subcommand(1);
  const auto options = std::make_shared<AccountOptions>();
  const auto command = [&](const char* name, const char* what, const char* argument) {
    CLI::App* made = account->add_subcommand(name, what)->fallthrough();
    made->add_option("account", options->named, argument)->required();
    return made;
  };
  constexpr const char* kNamed = "Its id, or its name";

  account->add_subcommand("list", "All of them")->fallthrough()->callback([&chosen] {
    chosen.action = [](Context& context) {
      const auto answer = context.service.call("GET", "/accounts");
      if (!answer) return context.report(answer.error());
      return context.show(*answer, [&](const Json& all) { return list_text(all, context.terminal); });
    };
  });
  command("show", "One of them, with its passwords' history", kNamed)->callback([&chosen, options] {
    chosen.action = [options](Context& context) {
      return show_account(context, context.service.call("GET", path_of(options->named)));
    };
  });
  CLI::App* add =
      command("add", "Write down an account before a connection uses it", "UPN, DOMAIN\\name or SMTP address");
  add->add_option("--directory", options->directory, "The directory it lives in, by id or name");
  add->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return add_account(context, *options); }; });
  CLI::App* edit = command("edit", "Another name or directory; the passwords must then be typed again", kNamed);
  edit->add_option("--name", options->name, "UPN, DOMAIN\\name or SMTP address");
  edit->add_option("--directory", options->directory, "The directory it lives in, by id or name");
  edit->add_flag("--clear-directory", options->no_directory, "It lives in none that is known");
  edit->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return edit_account(context, *options); }; });
  CLI::App* password =
      command("password", "Save a new password and prove it; the old stays until the new one has signed in", kNamed);
  password->footer(
      "Exit codes: 0 saved and proven (with --no-wait, or where it is the account's first: saved), 4 proven and not "
      "all "
      "is as it should be, 1 not accepted, or not saved.");
  password->add_flag("--no-wait", options->no_wait, "Do not wait for the proof, which goes on by itself");
  password->add_flag("--verbose", options->verbose, "On a terminal: all evidence, also of what went well");
  password
      ->add_option("--connection", options->connections,
                   "A connection that it is typed for, by id or description; may be repeated; needed where several use "
                   "the account"
                   " and nobody can be asked")
      ->allow_extra_args(false);
  add_password_options(*password, std::shared_ptr<PasswordOptions>(options, &options->passwords), "the account");
  add_destination_option(*password, std::shared_ptr<PasswordOptions>(options, &options->passwords));
  password->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return set_password(context, *options); }; });
  CLI::App* rebinding = command(
      "rebind", "Let its stored password, which nobody can type, go to another destination; as root, on the server",
      kNamed);
  rebinding->add_option("--to", options->to, "The destination in one line, as the console's form shows it")->required();
  rebinding->add_flag("--yes", options->yes, "Do not ask");
  rebinding->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return rebind(context, *options); }; });
  add_rotation_commands(app, *account, chosen);
  add_schedule_commands(app, *account, chosen);
  CLI::App* removal = command("delete", "Remove it; refused while connections use it", kNamed);
  removal->add_flag("--yes", options->yes, "Do not ask");
  removal->callback([&chosen, options] {
    chosen.action = [options](Context& context) { return delete_account(context, *options); };
  });
  for (const char* verb : {"enable", "disable"}) {
    command(verb, std::string_view(verb) == "enable" ? "Let it sign in" : "Keep it from signing in", kNamed)
        ->callback([&chosen, options, verb] {
          chosen.action = [options, verb](Context& context) { return set_enabled(context, *options, verb); };
        });
  }
}

}  // namespace mailward::cli
