#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/connection_form.h"
#include "cli/destinations.h"
#include "cli/sending.h"

namespace mailward::cli {

namespace {

/// The service ends the search within three quarters of a minute.
constexpr std::chrono::seconds kPatience{60};

struct FindOptions {
  std::string named;
  std::string directory;
  std::vector<std::string> confirmed;
  ConnectionOptions form;
  PasswordOptions passwords;
};

std::string found_text(const Json& answer, const Terminal& terminal) {
  Table table({"FROM", "CANDIDATE", "VERDICT", "WHAT IT SAID"}, Table::Last::wrapped);
  for (const Json& step : answer.at("steps")) {
    table.add({shown(step, "source"), shown(step, "url"), shown(step, "verdict"), shown(step, "sentence")});
  }
  std::string text = table.empty() ? std::string() : table.text(terminal);
  const Json& mailbox = answer.at("mailbox");
  if (!mailbox.is_null()) {
    return text + "\nEWS URL: " + shown(mailbox, "ews_url") + "\nmailbox: " + shown(mailbox, "address") + "\n";
  }
  text += "\nAutodiscover does not tell where the mailbox is.\n";
  if (answer.value("password_refused", false))
    return text + "The password was refused, which ended the search: type it as it is in force.\n";
  for (const Json& host : answer.at("unconfirmed")) {
    const auto name = host.get<std::string>();
    text += "  " + name + " may know: --confirm " + name + " lets it see the password, if the host is yours\n";
  }
  return text;
}

ExitCode find(Context& context, const FindOptions& options) {
  Json form = Json::object();
  Json stands;
  if (!options.named.empty()) {
    auto stored = context.service.call("GET", "/connections/" + segment(options.named));
    if (!stored) return context.report(stored.error());
    stands = *std::move(stored);
    form = form_of(stands);
    form["connection"] = stands.at("id");
  }
  if (const auto filled = fill_in(form, options.form); !filled) return context.report(filled.error());
  if (!options.directory.empty()) form["directory"] = options.directory;
  form["confirmed"] = options.confirmed;
  context.service.be_patient(kPatience);
  const auto before = [&](Json& body) { return agree_on_form(context, body, stands, options.passwords); };
  const auto answer = send_with_password(context, "POST", "/autodiscover", form, options.passwords, before);
  if (!answer) return context.report(answer.error());
  context.show(*answer, [&](const Json& one) { return found_text(one, context.terminal); });
  return answer->at("mailbox").is_null() ? ExitCode::not_healthy : ExitCode::ok;
}

}  // namespace

void add_find_command(CLI::App& connection, Chosen& chosen) {
  const auto options = std::make_shared<FindOptions>();
  CLI::App* command =
      connection.add_subcommand("find", "Ask Autodiscover where a mailbox's EWS is; saves nothing")->fallthrough();
  command->footer(
      "Without a password each candidate is asked whether it stands; no word of the mailbox is said.\n"
      "A typed password goes to the confirmed hosts alone; where the form is a stored connection's, you are shown its\n"
      "trust, authentication and proxy too, and asked, or name them by --destination.\n"
      "Exit codes: 0 found, 3 not found.\n"
      "Examples:\n"
      "  mailward connection find --autodiscover usera@example.test\n"
      "  mailward connection find --autodiscover usera@example.test --master-mailbox svc@example.test\n"
      "      --ask-password --confirm autodiscover.example.test");
  command->add_option("connection", options->named,
                      "A stored connection's id or description, whose form it begins with");
  command->add_option("--directory", options->directory, "The directory that is asked for its service points");
  command->add_option("--confirm", options->confirmed, "A host that may be shown the typed password; may be repeated")
      ->type_name("HOST")
      ->allow_extra_args(false);
  add_connection_options(*command, std::shared_ptr<ConnectionOptions>(options, &options->form));
  add_password_options(*command, std::shared_ptr<PasswordOptions>(options, &options->passwords), "the master mailbox");
  add_proxy_password_options(*command, std::shared_ptr<PasswordOptions>(options, &options->passwords));
  add_destination_option(*command, std::shared_ptr<PasswordOptions>(options, &options->passwords));
  command->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return find(context, *options); }; });
}

}  // namespace mailward::cli
