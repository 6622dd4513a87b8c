#include <algorithm>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command_line.h"
#include "cli/interruption.h"
#include "cli/password_input.h"
#include "cli/sending.h"
#include "cli/test_report.h"

namespace mailward::cli {

namespace {

/// The longest that a plan is watched; it goes on by itself.
constexpr std::chrono::minutes kPatience{60};
constexpr unsigned kForItsOwner = 0600;

/// A person whom the local socket cannot know, and who proves who he is.
struct PersonOptions {
  std::string user;
  bool ask_code = false;
  PasswordOptions passwords;
};

struct RenewOptions {
  bool dry_run = false;
  bool yes = false;
  bool verbose = false;
  std::vector<std::string> only;
  PersonOptions person;
};

struct ApproveOptions {
  std::string id;
  PersonOptions person;
};

struct ReportOptions {
  std::string id;
  std::string file;
};

/// The members of a body that name him; his password apart.
Result<std::optional<SecretString>> read_person(Json& body, PersonOptions options) {
  if (options.user.empty()) return std::nullopt;
  body["user"] = options.user;
  if (!options.passwords.source.given()) options.passwords.source.prompt = true;
  MW_TRY(auto password, read_password(options.passwords.source, "Password of " + options.user));
  if (options.ask_code) {
    MW_TRY(const auto code, read_password({.prompt = true}, "One-time code of " + options.user));
    if (code) body["code"] = std::string(code->reveal());
  }
  return password;
}

CLI::Option* add_person_options(CLI::App& command, const std::shared_ptr<PersonOptions>& person, const char* who,
                                const char* words) {
  CLI::Option* user = command.add_option("--user", person->user, words);
  command.add_flag("--ask-code", person->ask_code, "Ask for his one-time code as well");
  add_password_options(command, std::shared_ptr<PasswordOptions>(person, &person->passwords), who);
  return user;
}

std::string renewal_path(const std::string& id) {
  return "/renewals/" + segment(id);
}

std::string ways_text(const Json& item) {
  std::string text = shown(item, "way");
  std::ranges::replace(text, '_', ' ');
  if (item.value("times", 1) > 1) text += ", twice";
  return text;
}

/// What cannot be replaced, in one line; empty where there is none of that sort.
std::string stays_text(const Json& items) {
  const auto stays = std::ranges::count_if(items, [](const Json& one) { return shown(one, "way") == "stays"; });
  if (stays == 0) return {};
  return std::to_string(stays) + " keys stay: they are sealed under the master key, and open no password\n";
}

/// The plan as an ordered list, with the reason of each place.
std::string plan_text(const Json& items, const Terminal& terminal) {
  std::string text;
  for (const Json& one : items) {
    if (shown(one, "way") == "stays") continue;
    text += padded(shown(one, "position") + ".", 4) + shown(one, "title") + ": " + shown(one, "opens") + "  [" +
            ways_text(one) + "]\n";
    for (const std::string& line : wrapped(shown(one, "reason"), std::max<std::size_t>(terminal.width, 40) - 6)) {
      text += "      " + terminal.in(Colour::faint, line) + "\n";
    }
  }
  return text + stays_text(items);
}

std::string person_text(const Json& renewal, const char* name, const char* when) {
  const auto found = renewal.find(name);
  if (found == renewal.end() || !found->is_object()) return {};
  return shown(*found, "name") + " at " + shown_time(renewal, when);
}

std::string items_text(const Json& items, const Terminal& terminal) {
  Table table({"#", "STATE", "SECRET", "TIMES", "BEFORE", "AFTER", "OPENS"}, Table::Last::wrapped);
  std::string todo;
  for (const Json& one : items) {
    if (shown(one, "way") == "stays") continue;
    const Json before = one.value("before", Json::object());
    const Json after = one.value("after", Json::object());
    const auto minute = [](const Json& moment, const char* name) { return shown_time(moment, name).substr(0, 16); };
    table.add({shown(one, "position"), shown(one, "state"), shown(one, "title"),
               shown(one, "done_times") + "/" + shown(one, "times"), minute(before, "created"),
               minute(after, after.contains("revoked") ? "revoked" : "created"), shown(one, "opens")});
    const std::string state = shown(one, "state");
    if (state != "waiting" && state != "failed") continue;
    const std::string why = shown(one, "why");
    const std::string remedy = shown(one, "remedy");
    const std::string command = shown(one, "command");
    todo += shown(one, "position") + ". " + shown(one, "title") + " (" + shown(one, "opens") + ")" +
            (why.empty() ? "" : ": " + why) + "\n   what to do: " + (remedy.empty() ? shown(one, "how") : remedy) +
            "\n" + (command.empty() ? "" : "   " + command + "\n");
  }
  return table.text(terminal) + stays_text(items) + (todo.empty() ? "" : "\n" + todo);
}

std::string renewal_text(const Json& one, const Terminal& terminal) {
  return properties({{"plan", shown(one, "id")},
                     {"state", shown(one, "state")},
                     {"", shown(one, "meaning")},
                     {"why", shown(one, "why")},
                     {"asked for", person_text(one, "asked_by", "created")},
                     {"approved", person_text(one, "approved_by", "approved")},
                     {"started", person_text(one, "started_by", "started")},
                     {"ended", shown_time(one, "ended")}},
                    terminal) +
         "\n" + items_text(one.at("items"), terminal);
}

ExitCode code_of(const Json& renewal) {
  bool waits = false;
  for (const Json& one : renewal.at("items")) {
    const std::string state = shown(one, "state");
    if (state == "failed") return ExitCode::error;
    waits = waits || state == "waiting" || state == "left";
  }
  return waits ? ExitCode::degraded : ExitCode::ok;
}

ExitCode conclude(Context& context, const std::string& id) {
  const auto renewal = context.service.call("GET", renewal_path(id));
  if (!renewal) return context.report(renewal.error());
  context.show(*renewal, [&](const Json& one) { return "\n" + renewal_text(one, context.terminal); });
  if (!context.json) print("report: mailward secrets renewal report " + id + " FILE\n");
  return code_of(*renewal);
}

ExitCode report_unwatched(const Context& context, const std::string& id, const Error& error) {
  if (!error.is(BaseError::cancelled)) return context.report(error);
  print_error("mailward: it goes on by itself: mailward secrets renewal show " + id + "\n");
  return ExitCode::interrupted;
}

/// Follows the plan's run to its end, and shows what it came to.
ExitCode watch(Context& context, const Json& begun, bool verbose) {
  const std::string id = shown(begun, "id");
  const Interruption interruption;
  TestReport report(context.terminal, verbose);
  const auto on_event = [&](const Json& event) {
    if (!context.json) report.take(event);
  };
  const Status followed =
      context.service.follow(shown(begun, "run"), on_event, Deadline::after(kPatience), interruption.token());
  report.clear_line();
  if (!followed) return report_unwatched(context, id, followed.error());
  return conclude(context, id);
}

ExitCode start(Context& context, const std::string& id, bool verbose) {
  const auto begun = context.service.call("POST", renewal_path(id) + "/start");
  if (!begun) return context.report(begun.error());
  return watch(context, *begun, verbose);
}

ExitCode renew(Context& context, const RenewOptions& options) {
  const auto plan = context.service.call("POST", "/renewals", {{"dry_run", true}, {"only", options.only}});
  if (!plan) return context.report(plan.error());
  if (options.dry_run) {
    return context.show(*plan, [&](const Json& one) {
      return plan_text(one.at("items"), context.terminal) + "Nothing was changed.\n";
    });
  }
  if (!context.json) print(plan_text(plan->at("items"), context.terminal) + "\n");
  if (!options.yes && !confirm("Renew all of this now?")) {
    print_error("mailward: nothing was changed\n  what to do: say yes at the terminal, or give --yes\n");
    return ExitCode::error;
  }
  Json body{{"only", options.only}};
  const auto password = read_person(body, options.person);
  if (!password) return context.report(password.error());
  const auto made = context.service.call("POST", "/renewals", body, "password", *password ? &**password : nullptr);
  if (!made) return context.report(made.error());
  const std::string id = shown(*made, "id");
  if (shown(*made, "state") != "awaiting_approval") return start(context, id, options.verbose);
  return context.show(*made, [&](const Json& plan) {
    const bool nobody = plan.value("approvers", 0) == 0;
    return "The plan " + id + " waits for another administrator's approval" +
           (nobody ? ", and there is none with a password\n  first: mailward user create NAME --admin\n"
                   : ".\n  then: mailward secrets renewal approve " + id + " --user NAME --ask-password\n") +
           "  then: mailward secrets renewal start " + id + "\n";
  });
}

ExitCode list_renewals(Context& context) {
  const auto answer = context.service.call("GET", "/renewals");
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"ID", "MADE", "STATE", "ASKED FOR BY", "ENDED"});
    for (const Json& one : all.at("renewals")) {
      table.add({shown(one, "id"), shown_time(one, "created"), shown(one, "state"),
                 shown(one.value("asked_by", Json::object()), "name"), shown_time(one, "ended")});
    }
    return table.empty() ? "No plans yet: mailward secrets renew --dry-run\n" : table.text(context.terminal);
  });
}

