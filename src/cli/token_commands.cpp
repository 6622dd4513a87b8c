#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"

namespace mailward::cli {

namespace {

struct TokenOptions {
  std::string user;
  std::string description;
  std::vector<std::string> rights;
  int days = 90;
  std::string id;
};

ExitCode list_tokens(Context& context, const TokenOptions&) {
  const auto answer = context.service.call("GET", "/tokens");
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"ID", "USER", "EXPIRES", "LAST USED", "FROM", "DESCRIPTION", "RIGHTS"});
    for (const Json& token : all.at("tokens")) {
      table.add({shown(token, "id"), shown(token, "user_name"), shown_time(token, "expires_at"),
                 shown_time(token, "last_used"), shown(token, "last_source"), shown(token, "description"),
                 shown(token, "rights")});
    }
    return table.empty() ? "No API tokens\n" : table.text(context.terminal);
  });
}

ExitCode create_token(Context& context, const TokenOptions& options) {
  Json body{{"description", options.description}, {"rights", options.rights}, {"expires_in_days", options.days}};
  if (!options.user.empty()) body["user"] = options.user;
  const auto made = context.service.call("POST", "/tokens", body);
  if (!made) return context.report(made.error());
  return context.show(*made, [](const Json& answer) { return shown(answer, "secret") + "\n"; });
}

ExitCode revoke_token(Context& context, const TokenOptions& options) {
  const auto gone = context.service.call("DELETE", "/tokens/" + segment(options.id));
  if (!gone) return context.report(gone.error());
  return context.show(Json{{"revoked", options.id}}, [&](const Json&) { return "revoked: " + options.id + "\n"; });
}

}  // namespace

void add_token_commands(CLI::App& app, Chosen& chosen) {
  const auto options = std::make_shared<TokenOptions>();
  const auto choose = [&chosen, options](ExitCode (*action)(Context&, const TokenOptions&)) {
    return [&chosen, options, action] {
      chosen.action = [options, action](Context& context) { return action(context, *options); };
    };
  };
  CLI::App* token = app.add_subcommand("token", "API tokens, with which programs come from elsewhere")->fallthrough();
  token->require_subcommand(1);
  token->add_subcommand("list", "All of them; never what opens them")->fallthrough()->callback(choose(list_tokens));
  CLI::App* create =
      token->add_subcommand("create", "A new one; its secret alone is printed, this once")->fallthrough();
  create->add_option("user", options->user, "Whose it is: it can do no more than he")->required();
  create->add_option("--description", options->description, "What it is for")->required();
  create->add_option("--right", options->rights, "What it may do (mailward user roles names all); may be repeated")
      ->required();
  create->add_option("--days", options->days, "Good for so many days (90)")->check(CLI::Range(1, 366));
  create->callback(choose(create_token));
  CLI::App* revoke = token->add_subcommand("revoke", "It opens nothing from now on")->fallthrough();
  revoke->add_option("id", options->id, "As list shows it")->required();
  revoke->callback(choose(revoke_token));
}

}  // namespace mailward::cli
