#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command_line.h"
#include "cli/destinations.h"
#include "cli/sending.h"

/// How accounts are renewed: schedules, twins, other vaults, and who still uses an old password.
namespace mailward::cli {

namespace {

constexpr std::size_t kMostEventBytes = 900'000;
/// Another vault is asked before it is named, and has that long at most (docs/configuration.md).
constexpr std::chrono::seconds kVaultPatience{310};

struct ScheduleOptions {
  std::string named;
  std::optional<std::string> mode;
  std::optional<int> every;
  std::optional<std::string> window;
  bool unlock = false;
  bool no_unlock = false;
};

struct TwinOptions {
  std::string named;
  std::string name;
  PasswordOptions passwords;
};

struct SourceOptions {
  std::string named;
  std::vector<std::string> command;
  std::string url;
  std::string ca_file;
  bool none = false;
  bool no_check = false;
  PasswordSource token;
};

std::string path_of(const std::string& named) {
  return "/accounts/" + segment(named);
}

std::string when(const Json& one) {
  if (one.value("by_person", false)) return "by hand, until " + shown_time(one, "deadline");
  const std::string obstacle = shown(one, "obstacle");
  return shown_time(one, "due") + (obstacle.empty() ? "" : ", if nothing stood against it: " + obstacle);
}

std::string plan_text(const Json& plan, const Terminal& terminal) {
  const auto every = plan.value("every_days", 0);
  std::string next = "nobody has asked for any";
  if (every > 0) next = plan.at("next").is_null() ? "not before a password has signed in" : when(plan.at("next"));
  return properties(
      {{"account", shown(plan, "account_name")},
       {"way", shown(plan, "mode")},
       {"every", every > 0 ? std::to_string(every) + " days" : "never by itself"},
       {"window", shown(plan, "window")},
       {"lifts lock-outs", plan.value("unlocks", false) ? "yes, by the reset account" : "no"},
       {"password expires", plan.at("password_expires_read").is_null() ? "not known"
                            : plan.at("password_expires").is_null()    ? "never"
                                                                       : shown_time(plan, "password_expires")},
       {"next", next},
       {"what to do", plan.at("next").is_null() ? "" : shown(plan.at("next"), "remedy")}},
      terminal);
}

ExitCode schedule_account(Context& context, const ScheduleOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  const std::string path = path_of(shown(*stands, "id")) + "/schedule";
  auto plan = context.service.call("GET", path);
  if (!plan) return context.report(plan.error());
  const bool changes = options.mode || options.every || options.window || options.unlock || options.no_unlock;
  if (changes) {
    Json body{{"version", plan->at("version")}};
    if (options.mode) body["mode"] = *options.mode;
    if (options.every) body["every_days"] = *options.every;
    if (options.window) body["window"] = *options.window;
    if (options.unlock || options.no_unlock) body["unlocks"] = options.unlock;
    plan = context.service.call("PUT", path, body);
    if (!plan) return context.report(plan.error());
  }
  return context.show(*plan, [&](const Json& one) { return plan_text(one, context.terminal); });
}

ExitCode show_schedule(Context& context, int days) {
  const auto answer = context.service.call("GET", "/schedule?days=" + std::to_string(days));
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"WHEN", "AT THE LATEST", "WAY", "ACCOUNT", "WHAT STANDS AGAINST IT"});
    for (const Json& one : all.at("rotations")) {
      const bool by_person = one.value("by_person", false);
      table.add({by_person ? "by a person" : shown_time(one, "due"),
                 shown_time(one, "deadline") + (one.value("by_expiry", false) ? " (it expires)" : ""),
                 shown(one, "mode"), shown(one, "account_name"), shown(one, "obstacle")});
    }
    return table.empty() ? "Nothing is planned for the next " + std::to_string(days) +
                               " days: mailward account schedule ACCOUNT --every DAYS\n"
                         : table.text(context.terminal);
  });
}