ExitCode show_renewal(Context& context, const std::string& id) {
  const auto renewal = context.service.call("GET", renewal_path(id));
  if (!renewal) return context.report(renewal.error());
  return context.show(*renewal, [&](const Json& one) { return renewal_text(one, context.terminal); });
}

ExitCode approve(Context& context, const ApproveOptions& options) {
  Json body = Json::object();
  const auto password = read_person(body, options.person);
  if (!password) return context.report(password.error());
  const auto approved = context.service.call("POST", renewal_path(options.id) + "/approve", body, "password",
                                             *password ? &**password : nullptr);
  if (!approved) return context.report(approved.error());
  return context.show(*approved, [&](const Json& one) {
    return "Approved. Start it: mailward secrets renewal start " + shown(one, "id") + "\n";
  });
}

ExitCode retry(Context& context, const std::string& id, bool verbose) {
  const auto begun = context.service.call("POST", renewal_path(id) + "/retry");
  if (!begun) return context.report(begun.error());
  return watch(context, *begun, verbose);
}

ExitCode close(Context& context, const std::string& id) {
  const auto closed = context.service.call("POST", renewal_path(id) + "/close");
  if (!closed) return context.report(closed.error());
  return context.show(*closed, [&](const Json& one) { return renewal_text(one, context.terminal); });
}

