#include <memory>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/sending.h"

namespace mailward::cli {

namespace {

struct DirectoryOptions {
  std::string named;
  std::optional<std::string> name;
  std::optional<std::string> realm;
  std::optional<std::string> domain;
  std::vector<std::string> controllers;
  std::optional<std::string> base_dn;
  std::optional<std::string> trust_file;
  std::optional<std::string> reader;
  std::optional<std::string> reader_sign_in;
  bool yes = false;
  PasswordOptions passwords;
};

std::string path_of(const std::string& named) {
  return "/directories/" + segment(named);
}

std::string list_text(const Json& answer, const Terminal& terminal) {
  Table table({"ID", "NAME", "REALM", "READER", "CONTROLLERS"});
  for (const Json& one : answer.at("directories")) {
    table.add(
        {shown(one, "id"), shown(one, "name"), shown(one, "realm"), shown(one, "reader"), shown(one, "controllers")});
  }
  return table.empty() ? "No directories yet; mailward directory add --help\n" : table.text(terminal);
}

std::string directory_text(const Json& one, const Terminal& terminal) {
  return properties({{"id", shown(one, "id")},
                     {"name", shown(one, "name")},
                     {"realm", shown(one, "realm")},
                     {"domain", shown(one, "domain")},
                     {"controllers", shown(one, "controllers")},
                     {"base DN", shown(one, "base_dn")},
                     {"trust", shown(one, "trust_pem").empty() ? "the system's authorities" : "authorities of its own"},
                     {"reader", shown(one, "reader")},
                     {"reader signs in by", shown(one, "reader_sign_in")},
                     {"reader's password", shown(one, "has_reader_password")},
                     {"reader refused", shown_time(one, "reader_refused")},
                     {"version", shown(one, "version")}},
                    terminal);
}

ExitCode show_directory(Context& context, const Result<Json>& answer) {
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& one) { return directory_text(one, context.terminal); });
}

Status fill_in(Json& form, const DirectoryOptions& options) {
  const auto set = [&](const char* member, const auto& value) {
    if (value) form[member] = *value;
  };
  set("name", options.name);
  set("realm", options.realm);
  set("domain", options.domain);
  set("base_dn", options.base_dn);
  set("reader", options.reader);
  set("reader_sign_in", options.reader_sign_in);
  if (!options.controllers.empty()) form["controllers"] = options.controllers;
  if (options.trust_file) {
    MW_TRY(form["trust_pem"], read_certificates(*options.trust_file));
  }
  return {};
}

ExitCode add_directory(Context& context, DirectoryOptions options) {
  Json form{{"name", options.named}};
  if (const auto filled = fill_in(form, options); !filled) return context.report(filled.error());
  PasswordOptions& passwords = options.passwords;
  const bool asks = options.reader && !passwords.source.given() && !passwords.none && person_present();
  passwords.source.prompt = passwords.source.prompt || asks;
  return show_directory(context, send_with_password(context, "POST", "/directories", form, passwords,
                                                    prompt_only("Password of " + options.reader.value_or("the reader")),
                                                    "reader_password"));
}

ExitCode edit_directory(Context& context, const DirectoryOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  Json form = Json::object();
  for (const char* member :
       {"version", "name", "realm", "domain", "controllers", "base_dn", "trust_pem", "reader", "reader_sign_in"}) {
    form[member] = stands->at(member);
  }
  if (const auto filled = fill_in(form, options); !filled) return context.report(filled.error());
  return show_directory(context,
                        send_with_password(context, "PUT", path_of(shown(*stands, "id")), form, options.passwords,
                                           prompt_only("Password of " + shown(form, "reader")), "reader_password"));
}

ExitCode delete_directory(Context& context, const DirectoryOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  const Status agreed = agree_to_delete("the directory " + shown(*stands, "name"), options.yes);
  if (!agreed) return context.report(agreed.error());
  const auto gone =
      context.service.call("DELETE", path_of(shown(*stands, "id")) + "?version=" + shown(*stands, "version"));
  if (!gone) return context.report(gone.error());
  return context.show({{"deleted", shown(*stands, "id")}},
                      [&](const Json&) { return "deleted: " + shown(*stands, "name") + "\n"; });
}

void add_form_options(CLI::App& command, const std::shared_ptr<DirectoryOptions>& options) {
  command.add_option("--realm", options->realm, "Kerberos realm: EXAMPLE.TEST; without it no KDC is asked");
  command.add_option("--domain", options->domain, "NetBIOS name: EXAMPLE");
  command
      .add_option("--controller", options->controllers,
                  "HOST[:PORT], ldaps://… (the default), ldap://… for StartTLS, or srv:DOMAIN[/SITE] for those that "
                  "DNS names; may "
                  "be repeated")
      ->allow_extra_args(false);
  command.add_option("--base-dn", options->base_dn, "Where to look; else the controller's default");
  command.add_option("--trust-file", options->trust_file, "The issuing authorities' certificates (PEM)");
  command.add_option("--reader", options->reader, "The directory reader: UPN, DOMAIN\\name or DN");
  command
      .add_option("--reader-sign-in", options->reader_sign_in,
                  "simple (the default) or kerberos, which needs --realm; either inside TLS")
      ->check(CLI::IsMember({"simple", "kerberos"}));
  add_password_options(command, std::shared_ptr<PasswordOptions>(options, &options->passwords), "the directory reader");
}

}  // namespace

void add_directory_commands(CLI::App& app, Chosen& chosen) {
  CLI::App* directory =
      app.add_subcommand("directory", "Active Directories that service accounts live in")->fallthrough();
  directory->require_subcommand(1);
  const auto options = std::make_shared<DirectoryOptions>();
  const auto command = [&](const char* name, const char* what, const char* argument) {
    CLI::App* made = directory->add_subcommand(name, what)->fallthrough();
    made->add_option("directory", options->named, argument)->required();
    return made;
  };
  constexpr const char* kNamed = "Its id, or its name";

  directory->add_subcommand("list", "All of them")->fallthrough()->callback([&chosen] {
    chosen.action = [](Context& context) {
      const auto answer = context.service.call("GET", "/directories");
      if (!answer) return context.report(answer.error());
      return context.show(*answer, [&](const Json& all) { return list_text(all, context.terminal); });
    };
  });
  command("show", "One of them", kNamed)->callback([&chosen, options] {
    chosen.action = [options](Context& context) {
      return show_directory(context, context.service.call("GET", path_of(options->named)));
    };
  });
  CLI::App* add = command("add", "Save a new one", "How people call it");
  add_form_options(*add, options);
  add->get_option("--controller")->required();
  add->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return add_directory(context, *options); }; });
  CLI::App* edit = command("edit", "Change what is given, and nothing else", kNamed);
  edit->add_option("--name", options->name, "Another name");
  add_form_options(*edit, options);
  edit->callback([&chosen, options] {
    chosen.action = [options](Context& context) { return edit_directory(context, *options); };
  });
  CLI::App* removal = command("delete", "Remove it; refused while accounts live in it", kNamed);
  removal->add_flag("--yes", options->yes, "Do not ask");
  removal->callback([&chosen, options] {
    chosen.action = [options](Context& context) { return delete_directory(context, *options); };
  });
}

}  // namespace mailward::cli
