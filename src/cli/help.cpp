#include "cli/help.h"

#include <array>
#include <string_view>

#include <CLI/CLI.hpp>

#include "api/body.h"

namespace mailward::cli {

namespace {

constexpr const char* kNotes =
    R"(Everywhere: --json prints the service's data exactly; --socket PATH (or MAILWARD_SOCKET) names the service
on this host; --server URL --token-file FILE (MAILWARD_SERVER, MAILWARD_TOKEN_FILE) one elsewhere.
Passwords come from a prompt, --password-file FILE or --password-fd N, never from an argument.

Examples:
  mailward serve --state-dir /var/lib/mailward
  mailward connection add --description "Head office" --ews-url https://mail.example.test/EWS/Exchange.asmx
      --master-mailbox svc-mailward@example.test --mailbox-check usera@example.test
  mailward connection test "Head office" --mailbox-check usera@example.test

Exit codes:
  0 done, healthy       3 not healthy    6 configuration         9 socket cannot be listened on
  1 refused or failed   4 degraded       7 database            130 interrupted
  2 usage               5 no service     8 master key          10 audit trail not intact)";

struct Example {
  std::string_view command;
  std::string_view line;
};

constexpr std::array kExamples{
    Example{"status", "status --json"},
    Example{"connection list", "connection list"},
    Example{"connection show", "connection show 'Head office'"},
    Example{"connection add",
            "connection add --description 'Head office' --ews-url https://mail.example.test/EWS/Exchange.asmx\n"
            "      --master-mailbox svc-mailward@example.test --password-file FILE"},
    Example{"connection edit", "connection edit 'Head office' --mailbox-check usera@example.test"},
    Example{"connection delete", "connection delete 'Head office'"},
    Example{"connection enable", "connection enable 'Head office'"},
    Example{"connection disable", "connection disable 'Head office'"},
    Example{"account list", "account list"},
    Example{"account show", "account show svc-mailward@example.test"},
    Example{"account password", "account password svc-mailward@example.test --password-file FILE"},
    Example{"account delete", "account delete svc-mailward@example.test"},
    Example{"directory list", "directory list"},
    Example{"directory show", "directory show 'Head office'"},
    Example{"directory delete", "directory delete 'Head office'"},
    Example{"directory add",
            "directory add 'Head office' --controller dc1.example.test --realm EXAMPLE.TEST --domain EXAMPLE"},
    Example{"directory edit", "directory edit 'Head office' --controller dc2.example.test"},
    Example{"measures list", "measures list --connection 'Head office'"},
    Example{"measures accept",
            "measures accept password_never_expires --subject account:ID --reason 'rotated by Mailward' --until "
            "2027-06-30"},
    Example{"measures withdraw", "measures withdraw password_never_expires --subject account:ID"},
    Example{"measures export", "measures export measures.html"},
    Example{"run list", "run list --kind connection_test --limit 5"},
    Example{"run show", "run show RUN --verbose"},
    Example{"run cancel", "run cancel RUN"},
    Example{"serve", "serve --config /etc/mailward/mailward.toml"},
    Example{"connection prepare", "connection prepare 'Head office' --output prepare.ps1"},
    Example{"audit list", "audit list --action 'connection.*' --from 2026-01-31"},
    Example{"audit verify", "audit verify --anchor audit.jsonl"},
    Example{"completion", "completion bash > /etc/bash_completion.d/mailward"},
    Example{"user create", "user create alice --admin"},
    Example{"user edit", "user edit alice --role operator --role auditor"},
    Example{"user reset", "user reset alice"},
    Example{"user role", "user role administrator --require-totp yes"},
    Example{"token create",
            "token create alice --description 'nightly test' --right see_connections --right test_connections"},
    Example{"notify list", "notify list --limit 5"},
    Example{"notify show", "notify show NOTICE"},
    Example{"notify test", "notify test 'House relay' --to alice@example.test"},
    Example{"notify subscribe", "notify subscribe 'House relay' --address alice@example.test --severity warning"},
    Example{"notify channel add-relay",
            "notify channel add-relay 'House relay' --host mail.example.test --from mailward@example.test\n"
            "      --user mailward --password-file FILE"},
    Example{"notify channel add-webhook",
            "notify channel add-webhook 'On call' --url https://hooks.example.test/mailward --proof signature"},
    Example{"notify channel edit", "notify channel edit 'House relay' --ask-password"},
    Example{"notify channel remove", "notify channel remove 'On call'"},
    Example{"secrets list", "secrets list --due"},
    Example{"secrets policy", "secrets policy --age service_account=60 --approval yes"},
    Example{"secrets renew", "secrets renew --dry-run"},
    Example{"secrets renewal report", "secrets renewal report RENEWAL renewal.html"},
    Example{"key status", "key status --state-dir /var/lib/mailward"},
    Example{"key create", "key create --state-dir /var/lib/mailward"},
    Example{"key rotate", "key rotate --state-dir /var/lib/mailward"},
};

void add_examples(CLI::App& parent, const std::string& above) {
  for (CLI::App* command : parent.get_subcommands([](const CLI::App*) { return true; })) {
    const std::string path = above + command->get_name();
    for (const Example& example : kExamples) {
      if (example.command != path) continue;
      const std::string own = command->get_footer();
      command->footer((own.empty() ? "" : own + "\n") + "Example:\n  mailward " + std::string(example.line));
    }
    add_examples(*command, path + " ");
  }
}

/// Without what a terminal would obey.
std::string harmless(std::string_view word) {
  std::string text(word.substr(0, 60));
  for (char& c : text) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = '?';
  }
  return word.size() > 60 ? text + "..." : text;
}

