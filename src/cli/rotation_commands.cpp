#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/destinations.h"
#include "cli/interruption.h"
#include "cli/sending.h"
#include "cli/test_report.h"

namespace mailward::cli {

namespace {

/// The longest that a rotation is watched; it goes on by itself.
constexpr std::chrono::minutes kPatience{15};

struct RotateOptions {
  std::string named;
  bool dry_run = false;
  bool plain = false;
  bool verbose = false;
  int length = 64;
};

struct ResetOptions {
  std::string named;
  std::string name;
  PasswordOptions passwords;
};

struct ListOptions {
  std::string account;
  int limit = 20;
};

std::string account_path(const std::string& named) {
  return "/accounts/" + segment(named);
}

std::string loads_text(const Json& rotation, const Terminal& terminal) {
  Table table({"LOAD", "CALLS", "FAILED", "HELD", "LONGEST HOLD", "THROTTLED"});
  for (const Json& one : rotation.value("loads", Json::array())) {
    table.add({shown(one, "load"), shown(one, "calls"), shown(one, "failed"), shown(one, "held"),
               shown(one, "longest_hold_ms") + " ms", shown(one, "throttled")});
  }
  return table.empty() ? std::string() : "\n" + table.text(terminal);
}

std::string caught_up_text(const Json& rotation) {
  std::string text;
  for (const Json& one : rotation.value("caught_up", Json::array())) {
    text += (text.empty() ? "" : "; ") + shown(one, "controller") + " at " + shown_time(one, "at") +
            (one.value("accepted", false) ? ", took the new password" : ", refused the new password");
  }
  return text;
}

std::string rotation_text(const Json& one, const Terminal& terminal) {
  const std::string closed = shown(one, "door_closed_ms");
  return properties({{"id", shown(one, "id")},
                     {"account", shown(one, "account_name") + " (" + shown(one, "account") + ")"},
                     {"way", shown(one, "mode")},
                     {"state", shown(one, "state")},
                     {"", shown(one, "sentence")},
                     {"what to do", shown(one, "remedy")},
                     {"begun", shown_time(one, "created") + " by " + shown(one, "started_by")},
                     {"ended", shown_time(one, "ended")},
                     {"controller", shown(one, "controller")},
                     {"sign-in door closed", closed.empty() ? std::string() : closed + " ms"},
                     {"controllers behind", shown(one, "behind")},
                     {"caught up since", caught_up_text(one)}},
                    terminal) +
         loads_text(one, terminal);
}

ExitCode code_of(const Json& rotation) {
  const std::string state = shown(rotation, "state");
  if (state != "finished") return ExitCode::error;
  return rotation.value("degraded", false) ? ExitCode::degraded : ExitCode::ok;
}

ExitCode conclude_dry_run(const Context& context, const Json& run) {
  const Json result = run.value("result", Json::object());
  const bool possible = result.value("possible", false);
  if (!context.json) {
    print("\n" + context.terminal.in(possible ? Colour::good : Colour::bad, possible ? "possible" : "not possible") +
          "\n  " + shown(result, "sentence") + "\n");
    if (const std::string remedy = shown(result, "remedy"); !remedy.empty()) print("  what to do: " + remedy + "\n");
  }
  return possible ? ExitCode::ok : ExitCode::error;
}

ExitCode rotate(Context& context, const RotateOptions& options) {
  const Json body{{"dry_run", options.dry_run}, {"plain", options.plain}, {"length", options.length}};
  TestReport report(context.terminal, options.verbose);
  const Interruption interruption;
  const auto started = context.service.call("POST", account_path(options.named) + "/rotate", body);
  if (!started) return context.report(started.error());
  const std::string id = shown(*started, "id");
  const auto on_event = [&](const Json& event) {
    if (!context.json) report.take(event);
  };
  const Status followed = context.service.follow(id, on_event, Deadline::after(kPatience), interruption.token());
  report.clear_line();
  if (!followed && followed.error().is(BaseError::cancelled)) {
    print_error("mailward: the rotation goes on by itself: mailward rotation show " + id + "\n");
    return ExitCode::interrupted;
  }
  if (!followed) return context.report(followed.error());
  if (options.dry_run) {
    const auto run = context.service.call("GET", "/runs/" + segment(id));
    if (!run) return context.report(run.error());
    if (context.json) context.show(*run, {});
    return conclude_dry_run(context, *run);
  }
  const auto rotation = context.service.call("GET", "/rotations/" + segment(id));
  if (!rotation) return context.report(rotation.error());
  context.show(*rotation, [&](const Json& one) { return "\n" + rotation_text(one, context.terminal); });
  return code_of(*rotation);
}

ExitCode set_reset_account(Context& context, ResetOptions options) {
  const auto stands = context.service.call("GET", account_path(options.named));
  if (!stands) return context.report(stands.error());
  const std::string path = account_path(shown(*stands, "id"));
  const auto where = context.service.call("POST", path + "/reset-destination", {{"name", options.name}});
  if (!where) return context.report(where.error());
  const std::string destination = shown(*where, "destination");
  if (!options.passwords.source.given() && !options.passwords.none) options.passwords.source.prompt = true;
  Json body{{"version", stands->at("version")}, {"name", options.name}};
  const auto before = [&](Json& form) -> Result<std::string> {
    print_error("It will be sent to the domain controllers alone:\n" +
                destination_lines(destination, context.terminal));
    form["destination"] = destination;
    return "Password of " + options.name;
  };
  const auto saved = send_with_password(context, "PUT", path + "/reset-account", body, options.passwords, before);
  if (!saved) return context.report(saved.error());
  return context.show(*saved, [&](const Json& one) {
    return shown(one, "reset_account_name") + " sets the password of " + shown(one, "name") +
           " from now on.\nTry it: mailward account rotate " + shown(one, "id") + " --dry-run\n";
  });
}

ExitCode clear_reset_account(Context& context, const ResetOptions& options) {
  const auto stands = context.service.call("GET", account_path(options.named));
  if (!stands) return context.report(stands.error());
  const auto saved = context.service.call(
      "DELETE", account_path(shown(*stands, "id")) + "/reset-account?version=" + shown(*stands, "version"));
  if (!saved) return context.report(saved.error());
  return context.show(*saved,
                      [](const Json& one) { return shown(one, "name") + " is rotated by hand from now on.\n"; });
}

ExitCode list_rotations(Context& context, const ListOptions& options) {
  std::string path = "/rotations?limit=" + std::to_string(options.limit);
  if (!options.account.empty()) path += "&account=" + segment(options.account);
  const auto answer = context.service.call("GET", path);
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"ID", "BEGUN", "STATE", "WAY", "DOOR CLOSED", "CALLS FAILED", "ACCOUNT"});
    for (const Json& one : all.at("rotations")) {
      std::int64_t failed = 0;
      for (const Json& load : one.value("loads", Json::array())) failed += load.value("failed", std::int64_t{0});
      const std::string closed = shown(one, "door_closed_ms");
      const bool degraded = one.value("degraded", false);
      table.add({shown(one, "id"), shown_time(one, "created"), shown(one, "state") + (degraded ? " (degraded)" : ""),
                 shown(one, "mode"), closed.empty() ? "" : closed + " ms", std::to_string(failed),
                 shown(one, "account_name")});
    }
    return table.empty() ? "No rotations yet: mailward account rotate\n" : table.text(context.terminal);
  });
}