/// A page where the file's name says so; else JSON.
ExitCode report(Context& context, const ReportOptions& options) {
  const bool is_page = options.file.ends_with(".html") || options.file.ends_with(".htm");
  const std::string path = renewal_path(options.id) + "/report?format=" + (is_page ? "html" : "json");
  std::string text;
  if (is_page) {
    auto page = context.service.fetch(path);
    if (!page) return context.report(page.error());
    text = *std::move(page);
  } else {
    const auto json = context.service.call("GET", path);
    if (!json) return context.report(json.error());
    text = json->dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  if (options.file.empty() || options.file == "-") {
    print(text);
    return ExitCode::ok;
  }
  if (const Status written = write_file_durably(options.file, text, kForItsOwner); !written) {
    return context.report(written.error());
  }
  if (!context.json) print("The report is in " + options.file + "\n");
  return ExitCode::ok;
}

}  // namespace

void add_renewal_commands(CLI::App& secrets, Chosen& chosen) {
  const auto renewing = std::make_shared<RenewOptions>();
  CLI::App* now = secrets.add_subcommand("renew", "Renew all of them by one plan, now")->fallthrough();
  now->footer("Exit codes: 0 all renewed, 4 some wait for a person, 1 some failed or nothing was begun.");
  now->add_flag("--dry-run", renewing->dry_run, "Show the plan, and change nothing");
  now->add_option("--only", renewing->only, "Secrets of these kinds alone (mailward secrets policy names them)")
      ->type_name("KIND");
  now->add_flag("--yes", renewing->yes, "Do not ask");
  add_person_options(*now, std::shared_ptr<PersonOptions>(renewing, &renewing->person), "who asks",
                     "Who asks, by name: wanted where another administrator must approve");
  now->add_flag("--verbose", renewing->verbose, "On a terminal: all evidence, also of what went well");
  now->callback(
      [&chosen, renewing] { chosen.action = [renewing](Context& context) { return renew(context, *renewing); }; });
  secrets.add_subcommand("renewals", "Plans to renew everything, the newest first")->fallthrough()->callback([&chosen] {
    chosen.action = list_renewals;
  });

  CLI::App* renewal = secrets.add_subcommand("renewal", "One plan to renew everything")->fallthrough();
  renewal->require_subcommand(1);
  const auto id = std::make_shared<std::string>();
  const auto verbose = std::make_shared<bool>(false);
  const auto add = [&](const char* name, const char* words) {
    CLI::App* command = renewal->add_subcommand(name, words)->fallthrough();
    command->add_option("renewal", *id, "Its id")->required();
    return command;
  };
  add("show", "What it holds, and how far it is")->callback([&chosen, id] {
    chosen.action = [id](Context& context) { return show_renewal(context, *id); };
  });
  CLI::App* begin = add("start", "Begin one that has been approved");
  begin->add_flag("--verbose", *verbose, "On a terminal: all evidence, also of what went well");
  begin->callback([&chosen, id, verbose] {
    chosen.action = [id, verbose](Context& context) { return start(context, *id, *verbose); };
  });
  CLI::App* again = add("retry", "Try anew what failed");
  again->add_flag("--verbose", *verbose, "On a terminal: all evidence, also of what went well");
  again->callback([&chosen, id, verbose] {
    chosen.action = [id, verbose](Context& context) { return retry(context, *id, *verbose); };
  });
  add("close", "End it; what is not renewed stays as it is")->callback([&chosen, id] {
    chosen.action = [id](Context& context) { return close(context, *id); };
  });

  const auto approving = std::make_shared<ApproveOptions>();
  CLI::App* approval =
      renewal->add_subcommand("approve", "Another administrator approves it, with his own password")->fallthrough();
  approval->add_option("renewal", approving->id, "Its id")->required();
  add_person_options(*approval, std::shared_ptr<PersonOptions>(approving, &approving->person), "the approver",
                     "Who approves: another administrator than the one who asked")
      ->required();
  approval->callback(
      [&chosen, approving] { chosen.action = [approving](Context& context) { return approve(context, *approving); }; });

  const auto reporting = std::make_shared<ReportOptions>();
  CLI::App* told = renewal->add_subcommand("report", "What an auditor keeps")->fallthrough();
  told->add_option("renewal", reporting->id, "Its id")->required();
  told->add_option("file", reporting->file, "Where to; a page where it ends in .html, else JSON; -: standard output");
  told->callback(
      [&chosen, reporting] { chosen.action = [reporting](Context& context) { return report(context, *reporting); }; });
}

}  // namespace mailward::cli