const CLI::Option* option_named(const CLI::App* command, const std::string& name) {
  for (; command != nullptr; command = command->get_parent()) {
    if (const CLI::Option* found = command->get_option_no_throw(name)) return found;
  }
  return nullptr;
}

std::string with_nearest(const std::string& message, std::string_view word, const std::vector<std::string>& known) {
  const std::string nearest = api::nearest_name(word, known);
  return nearest.empty() ? message : message + "; did you mean \"" + nearest + "\"?";
}

std::vector<std::string> option_names(const CLI::App* command) {
  std::vector<std::string> names;
  for (; command != nullptr; command = command->get_parent()) {
    for (const CLI::Option* one : command->get_options()) {
      for (const std::string& name : one->get_lnames()) names.push_back("--" + name);
    }
  }
  return names;
}

}  // namespace

void add_help(CLI::App& app) {
  app.footer(kNotes);
  add_examples(app, "");
}

Walk walk(const CLI::App& app, const std::vector<std::string>& words) {
  Walk found{.command = &app, .path = "mailward", .unknown = std::nullopt};
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::string& word = words[i];
    if (word == "--") return found;
    if (word.size() > 1 && word.starts_with('-')) {
      const std::string name = word.starts_with("--") ? word.substr(0, word.find('=')) : word.substr(0, 2);
      const CLI::Option* option = option_named(found.command, name);
      if (option == nullptr) {
        found.unknown =
            with_nearest(found.path + " has no option " + harmless(name), name, option_names(found.command));
        return found;
      }
      if (option->get_items_expected_min() > 0 && name == word) ++i;
      continue;
    }
    const auto commands = found.command->get_subcommands([](const CLI::App*) { return true; });
    if (commands.empty()) continue;
    const CLI::App* next = nullptr;
    std::vector<std::string> names;
    for (const CLI::App* one : commands) {
      names.push_back(one->get_name());
      if (one->get_name() == word) next = one;
    }
    if (next == nullptr) {
      found.unknown = with_nearest(found.path + " has no command \"" + harmless(word) + "\"", word, names);
      return found;
    }
    found.command = next;
    found.path += " " + word;
  }
  return found;
}

}  // namespace mailward::cli
