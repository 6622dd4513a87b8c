#include <algorithm>
#include <iterator>
#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "cli/command_line.h"

namespace mailward::cli {

namespace {

struct ListOptions {
  bool only_due = false;
  bool all = false;
};

struct PolicyOptions {
  std::string approval;
  std::vector<std::string> ages;
};

/// Where a line is shorter, who set a secret and when it was used stand in "secrets show" alone.
constexpr std::size_t kRoomForUse = 100;
constexpr std::size_t kRoomForSetter = 120;

std::string way_text(const Json& secret) {
  std::string text = shown(secret, "way");
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string age_text(const Json& secret) {
  return shown(secret, "age_days") + " d";
}

std::string day_text(const Json& secret, const char* name) {
  return shown_time(secret, name).substr(0, 10);
}

std::string due_text(const Json& secret) {
  if (secret.value("is_due", false)) return "now";
  const std::string day = day_text(secret, "due");
  return day.empty() ? "–" : day;
}

/// What it opens comes last, where there is room for all of it.
std::string list_text(const Json& answer, const ListOptions& options, const Terminal& terminal) {
  const auto has_room = [&](std::size_t width) { return !terminal.is_terminal || terminal.width >= width; };
  std::vector<std::string> head{"SECRET", "AGE", "DUE", "RENEWED"};
  if (has_room(kRoomForUse)) head.emplace_back("USED");
  if (has_room(kRoomForSetter)) head.emplace_back("SET BY");
  head.emplace_back("OPENS");
  Table table(head, Table::Last::wrapped);
  std::size_t folded = 0;
  for (const Json& one : answer.at("secrets")) {
    if (!options.all && shown(one, "way") == "stays") {
      ++folded;
      continue;
    }
    std::vector<std::string> row{shown(one, "title"), age_text(one), due_text(one), way_text(one)};
    if (has_room(kRoomForUse)) row.push_back(day_text(one, "last_used"));
    if (has_room(kRoomForSetter)) row.push_back(shown(one, "set_by_name"));
    row.push_back(shown(one, "opens"));
    table.add(std::move(row));
  }
  if (table.empty() && folded == 0) return options.only_due ? "Nothing is due\n" : "No secret is held\n";
  std::string text = table.empty() ? "" : table.text(terminal);
  if (folded > 0) {
    text += std::to_string(folded) + (folded == 1 ? " sub-key stays" : " sub-keys stay") +
            ", sealed again with each new master key: --all lists them\n";
  }
  return text + "\n" + shown(answer, "due") +
         " due. One in full: mailward secrets show NAME; all at once: mailward secrets renew --dry-run\n";
}

ExitCode list_secrets(Context& context, const ListOptions& options) {
  const auto answer = context.service.call("GET", std::string("/secrets") + (options.only_due ? "?due=true" : ""));
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) { return list_text(all, options, context.terminal); });
}

std::string secret_text(const Json& one, const Terminal& terminal) {
  const std::string due = shown_time(one, "due");
  const std::string used = shown_time(one, "last_used");
  const std::string set = shown_time(one, "created") + " (" + age_text(one) + " old)";
  return properties({{"secret", shown(one, "title")},
                     {"opens", shown(one, "opens")},
                     {"set", set + " by " + shown(one, "set_by_name")},
                     {"last used", used.empty() ? "not since it was set" : used},
                     {"due", due.empty() ? "never by age" : due + ", by " + shown(one, "due_by")},
                     {"renewed", way_text(one) + ": " + shown(one, "how")},
                     {"command", shown(one, "command")},
                     {"kind", shown(one, "kind")},
                     {"id", shown(one, "id")}},
                    terminal);
}

bool is_named(const Json& secret, const std::string& name) {
  if (shown(secret, "kind") == name || shown(secret, "id") == name) return true;
  return lower_case(shown(secret, "title") + " " + shown(secret, "opens")).contains(lower_case(name));
}

/// All that bear the name: it may be a kind, an id, or words of what it opens.
ExitCode show_secrets(Context& context, const std::string& name) {
  const auto answer = context.service.call("GET", "/secrets");
  if (!answer) return context.report(answer.error());
  Json found = Json::array();
  std::ranges::copy_if(answer->at("secrets"), std::back_inserter(found),
                       [&](const Json& one) { return is_named(one, name); });
  if (found.empty()) {
    return context.report(
        Error(BaseError::not_found, "no secret by the name '" + printable(name, 80) + "' is held")
            .with_remedy("name it by its kind, its id or what it opens: mailward secrets list --all"));
  }
  return context.show(found, [&](const Json& all) {
    std::string text;
    for (const Json& one : all) text += (text.empty() ? "" : "\n") + secret_text(one, context.terminal);
    return text;
  });
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
  const auto listed = std::make_shared<ListOptions>();
  CLI::App* list = secrets->add_subcommand("list", "What is due first, first; never what they are")->fallthrough();
  list->add_flag("--due", listed->only_due, "Only what is due");
  list->add_flag("--all", listed->all, "Also the sub-keys, which are not renewed");
  list->callback(
      [&chosen, listed] { chosen.action = [listed](Context& context) { return list_secrets(context, *listed); }; });
  const auto name = std::make_shared<std::string>();
  CLI::App* show = secrets->add_subcommand("show", "All that is known of one, but itself")->fallthrough();
  show->add_option("secret", *name, "Its kind, its id, or words of what it opens; all that fit are shown")->required();
  show->callback(
      [&chosen, name] { chosen.action = [name](Context& context) { return show_secrets(context, *name); }; });

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
