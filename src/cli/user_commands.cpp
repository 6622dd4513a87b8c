#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/password_input.h"

namespace mailward::cli {

namespace {

struct UserOptions {
  std::string named;
  std::string display_name;
  std::vector<std::string> roles;
  bool admin = false;
  bool reads_content = false;
  bool no_content = false;
  bool enable = false;
  bool disable = false;
  bool yes = false;
  std::string role;
  std::string totp;
  PasswordSource password;
};

std::string roles_of(const Json& user) {
  return shown(user, "roles") + (user.value("reads_content", false) ? ", reads content" : "");
}

std::string user_text(const Json& user, const Terminal& terminal) {
  const bool enabled = user.value("enabled", true);
  return properties({{"id", shown(user, "id")},
                     {"name", shown(user, "name")},
                     {"display name", shown(user, "display_name")},
                     {"roles", roles_of(user)},
                     {"state", !enabled                            ? "disabled"
                               : user.value("has_password", false) ? "may sign in"
                                                                   : "invited, has no password yet"},
                     {"one-time codes", user.value("totp_enabled", false) ? "yes" : "no"},
                     {"last sign-in", shown_time(user, "last_sign_in")},
                     {"version", shown(user, "version")}},
                    terminal);
}

/// The way in, shown once: a link, or with a password given the password itself, set by that link's token at once.
ExitCode hand_over(Context& context, const Json& answer, const std::optional<SecretString>& password,
                   const std::string& done) {
  const Json& invitation = answer.at("invitation");
  const std::string url = shown(invitation, "url");
  const std::string way_in = "\nTo choose a password, open within 15 minutes (it works once):\n  " + url + "\n";
  if (!password) return context.show(answer, [&](const Json&) { return done + way_in; });
  const Json body{{"token", url.substr(url.find('#') + 1)}};
  const auto set = context.service.call("POST", "/invitations/accept", body, "password", &*password);
  if (!set) {
    print_error(done + way_in);
    return context.report(set.error());
  }
  return context.show(answer.at("user"), [&](const Json&) { return done + ", and the password is set\n"; });
}

/// Read before anything is done: what cannot be read must not void what stands.
Result<std::optional<SecretString>> chosen_password(const UserOptions& options) {
  if (!options.password.given()) return std::nullopt;
  return read_password(options.password, "Password of " + options.named);
}

ExitCode list_users(Context& context) {
  const auto answer = context.service.call("GET", "/users");
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"NAME", "ROLES", "STATE", "CODES", "LAST SIGN-IN", "DISPLAY NAME"});
    for (const Json& user : all.at("users")) {
      const std::string state = !user.value("enabled", true)        ? "disabled"
                                : user.value("has_password", false) ? "active"
                                                                    : "invited";
      table.add({shown(user, "name"), roles_of(user), state, shown(user, "totp_enabled"),
                 shown_time(user, "last_sign_in"), shown(user, "display_name")});
    }
    return table.empty() ? "No users yet: mailward user create NAME --admin\n" : table.text(context.terminal);
  });
}

ExitCode show_user(Context& context, const UserOptions& options) {
  const auto user = context.service.call("GET", "/users/" + segment(options.named));
  if (!user) return context.report(user.error());
  return context.show(*user, [&](const Json& one) { return user_text(one, context.terminal); });
}

ExitCode create_user(Context& context, const UserOptions& options) {
  std::vector<std::string> roles = options.roles;
  if (options.admin) roles.emplace_back("administrator");
  if (roles.empty()) roles.emplace_back("auditor");
  const Json body{{"name", options.named},
                  {"display_name", options.display_name},
                  {"roles", roles},
                  {"reads_content", options.reads_content}};
  const auto password = chosen_password(options);
  if (!password) return context.report(password.error());
  const auto made = context.service.call("POST", "/users", body);
  if (!made) return context.report(made.error());
  return hand_over(context, *made, *password, "created: " + shown(made->at("user"), "name"));
}

ExitCode edit_user(Context& context, const UserOptions& options) {
  const auto stands = context.service.call("GET", "/users/" + segment(options.named));
  if (!stands) return context.report(stands.error());
  Json body{
      {"version", stands->at("version")},
      {"display_name", options.display_name.empty() ? stands->at("display_name") : Json(options.display_name)},
      {"roles", options.roles.empty() ? stands->at("roles") : Json(options.roles)},
      {"reads_content", options.reads_content || (stands->at("reads_content").get<bool>() && !options.no_content)},
      {"enabled", options.enable || (stands->at("enabled").get<bool>() && !options.disable)}};
  const auto saved = context.service.call("PUT", "/users/" + segment(shown(*stands, "id")), body);
  if (!saved) return context.report(saved.error());
  return context.show(*saved, [&](const Json& one) { return user_text(one, context.terminal); });
}

ExitCode delete_user(Context& context, const UserOptions& options) {
  const auto stands = context.service.call("GET", "/users/" + segment(options.named));
  if (!stands) return context.report(stands.error());
  const Status agreed =
      agree_to_delete("the user " + shown(*stands, "name") + ", with sessions and API tokens", options.yes);
  if (!agreed) return context.report(agreed.error());
  const auto gone = context.service.call(
      "DELETE", "/users/" + segment(shown(*stands, "id")) + "?version=" + shown(*stands, "version"));
  if (!gone) return context.report(gone.error());
  return context.show(Json{{"deleted", shown(*stands, "id")}},
                      [&](const Json&) { return "deleted: " + shown(*stands, "name") + "\n"; });
}