ExitCode set_twin(Context& context, TwinOptions options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  Json body{{"version", stands->at("version")},
            {"name", options.name},
            {"connections", Json::array()},
            {"destinations", Json::array()}};
  std::vector<PasswordGoal> goals;
  std::string hosts;
  for (const Json& one : stands->value("connections", Json::array())) {
    body["connections"].push_back(one.at("id"));
    body["destinations"].push_back(shown(one, "destination"));
    goals.push_back({.connection = shown(one, "description"),
                     .destination = shown(one, "destination"),
                     .proven = one.value("destination_proven", false)});
    hosts += (hosts.empty() ? "" : ", ") + host_of(goals.back().destination);
  }
  if (!options.passwords.source.given() && !options.passwords.none) options.passwords.source.prompt = true;
  const auto before = [&](Json&) -> Result<std::string> {
    MW_CHECK(agree(context, goals, options.passwords.destinations));
    return "Password of " + options.name + ", to be sent to " + hosts;
  };
  const auto saved =
      send_with_password(context, "PUT", path_of(shown(*stands, "id")) + "/twin", body, options.passwords, before);
  if (!saved) return context.report(saved.error());
  return context.show(*saved, [&](const Json& one) {
    const std::string seen = shown(one, "twin_resolved");
    const std::string found =
        seen.empty() ? "It was not looked up: no directory could be asked." : "The directory has it: " + seen;
    return shown(one, "twin_name") + " is the twin of " + shown(one, "name") + " from now on.\n" + found +
           "\nLet it take turns: mailward account schedule " + shown(one, "id") +
           " --mode twin; at once: mailward account rotate " + shown(one, "id") + " --mode twin\n";
  });
}

ExitCode clear_twin(Context& context, const std::string& named) {
  const auto stands = context.service.call("GET", path_of(named));
  if (!stands) return context.report(stands.error());
  const auto saved =
      context.service.call("DELETE", path_of(shown(*stands, "id")) + "/twin?version=" + shown(*stands, "version"));
  if (!saved) return context.report(saved.error());
  return context.show(*saved, [](const Json& one) { return shown(one, "name") + " has no twin any more.\n"; });
}

/// What it said when it was asked before it was saved; empty where it was not asked now.
std::string asked_text(const std::string& handed_over) {
  if (handed_over == "the_one_in_force") return "just now: it hands over the password in force";
  if (handed_over == "another_one") return "just now: it hands over another password than the one in force";
  return handed_over == "a_password" ? "just now: it hands over a password" : "";
}

std::string source_text(const Json& answer, const Terminal& terminal) {
  const Json& source = answer.at("source");
  if (source.is_null()) return "No other vault hands over its passwords: mailward account source ACCOUNT --url …\n";
  std::string command;
  for (const Json& word : source.at("command")) command += (command.empty() ? "" : " ") + word.get<std::string>();
  return properties({{"program", command},
                     {"address", shown(source, "url")},
                     {"token", source.value("has_token", false) ? "kept" : "none"},
                     {"asked", asked_text(shown(answer, "handed_over"))},
                     {"set", shown_time(source, "updated")},
                     {"by", shown(source, "updated_by")}},
                    terminal);
}

ExitCode clear_source(Context& context, const Json& account, const std::string& path) {
  const auto gone = context.service.call("DELETE", path);
  if (!gone) return context.report(gone.error());
  return context.show({{"source", nullptr}}, [&](const Json&) {
    std::string text = "No other vault hands over the passwords of " + shown(account, "name") + " any more.\n";
    if (shown(account, "rotation_mode") != "external") return text;
    return text + "Its way is manual from now on; another: mailward account schedule " + shown(account, "id") +
           " --mode WAY\n";
  });
}

