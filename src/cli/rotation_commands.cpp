#include <memory>
#include <optional>

#include <sys/stat.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/destinations.h"
#include "cli/interruption.h"
#include "cli/rotation_report.h"
#include "cli/sending.h"
#include "cli/test_report.h"

namespace mailward::cli {

namespace {

struct RotateOptions {
  std::string named;
  bool dry_run = false;
  bool plain = false;
  bool verbose = false;
  int length = 64;
  std::string mode;
};

struct ResetOptions {
  std::string named;
  std::string name;
  PasswordOptions passwords;
};

struct ListOptions {
  std::string account;
  std::string before;
  int limit = 20;
};

std::string account_path(const std::string& named) {
  return "/accounts/" + segment(named);
}

/// A check changes nothing, so that nothing is lost with it.
ExitCode report_unwatched_check(const Context& context, const std::string& id, const Error& error) {
  if (!error.is(BaseError::cancelled)) return context.report(error);
  print_error("mailward: the check goes on by itself, and changes nothing: mailward run show " + id + "\n");
  return ExitCode::interrupted;
}

ExitCode conclude_dry_run(Context& context, const std::string& id) {
  const auto run = context.service.call("GET", "/runs/" + segment(id));
  if (!run) return context.report(run.error());
  if (context.json) context.show(*run, {});
  return conclude_rotation_run(context, *run);
}

ExitCode rotate(Context& context, const RotateOptions& options) {
  Json body{{"dry_run", options.dry_run}, {"plain", options.plain}, {"length", options.length}};
  if (!options.mode.empty()) body["mode"] = options.mode;
  const Interruption interruption;
  const auto started = context.service.call("POST", account_path(options.named) + "/rotate", body);
  if (!started) return context.report(started.error());
  const std::string id = shown(*started, "id");
  const Status watched = watch_rotation(context, id, options.verbose, interruption.token());
  if (!watched && options.dry_run) return report_unwatched_check(context, id, watched.error());
  if (!watched) return report_unwatched(context, id, watched.error());
  return options.dry_run ? conclude_dry_run(context, id) : conclude_rotation(context, id);
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
  if (!options.before.empty()) path += "&before=" + segment(options.before);
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
    if (table.empty()) {
      return std::string(options.before.empty() ? "No rotations yet: mailward account rotate\n"
                                                : "No older rotations\n");
    }
    const bool may_be_more = all.at("rotations").size() == static_cast<std::size_t>(options.limit);
    return table.text(context.terminal) +
           (may_be_more ? "older: --before " + shown(all.at("rotations").back(), "id") + "\n" : "");
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
  print("\n" + rotation_text(*rotation, *run, context.terminal));
  return ExitCode::ok;
}

ExitCode end_rotation(Context& context, const std::string& id) {
  const auto ended = context.service.call("POST", "/rotations/" + segment(id) + "/end");
  if (!ended) return context.report(ended.error());
  return context.show(*ended, [](const Json& one) {
    return "Ended. " + shown(one, "sentence") + "\n  what to do: " + shown(one, "remedy") + "\n";
  });
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
  // Where the line goes into a file, `account recover --key-file` wants that to be its owner's alone.
  struct stat about{};
  if (::fstat(STDOUT_FILENO, &about) == 0 && S_ISREG(about.st_mode)) ::fchmod(STDOUT_FILENO, S_IRUSR | S_IWUSR);
  const ExitCode code = context.show(*answer, [](const Json& one) { return shown(one, "private_half") + "\n"; });
  if (!context.json) {
    print_error(
        "Keep this line elsewhere: it is shown once and is gone from here. With it, and the file recovery.log, every "
        "password that Mailward made can be had again: mailward account recover ACCOUNT --key-file FILE\n");
  }
  return code;
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
  rotation
      ->add_option("--mode", rotating->mode,
                   "In another way than its schedule has: delegated_reset, self_change, "
                   "twin or external")
      ->type_name("WAY");
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
  list->add_option("--before", listing->before, "Only those begun before this one, by its id")->type_name("ROTATION");
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
  add_old_password_commands(*rotations, chosen);
}

void add_recovery_key_command(CLI::App& key, Chosen& chosen) {
  const auto renew = std::make_shared<bool>(false);
  CLI::App* recovery =
      key.add_subcommand("recovery", "Show the private half of the recovery key, once; as root, on the server")
          ->fallthrough();
  recovery->footer(
      "The key alone goes to standard output: mailward key recovery > FILE; a file becomes readable by its owner "
      "alone.");
  recovery->add_flag("--renew", *renew, "Make a new pair first: the old private half opens only what is older");
  recovery->callback(
      [&chosen, renew] { chosen.action = [renew](Context& context) { return take_recovery_key(context, *renew); }; });
}

}  // namespace mailward::cli