ExitCode show_rotation(Context& context, const std::string& id, bool verbose) {
  const auto rotation = context.service.call("GET", "/rotations/" + segment(id));
  if (!rotation) return context.report(rotation.error());
  if (context.json) return context.show(*rotation, {});
  const auto run = context.service.call("GET", "/runs/" + segment(id));
  if (!run) return context.report(run.error());
  TestReport report(context.terminal, verbose);
  report.take(*run);
  report.clear_line();
  print("\n" + rotation_text(*rotation, context.terminal));
  return ExitCode::ok;
}

ExitCode end_rotation(Context& context, const std::string& id) {
  const auto ended = context.service.call("POST", "/rotations/" + segment(id) + "/end");
  if (!ended) return context.report(ended.error());
  return context.show(*ended, [&](const Json& one) { return rotation_text(one, context.terminal); });
}

ExitCode recover(Context& context, ResetOptions options, std::int64_t number) {
  const auto stands = context.service.call("GET", account_path(options.named));
  if (!stands) return context.report(stands.error());
  if (!options.passwords.source.given()) options.passwords.source.prompt = true;
  const auto half = read_password(options.passwords.source, "Private half of the recovery key");
  if (!half) return context.report(half.error());
  const auto saved = context.service.call("POST", account_path(shown(*stands, "id")) + "/recover",
                                          {{"version", stands->at("version")}, {"number", number}}, "private_half",
                                          *half ? &**half : nullptr);
  if (!saved) return context.report(saved.error());
  return context.show(*saved, [&](const Json& one) {
    return (number == 0 ? "The newest password of " : "Password " + std::to_string(number) + " of ") +
           shown(one, "name") + " is back, and is being proven: mailward rotation list --account " + shown(one, "id") +
           "\n";
  });
}

ExitCode take_recovery_key(Context& context, bool renew) {
  const auto answer = context.service.call("POST", "/keys/recovery", {{"renew", renew}});
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [](const Json& one) {
    return shown(one, "private_half") +
           "\n\nKeep this line elsewhere: it is shown once and is gone from here. With it, and the file recovery.log, "
           "every "
           "password that Mailward made can be had again: mailward account recover\n";
  });
}

}  // namespace