ExitCode set_source(Context& context, const SourceOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  const std::string path = path_of(shown(*stands, "id")) + "/source";
  context.service.be_patient(kVaultPatience);
  const bool names = !options.command.empty() || !options.url.empty();
  Result<Json> answer = Json();
  if (options.none) {
    return clear_source(context, *stands, path);
  } else if (!options.command.empty()) {
    answer =
        context.service.call("PUT", path + "-command", {{"command", options.command}, {"check", !options.no_check}});
  } else if (!options.url.empty()) {
    Json body{{"url", options.url}, {"check", !options.no_check}};
    if (!options.ca_file.empty()) {
      const auto trust = read_certificates(options.ca_file);
      if (!trust) return context.report(trust.error());
      body["trust_pem"] = *trust;
    }
    const auto token = read_password(options.token, "Token for " + options.url);
    if (!token) return context.report(token.error());
    answer = context.service.call("PUT", path, body, "token", *token ? &**token : nullptr);
  } else {
    answer = context.service.call("GET", path);
  }
  if (!answer) {
    const ExitCode code = context.report(answer.error());
    if (names && !options.no_check && !context.json)
      print_error("  nothing was saved; to save it unasked: --no-check\n");
    return code;
  }
  return context.show(*answer, [&](const Json& one) { return source_text(one, context.terminal); });
}

std::string old_password_text(const Json& report, const Terminal& terminal) {
  Table table({"WHEN", "WHAT", "CONTROLLER", ""});
  for (const Json& one : report.at("seen")) {
    const std::string last = shown_time(one, "last");
    table.add(
        {shown_time(one, "at"), shown(one, "kind"), shown(one, "controller"),
         shown(one, "text") + (last.empty() ? "" : " Seen " + shown(one, "times") + " times, last at " + last + ".")});
  }
  std::string text = report.at("ended").is_null() ? "Watched until " + shown_time(report, "until") + ".\n"
                                                  : "Was watched until " + shown_time(report, "until") + ".\n";
  const char* none = report.at("commands").empty() ? "No domain controller could be read so far.\n"
                                                   : "The directory shows no use of another password so far.\n";
  text += table.empty() ? none : "\n" + table.text(terminal);
  for (const Json& one : report.at("imports")) {
    text += "handed in: " + shown(one, "controller") + ", events from " + shown_time(one, "first") + " to " +
            shown_time(one, "last") + "\n";
  }
  text += "\n" + shown(report, "cannot_show") + "\n";
  for (const Json& one : report.at("commands")) text += "\n" + shown(one, "command") + "\n";
  if (!report.at("commands").empty()) {
    text += "\nHand the file in, and they are told by where they came from: mailward rotation events ROTATION FILE\n";
  }
  return text;
}

ExitCode show_old_password(Context& context, const std::string& id) {
  const auto report = context.service.call("GET", "/rotations/" + segment(id) + "/old-password");
  if (!report) return context.report(report.error());
  return context.show(*report, [&](const Json& one) { return old_password_text(one, context.terminal); });
}

ExitCode take_events(Context& context, const std::string& id, const std::string& file) {
  const std::string path = "/rotations/" + segment(id);
  auto csv = read_file(file, kMostEventBytes);
  if (!csv && csv.error().is(BaseError::limit_exceeded)) {
    const auto stands = context.service.call("GET", path + "/old-password");
    if (!stands) return context.report(stands.error());
    return context.report(Error(std::move(csv).error())
                              .with_remedy("cut it by time, in PowerShell, where the file lies: " +
                                           shown(*stands, "cut_command") + " ; then hand in each part: they add up"));
  }
  if (!csv) return context.report(csv.error());
  const auto report = context.service.call("POST", path + "/sign-in-events", {{"csv", *csv}});
  if (!report) return context.report(report.error());
  return context.show(*report, [&](const Json& one) {
    return shown(one.at("file"), "told") + "\n\n" + old_password_text(one, context.terminal);
  });
}

void add_source_command(CLI::App& account, Chosen& chosen, const char* named) {
  const auto options = std::make_shared<SourceOptions>();
  CLI::App* source =
      account.add_subcommand("source", "Where another vault hands over its password (way \"external\")")->fallthrough();
  source->footer(
      "Without an option it says what stands. It is asked once before it is saved; what hands over nothing is not "
      "saved.");
  source->add_option("account", options->named, named)->required();
  auto* command = source->add_option("--command", options->command,
                                     "A program and its arguments, that writes the password to standard output; as "
                                     "root, on the server");
  auto* url = source->add_option("--url", options->url, "An https address that answers with the password");
  source->add_option("--ca-file", options->ca_file, "Authorities for it, in place of the system's")->type_name("FILE");
  source->add_option("--token-file", options->token.file, "A bearer token for it; only its owner may read the file")
      ->type_name("FILE");
  source->add_flag("--ask-token", options->token.prompt, "Ask for the token");
  source->add_flag("--no-check", options->no_check, "Save it without asking it first");
  auto* none = source->add_flag("--none", options->none, "None any more; the way external becomes manual");
  command->excludes(url)->excludes(none);
  url->excludes(none);
  source->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return set_source(context, *options); }; });
}