ExitCode reset_user(Context& context, const UserOptions& options) {
  const auto password = chosen_password(options);
  if (!password) return context.report(password.error());
  const auto made = context.service.call("POST", "/users/" + segment(options.named) + "/reset");
  if (!made) return context.report(made.error());
  return hand_over(context, *made, *password,
                   "the old password of " + shown(made->at("user"), "name") + " is void and all sessions are ended");
}

ExitCode reset_totp(Context& context, const UserOptions& options) {
  const auto user = context.service.call("POST", "/users/" + segment(options.named) + "/totp-reset");
  if (!user) return context.report(user.error());
  return context.show(*user, [](const Json& one) {
    return "one-time codes of " + shown(one, "name") + " are off until enrolled again\n";
  });
}

ExitCode list_roles(Context& context) {
  const auto answer = context.service.call("GET", "/roles");
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"ROLE", "CODES DEMANDED", "RIGHTS"}, Table::Last::wrapped);
    for (const Json& role : all.at("roles")) {
      table.add({shown(role, "name"), shown(role, "totp_required"), shown(role, "rights")});
    }
    return table.text(context.terminal);
  });
}

ExitCode set_role(Context& context, const UserOptions& options) {
  const Json body{{"totp_required", options.totp == "yes"}};
  const auto role = context.service.call("PUT", "/roles/" + segment(options.role), body);
  if (!role) return context.report(role.error());
  return context.show(*role, [](const Json& one) {
    return shown(one, "name") + ": one-time codes " +
           (one.at("totp_required").get<bool>() ? "demanded\n" : "not demanded\n");
  });
}

void add_password_options(CLI::App& command, UserOptions& options) {
  command.add_flag("--password-prompt", options.password.prompt, "Ask for the password here, in place of a link");
  command.add_option("--password-file", options.password.file, "Read it from a file that only its owner may read")
      ->type_name("FILE");
  command.add_option("--password-fd", options.password.fd, "Read it from an open descriptor")->type_name("N");
}

}  // namespace

void add_user_commands(CLI::App& app, Chosen& chosen) {
  const auto options = std::make_shared<UserOptions>();
  const auto choose = [&chosen, options](ExitCode (*action)(Context&, const UserOptions&)) {
    return [&chosen, options, action] {
      chosen.action = [options, action](Context& context) { return action(context, *options); };
    };
  };
  CLI::App* user = app.add_subcommand("user", "Who may sign in to the console")->fallthrough();
  user->require_subcommand(1);
  const auto named = [&](const char* name, const char* what) {
    CLI::App* command = user->add_subcommand(name, what)->fallthrough();
    command->add_option("user", options->named, "Name or id")->required();
    return command;
  };
  user->add_subcommand("list", "All of them")->fallthrough()->callback([&chosen] { chosen.action = list_users; });
  named("show", "One of them")->callback(choose(show_user));

  CLI::App* create = named("create", "A new one; prints a link of 15 minutes by which he chooses his password");
  create->add_flag("--admin", options->admin, "Role administrator");
  create->add_option("--role", options->roles, "administrator, analyst, operator, auditor (auditor); may be repeated");
  create->add_option("--display-name", options->display_name, "What people call him");
  create->add_flag("--reads-content", options->reads_content, "May read other people's mail");
  add_password_options(*create, *options);
  create->callback(choose(create_user));

  CLI::App* edit = named("edit", "Roles and the like");
  edit->add_option("--role", options->roles, "All his roles from now on; may be repeated");
  edit->add_option("--display-name", options->display_name, "What people call him");
  CLI::Option* reads = edit->add_flag("--reads-content", options->reads_content, "May read other people's mail");
  edit->add_flag("--no-content", options->no_content, "May read it no more")->excludes(reads);
  CLI::Option* enable = edit->add_flag("--enable", options->enable, "May sign in again");
  edit->add_flag("--disable", options->disable, "May sign in no more; ends his sessions")->excludes(enable);
  edit->callback(choose(edit_user));

  CLI::App* remove = named("delete", "With his sessions and API tokens");
  remove->add_flag("--yes", options->yes, "Do not ask");
  remove->callback(choose(delete_user));

  CLI::App* reset = named("reset", "Void his password, end his sessions, and print a new link");
  add_password_options(*reset, *options);
  reset->callback(choose(reset_user));
  named("reset-totp", "Drop his one-time codes, when the device is lost")->callback(choose(reset_totp));

  user->add_subcommand("roles", "Roles and what each may do")->fallthrough()->callback([&chosen] {
    chosen.action = list_roles;
  });
  CLI::App* role = user->add_subcommand("role", "Whether a role demands one-time codes")->fallthrough();
  role->add_option("role", options->role, "administrator, analyst, operator or auditor")->required();
  role->add_option("--require-totp", options->totp, "yes or no")->required()->check(CLI::IsMember({"yes", "no"}));
  role->callback(choose(set_role));
}

}  // namespace mailward::cli