void add_rotation_commands(CLI::App& app, CLI::App& account, Chosen& chosen) {
  constexpr const char* kNamed = "The account's id, or its name";
  const auto rotating = std::make_shared<RotateOptions>();
  CLI::App* rotation =
      account.add_subcommand("rotate", "Renew its password in Active Directory, and prove the new one")->fallthrough();
  rotation->footer("Exit codes: 0 renewed, 4 renewed and not all is as it should be, 1 not renewed.");
  rotation->add_option("account", rotating->named, kNamed)->required();
  rotation->add_flag("--dry-run", rotating->dry_run, "Find out whether it would go well, and change nothing");
  rotation->add_option("--length", rotating->length, "Characters of the new password")
      ->check(CLI::Range(12, 127))
      ->capture_default_str();
  rotation->add_flag("--plain", rotating->plain, "Letters, digits, - _ and . alone");
  rotation->add_flag("--verbose", rotating->verbose, "On a terminal: all evidence, also of what went well");
  rotation->callback(
      [&chosen, rotating] { chosen.action = [rotating](Context& context) { return rotate(context, *rotating); }; });

  const auto resetting = std::make_shared<ResetOptions>();
  CLI::App* reset = account
                        .add_subcommand("reset-account",
                                        "Name the account that may set its password (delegated "
                                        "reset; docs/active-directory.md)")
                        ->fallthrough();
  reset->add_option("account", resetting->named, kNamed)->required();
  reset->add_option("--name", resetting->name, "The reset account: UPN or DOMAIN\\name")->required();
  add_password_options(*reset, std::shared_ptr<PasswordOptions>(resetting, &resetting->passwords), "the reset account");
  reset->callback([&chosen, resetting] {
    chosen.action = [resetting](Context& context) { return set_reset_account(context, *resetting); };
  });
  CLI::App* clear =
      account.add_subcommand("clear-reset", "No account sets its password any more: it is renewed by hand")
          ->fallthrough();
  clear->add_option("account", resetting->named, kNamed)->required();
  clear->callback([&chosen, resetting] {
    chosen.action = [resetting](Context& context) { return clear_reset_account(context, *resetting); };
  });

  CLI::App* recovery =
      account
          .add_subcommand("recover", "Bring back its newest password from the recovery file; as root, on the server")
          ->fallthrough();
  recovery->add_option("account", resetting->named, kNamed)->required();
  recovery->add_option("--key-file", resetting->passwords.source.file, "Holds the private half of the recovery key")
      ->type_name("FILE");
  recovery->add_option("--key-fd", resetting->passwords.source.fd, "The same on an open descriptor")->type_name("N");
  const auto number = std::make_shared<std::int64_t>(0);
  recovery->add_option("--number", *number, "Of the password, where not the newest is wanted (recovery.log names them)")
      ->check(CLI::PositiveNumber)
      ->type_name("N");
  recovery->callback([&chosen, resetting, number] {
    chosen.action = [resetting, number](Context& context) { return recover(context, *resetting, *number); };
  });

  CLI::App* rotations = app.add_subcommand("rotation", "Renewals of passwords")->fallthrough();
  rotations->require_subcommand(1);
  const auto listing = std::make_shared<ListOptions>();
  CLI::App* list = rotations->add_subcommand("list", "The newest first")->fallthrough();
  list->add_option("--account", listing->account, "Of this account alone, by id or name");
  list->add_option("--limit", listing->limit, "At most so many")->check(CLI::Range(1, 200))->capture_default_str();
  list->callback([&chosen, listing] {
    chosen.action = [listing](Context& context) { return list_rotations(context, *listing); };
  });
  const auto id = std::make_shared<std::string>();
  const auto verbose = std::make_shared<bool>(false);
  CLI::App* show = rotations->add_subcommand("show", "One of them, step by step")->fallthrough();
  show->add_option("rotation", *id, "Its id")->required();
  show->add_flag("--verbose", *verbose, "On a terminal: all evidence, also of what went well");
  show->callback([&chosen, id, verbose] {
    chosen.action = [id, verbose](Context& context) { return show_rotation(context, *id, *verbose); };
  });
  CLI::App* end = rotations->add_subcommand("end", "End one that waits for what does not come; both passwords are kept")
                      ->fallthrough();
  end->add_option("rotation", *id, "Its id")->required();
  end->callback([&chosen, id] { chosen.action = [id](Context& context) { return end_rotation(context, *id); }; });
}

void add_recovery_key_command(CLI::App& key, Chosen& chosen) {
  const auto renew = std::make_shared<bool>(false);
  CLI::App* recovery =
      key.add_subcommand("recovery", "Show the private half of the recovery key, once; as root, on the server")
          ->fallthrough();
  recovery->add_flag("--renew", *renew, "Make a new pair first: the old private half opens only what is older");
  recovery->callback(
      [&chosen, renew] { chosen.action = [renew](Context& context) { return take_recovery_key(context, *renew); }; });
}

}  // namespace mailward::cli
