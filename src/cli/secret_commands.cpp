#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"

namespace mailward::cli {

namespace {

struct PolicyOptions {
  std::string approval;
  std::vector<std::string> ages;
};

std::string age_text(const Json& secret) {
  return shown(secret, "age_days") + " d";
}

std::string due_text(const Json& secret) {
  const std::string due = shown_time(secret, "due");
  if (due.empty()) return "–";
  return due.substr(0, 10) + (secret.value("is_due", false) ? " (due)" : "");
}

std::string list_text(const Json& answer, bool only_due, const Terminal& terminal) {
  Table table({"SECRET", "OPENS", "AGE", "LAST USED", "SET BY", "DUE", "RENEWED", "HOW", "ID"});
  for (const Json& one : answer.at("secrets")) {
    const std::string command = shown(one, "command");
    table.add({shown(one, "title"), shown(one, "opens"), age_text(one), shown_time(one, "last_used"),
               shown(one, "set_by_name"), due_text(one), shown(one, "way"),
               command.empty() ? shown(one, "how") : command, shown(one, "id")});
  }
  if (table.empty()) return only_due ? "Nothing is due\n" : "No secret is held\n";
  return table.text(terminal) + shown(answer, "due") + " due. All at once: mailward secrets renew --dry-run\n";
}

ExitCode list_secrets(Context& context, bool only_due) {
  const auto answer = context.service.call("GET", std::string("/secrets") + (only_due ? "?due=true" : ""));
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) { return list_text(all, only_due, context.terminal); });
}

std::string policy_text(const Json& policy, const Terminal& terminal) {
  Table table({"KIND", "GREATEST AGE", "SAID BY"});
  for (const Json& one : policy.at("kinds")) {
    const std::string days = shown(one, "greatest_age_days");
    table.add({shown(one, "kind"), days == "0" ? "none" : days + " d",
               one.value("is_default", true) ? "default" : "this house"});
  }
  const std::string until = shown_time(policy, "approval_until");
  return table.text(terminal) + "A plan to renew everything " +
         (policy.value("approval", false) ? "waits for another administrator's approval" : "needs no approval") +
         (until.empty() ? "" : "; from " + until + " on it needs none") + ".\n";
}

ExitCode policy(Context& context, const PolicyOptions& options) {
  if (options.approval.empty() && options.ages.empty()) {
    const auto answer = context.service.call("GET", "/secrets");
    if (!answer) return context.report(answer.error());
    return context.show(answer->at("policy"), [&](const Json& one) { return policy_text(one, context.terminal); });
  }
  Json body = Json::object();
  if (!options.approval.empty()) body["approval"] = options.approval == "yes";
  if (!options.ages.empty()) body["greatest_ages"] = options.ages;
  const auto saved = context.service.call("PUT", "/secrets/policy", body);
  if (!saved) return context.report(saved.error());
  return context.show(*saved, [&](const Json& one) { return policy_text(one, context.terminal); });
}

}  // namespace

void add_secret_commands(CLI::App& app, Chosen& chosen) {
  CLI::App* secrets = app.add_subcommand("secrets", "Every secret that is held, and renewing them")->fallthrough();
  secrets->require_subcommand(1);
  const auto due = std::make_shared<bool>(false);
  CLI::App* list = secrets->add_subcommand("list", "What is due first, first; never what they are")->fallthrough();
  list->add_flag("--due", *due, "Only what is due");
  list->callback([&chosen, due] { chosen.action = [due](Context& context) { return list_secrets(context, *due); }; });

  const auto wanted = std::make_shared<PolicyOptions>();
  CLI::App* said =
      secrets->add_subcommand("policy", "Greatest ages, and whether renewing everything needs approval")->fallthrough();
  said->add_option("--approval", wanted->approval, "Another administrator must approve a plan")
      ->check(CLI::IsMember({"yes", "no"}));
  said->add_option("--age", wanted->ages, "Of a kind, in days; 0: none")->type_name("KIND=DAYS");
  said->callback(
      [&chosen, wanted] { chosen.action = [wanted](Context& context) { return policy(context, *wanted); }; });
  add_renewal_commands(*secrets, chosen);
}

}  // namespace mailward::cli