void add_twin_commands(CLI::App& account, Chosen& chosen, const char* named) {
  const auto options = std::make_shared<TwinOptions>();
  CLI::App* twin =
      account.add_subcommand("twin", "Name the account that takes its place while it is renewed (way \"twin\")")
          ->fallthrough();
  twin->add_option("account", options->named, named)->required();
  twin->add_option("--name", options->name, "The twin: UPN or DOMAIN\\name")->required();
  add_password_options(*twin, std::shared_ptr<PasswordOptions>(options, &options->passwords), "the twin");
  add_destination_option(*twin, std::shared_ptr<PasswordOptions>(options, &options->passwords));
  twin->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return set_twin(context, *options); }; });
  CLI::App* clear = account.add_subcommand("clear-twin", "It has no twin any more")->fallthrough();
  clear->add_option("account", options->named, named)->required();
  clear->callback([&chosen, options] {
    chosen.action = [options](Context& context) { return clear_twin(context, options->named); };
  });
}

}  // namespace

void add_schedule_commands(CLI::App& app, CLI::App& account, Chosen& chosen) {
  constexpr const char* kNamed = "The account's id, or its name";
  const auto options = std::make_shared<ScheduleOptions>();
  CLI::App* schedule =
      account.add_subcommand("schedule", "How its password is renewed, and when by itself")->fallthrough();
  schedule->footer("Without an option it says what stands. Times are those of the server's clock on the wall.");
  schedule->add_option("account", options->named, kNamed)->required();
  schedule->add_option("--mode", options->mode, "delegated_reset, self_change, twin, external or manual")
      ->type_name("WAY");
  schedule->add_option("--every", options->every, "Days between two renewals; 0: only when somebody asks")
      ->check(CLI::Range(0, 366))
      ->type_name("DAYS");
  schedule->add_option("--window", options->window, "\"mon-fri 22:00-04:00\": it begins only then");
  auto* unlock =
      schedule->add_flag("--unlock", options->unlock, "Lift lock-outs that follow a renewal, by the reset account");
  schedule->add_flag("--no-unlock", options->no_unlock, "Leave them to a person")->excludes(unlock);
  schedule->callback([&chosen, options] {
    chosen.action = [options](Context& context) { return schedule_account(context, *options); };
  });
  add_twin_commands(account, chosen, kNamed);
  add_source_command(account, chosen, kNamed);

  const auto days = std::make_shared<int>(90);
  CLI::App* all =
      app.add_subcommand("schedule", "What will be renewed when, if all goes well: changes nothing")->fallthrough();
  all->add_option("--days", *days, "So far ahead")->check(CLI::Range(1, 366))->capture_default_str();
  all->callback(
      [&chosen, days] { chosen.action = [days](Context& context) { return show_schedule(context, *days); }; });
}

void add_old_password_commands(CLI::App& rotations, Chosen& chosen) {
  const auto id = std::make_shared<std::string>();
  const auto file = std::make_shared<std::string>();
  CLI::App* old =
      rotations.add_subcommand("old-password", "Who still used the old password in the hour after it")->fallthrough();
  old->add_option("rotation", *id, "Its id")->required();
  old->callback([&chosen, id] { chosen.action = [id](Context& context) { return show_old_password(context, *id); }; });
  CLI::App* events =
      rotations.add_subcommand("events", "Hand in a controller's sign-ins, as the command of old-password writes them")
          ->fallthrough();
  events->add_option("rotation", *id, "Its id")->required();
  events->add_option("file", *file, "The CSV file")->required()->type_name("FILE");
  events->callback([&chosen, id, file] {
    chosen.action = [id, file](Context& context) { return take_events(context, *id, *file); };
  });
}

}  // namespace mailward::cli
