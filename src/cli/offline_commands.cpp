#include <memory>

#include <CLI/CLI.hpp>

#include "cli/command_line.h"
#include "cli/completion.h"

namespace mailward::cli {

void add_offline_commands(CLI::App& app, Chosen& chosen, const OfflineCommands& offline, OfflineOptions& options) {
  const auto add_place = [&](CLI::App* command) {
    command->add_option("--config", options.config, "The configuration, a TOML file (docs/configuration.md)")
        ->type_name("FILE");
    command->add_option("--state-dir", options.state_dir, "Where the service keeps what it has")->type_name("DIR");
  };
  const auto choose = [&](const std::function<int(const OfflineOptions&)>& action) {
    return [&chosen, &action, &options] { chosen.offline = [&] { return action(options); }; };
  };
  CLI::App* serve = app.add_subcommand("serve", "Run the service until SIGTERM or Ctrl-C")->fallthrough();
  add_place(serve);
  serve->add_option("--listen", options.listen, "Where the console and the API listen (HTTPS), or none")
      ->type_name("ADDRESS:PORT");
  serve->footer("Exit codes: 0 stopped, 6 configuration, 7 database, 8 master key, 9 socket (docs/exit-codes.md).");
  serve->callback(choose(offline.serve));

  const auto copy = std::make_shared<OfflineBackup>();
  CLI::App* backup = app.add_subcommand("backup",
                                        "Copy database, recovery file and configuration into a new folder; the "
                                        "service may run meanwhile")
                         ->fallthrough();
  add_place(backup);
  backup->add_option("folder", copy->folder, "A folder that is not there yet")->required();
  backup->footer("The master key is not in it: keep a copy of it elsewhere (docs/backup.md).");
  backup->callback([&chosen, &offline, &options, copy] {
    chosen.offline = [&offline, &options, copy] { return offline.backup(options, *copy); };
  });
  CLI::App* restore =
      app.add_subcommand("restore", "Put what `backup` copied into a state folder without a database")->fallthrough();
  add_place(restore);
  restore->add_option("folder", copy->folder, "What `backup` has made")->required();
  restore->callback([&chosen, &offline, &options, copy] {
    chosen.offline = [&offline, &options, copy] { return offline.restore(options, *copy); };
  });

  CLI::App* key = app.add_subcommand("key", "The master key, and the recovery key")->fallthrough();
  key->require_subcommand(1);
  CLI::App* status = key->add_subcommand("status", "Which key is in force; only looks")->fallthrough();
  CLI::App* create =
      key->add_subcommand("create", "Make it, where nothing is sealed yet, before the first start")->fallthrough();
  CLI::App* rotate =
      key->add_subcommand("rotate", "Make a new one and seal all keys anew, while the service does not run")
          ->fallthrough();
  add_recovery_key_command(*key, chosen);
  for (CLI::App* command : {status, create, rotate}) add_place(command);
  status->callback(choose(offline.key_status));
  create->callback(choose(offline.key_create));
  rotate->callback(choose(offline.key_rotate));
}

void add_completion_command(CLI::App& app, Chosen& chosen) {
  const auto shell = std::make_shared<std::string>();
  CLI::App* completion =
      app.add_subcommand("completion", "A script that teaches a shell these commands")->fallthrough();
  completion->add_option("shell", *shell, "bash, zsh or fish")
      ->required()
      ->check(CLI::IsMember({"bash", "zsh", "fish"}));
  completion->callback([&app, &chosen, shell] {
    chosen.offline = [&app, shell] {
      print(completion_script(app, *shell == "bash" ? Shell::bash : *shell == "zsh" ? Shell::zsh : Shell::fish));
      return value_of(ExitCode::ok);
    };
  });
}

}  // namespace mailward::cli
