#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/sending.h"

namespace mailward::cli {

namespace {

struct NotifyOptions {
  std::string named;
  std::optional<std::string> name;
  std::optional<std::string> host;
  std::optional<int> port;
  std::optional<std::string> security;
  std::optional<std::string> user;
  std::optional<std::string> from;
  std::optional<std::string> url;
  std::optional<std::string> proof;
  std::optional<std::string> trust_file;
  std::optional<std::string> enabled;
  bool yes = false;
  PasswordOptions passwords;
  // Subscriptions.
  std::string address;
  std::vector<std::string> kinds;
  std::optional<std::string> least;
  std::string owner;
  // Notices.
  int limit = 20;
  std::string before;
  std::string to;
};
using Shared = std::shared_ptr<NotifyOptions>;

constexpr std::chrono::seconds kTestPatience{75};  // another sending may be under way, and ends within 30

std::string path_of(const std::string& named) {
  return "/notices/channels/" + segment(named);
}

/// "sent", "sent 2, waiting 1".
std::string states_of(const Json& notice) {
  std::vector<std::pair<std::string, int>> counts;
  for (const Json& delivery : notice.at("deliveries")) {
    const std::string state = shown(delivery, "state");
    const auto found = std::ranges::find(counts, state, &std::pair<std::string, int>::first);
    if (found == counts.end()) {
      counts.emplace_back(state, 1);
    } else {
      ++found->second;
    }
  }
  std::string text;
  for (const auto& [state, count] : counts) {
    text += (text.empty() ? "" : ", ") + state + (count > 1 ? " " + std::to_string(count) : "");
  }
  return text.empty() ? "nobody subscribed" : text;
}

ExitCode list_notices(Context& context, const NotifyOptions& options) {
  std::string path = "/notices?limit=" + std::to_string(options.limit);
  if (!options.before.empty()) path += "&before=" + segment(options.before);
  const auto answer = context.service.call("GET", path);
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"ID", "POSTED", "SEVERITY", "KIND", "TIMES", "TITLE", "BECAME"});
    for (const Json& one : all.at("notices")) {
      table.add({shown(one, "id"), shown_time(one, "posted"), shown(one, "severity"), shown(one, "kind"),
                 shown(one, "times"), shown(one, "title"), states_of(one)});
    }
    return table.empty() ? "No notices yet\n" : table.text(context.terminal);
  });
}

ExitCode show_notice(Context& context, const NotifyOptions& options) {
  const auto answer = context.service.call("GET", "/notices/" + segment(options.named));
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& one) {
    std::string text = properties({{"id", shown(one, "id")},
                                   {"title", shown(one, "title")},
                                   {"kind", shown(one, "kind")},
                                   {"severity", shown(one, "severity")},
                                   {"about", shown(one, "subject")},
                                   {"posted", shown_time(one, "posted")},
                                   {"last posted", shown_time(one, "last_posted")},
                                   {"times", shown(one, "times")}},
                                  context.terminal);
    text += "\n" + shown(one, "text") + "\n";
    Table table({"CHANNEL", "TO", "STATE", "ATTEMPTS", "NEXT", "SAID"});
    for (const Json& delivery : one.at("deliveries")) {
      table.add({shown(delivery, "channel"), shown(delivery, "to"), shown(delivery, "state"),
                 shown(delivery, "attempts"), shown_time(delivery, "due"), shown(delivery, "said")});
    }
    return table.empty() ? text : text + "\n" + table.text(context.terminal);
  });
}

ExitCode list_channels(Context& context, const NotifyOptions&) {
  const auto answer = context.service.call("GET", "/notices/channels");
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"ID", "NAME", "KIND", "TO", "STATE", "LAST ACCEPTED", "LAST REFUSAL"});
    for (const Json& one : all.at("channels")) {
      table.add({shown(one, "id"), shown(one, "name"), shown(one, "kind"), shown(one, "destination"),
                 shown(one, "state"), shown_time(one, "last_accepted"), shown(one, "last_refusal")});
    }
    return table.empty() ? "No channels yet; mailward notify channel add-relay --help\n" : table.text(context.terminal);
  });
}

std::string channel_text(const Json& one, const Terminal& terminal) {
  const bool relay = shown(one, "kind") == "relay";
  return properties({{"id", shown(one, "id")},
                     {"name", shown(one, "name")},
                     {"kind", shown(one, "kind")},
                     {"to", shown(one, "destination")},
                     {"security", relay ? shown(one, "security") : ""},
                     {"user", shown(one, "user")},
                     {"from", shown(one, "from")},
                     {"proof", relay ? "" : shown(one, "proof")},
                     {"trust", shown(one, "trust_pem").empty() ? "the system's authorities" : "authorities of its own"},
                     {"password", shown(one, "has_password")},
                     {"state", shown(one, "state")},
                     {"rests since", shown_time(one, "resting_since")},
                     {"last accepted", shown_time(one, "last_accepted")},
                     {"last refused", shown_time(one, "last_refused")},
                     {"last refusal", shown(one, "last_refusal")},
                     {"what to do", shown(one, "last_remedy")},
                     {"turned away since", shown_time(one, "turned_away_since")},
                     {"version", shown(one, "version")}},
                    terminal);
}

ExitCode show_channel(Context& context, const Result<Json>& answer) {
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& one) { return channel_text(one, context.terminal); });
}

Status fill_in(Json& form, const NotifyOptions& options) {
  const auto set = [&](const char* member, const auto& value) {
    if (value) form[member] = *value;
  };
  set("name", options.name);
  set("host", options.host);
  set("port", options.port);
  set("security", options.security);
  set("user", options.user);
  set("from", options.from);
  set("url", options.url);
  set("proof", options.proof);
  if (options.enabled) form["enabled"] = *options.enabled == "yes";
  if (options.trust_file) {
    MW_TRY(form["trust_pem"], read_certificates(*options.trust_file));
  }
  return {};
}

BeforePassword question_for(const Json& form) {
  const std::string user = shown(form, "user");
  return prompt_only(user.empty() ? "Secret of " + shown(form, "name") : "Password of " + user);
}

ExitCode add_channel(Context& context, const NotifyOptions& options, const char* kind) {
  Json form{{"name", options.named}, {"kind", kind}};
  if (const auto filled = fill_in(form, options); !filled) return context.report(filled.error());
  PasswordOptions passwords = options.passwords;
  const bool takes_one = options.user.value_or("") != "" || options.proof.value_or("none") != "none";
  const bool asks = takes_one && !passwords.source.given() && !passwords.none && person_present();
  passwords.source.prompt = passwords.source.prompt || asks;
  passwords.as_is = false;
  return show_channel(context,
                      send_with_password(context, "POST", "/notices/channels", form, passwords, question_for(form)));
}

ExitCode edit_channel(Context& context, const NotifyOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  Json form = Json::object();
  for (const char* member : {"version", "name", "kind", "host", "port", "security", "user", "from", "url", "proof",
                             "trust_pem", "enabled"}) {
    form[member] = stands->at(member);
  }
  if (const auto filled = fill_in(form, options); !filled) return context.report(filled.error());
  PasswordOptions passwords = options.passwords;
  passwords.as_is = false;
  return show_channel(
      context, send_with_password(context, "PUT", path_of(shown(*stands, "id")), form, passwords, question_for(form)));
}

ExitCode remove_channel(Context& context, const NotifyOptions& options) {
  const auto stands = context.service.call("GET", path_of(options.named));
  if (!stands) return context.report(stands.error());
  const Status agreed =
      agree_to_delete("the channel " + shown(*stands, "name") + " with its subscriptions", options.yes);
  if (!agreed) return context.report(agreed.error());
  const auto gone =
      context.service.call("DELETE", path_of(shown(*stands, "id")) + "?version=" + shown(*stands, "version"));
  if (!gone) return context.report(gone.error());
  return context.show({{"deleted", shown(*stands, "id")}},
                      [&](const Json&) { return "deleted: " + shown(*stands, "name") + "\n"; });
}

ExitCode test_channel(Context& context, const NotifyOptions& options) {
  context.service.be_patient(kTestPatience);
  Json body = Json::object();
  if (!options.to.empty()) body["to"] = options.to;
  const auto answer = context.service.call("POST", path_of(options.named) + "/test", body);
  if (!answer) return context.report(answer.error());
  const bool accepted = answer->at("accepted").get<bool>();
  const ExitCode told = context.show(*answer, [&](const Json& report) {
    Table table({"OUTCOME", "STAGE", "SEEN"}, Table::Last::wrapped);
    for (const Json& stage : report.at("stages")) {
      table.add({shown(stage, "outcome"), shown(stage, "stage"), shown(stage, "seen")});
    }
    std::string text = table.text(context.terminal);
    const std::string to = shown(report, "to");
    if (accepted) return text + "\naccepted" + (to.empty() ? "" : ": look into the mailbox of " + to) + "\n";
    return text + "\nnot accepted: " + shown(report, "said") + "\n  what to do: " + shown(report, "remedy") + "\n";
  });
  return accepted ? told : ExitCode::error;
}

ExitCode list_subscriptions(Context& context, const NotifyOptions&) {
  const auto answer = context.service.call("GET", "/notices/subscriptions");
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    Table table({"ID", "WHO", "CHANNEL", "ADDRESS", "KINDS", "FROM SEVERITY", "CONFIRMED"});
    for (const Json& one : all.at("subscriptions")) {
      const std::string owner = shown(one, "owner_name");
      table.add({shown(one, "id"), owner.empty() ? "the house" : owner, shown(one, "channel_name"),
                 shown(one, "address"), one.at("all").get<bool>() ? "all" : shown(one, "kinds"),
                 shown(one, "least_severity"), one.at("confirmed").is_null() ? "not yet" : "yes"});
    }
    return table.empty() ? "No subscriptions yet; mailward notify subscribe --help\n" : table.text(context.terminal);
  });
}

ExitCode subscribe(Context& context, const NotifyOptions& options) {
  Json form{{"channel", options.named}, {"all", options.kinds.empty()}, {"kinds", options.kinds}};
  if (!options.address.empty()) form["address"] = options.address;
  if (options.least) form["least_severity"] = *options.least;
  if (!options.owner.empty()) form["user"] = options.owner;
  const auto saved = context.service.call("PUT", "/notices/subscriptions", form);
  if (!saved) return context.report(saved.error());
  return context.show(*saved, [](const Json& one) {
    return "subscribed: " + shown(one, "id") + " (" + (one.at("all").get<bool>() ? "all" : shown(one, "kinds")) + ")\n";
  });
}

ExitCode unsubscribe(Context& context, const NotifyOptions& options) {
  const auto gone = context.service.call("DELETE", "/notices/subscriptions/" + segment(options.named));
  if (!gone) return context.report(gone.error());
  return context.show({{"deleted", options.named}}, [&](const Json&) { return "deleted: " + options.named + "\n"; });
}

void add_relay_options(CLI::App& command, const Shared& options) {
  command.add_option("--host", options->host, "The relay: a name or an address")->type_name("HOST");
  command.add_option("--port", options->port, "587 by default; 465 with --security tls")->check(CLI::Range(1, 65535));
  command
      .add_option("--security", options->security,
                  "starttls (the default), tls from the first byte, or none, for a relay on this very host")
      ->check(CLI::IsMember({"starttls", "tls", "none"}));
  command.add_option("--user", options->user, "Whom to sign in as; without it nobody signs in");
  command.add_option("--from", options->from, "The sender's address");
}

void add_webhook_options(CLI::App& command, const Shared& options) {
  command.add_option("--url", options->url, "https://…, or http:// for a receiver on this very host");
  command
      .add_option("--proof", options->proof,
                  "How the receiver is shown who sends: none (the default), bearer, or signature (HMAC-SHA256)")
      ->check(CLI::IsMember({"none", "bearer", "signature"}));
}

void add_channel_options(CLI::App& command, const Shared& options) {
  command.add_option("--trust-file", options->trust_file, "The authorities of its certificate (PEM)");
  add_password_options(command, std::shared_ptr<PasswordOptions>(options, &options->passwords), "the channel");
}

void add_channel_commands(CLI::App& notify, Chosen& chosen, const Shared& options) {
  CLI::App* channel = notify.add_subcommand("channel", "Relays and webhooks that notices go out by")->fallthrough();
  channel->require_subcommand(1);
  const auto choose = [&chosen, options](auto action) {
    return [&chosen, options, action] {
      chosen.action = [options, action](Context& context) { return action(context, *options); };
    };
  };
  const auto command = [&](const char* name, const char* what, const char* argument) {
    CLI::App* made = channel->add_subcommand(name, what)->fallthrough();
    made->add_option("channel", options->named, argument)->required();
    return made;
  };
  constexpr const char* kNamed = "Its id, or its name";
  channel->add_subcommand("list", "All of them, with the last refusal of each")
      ->fallthrough()
      ->callback(choose(list_channels));
  command("show", "One of them", kNamed)->callback(choose([](Context& context, const NotifyOptions& given) {
    return show_channel(context, context.service.call("GET", path_of(given.named)));
  }));
  CLI::App* relay = command("add-relay", "Save a new email relay", "How people call it");
  add_relay_options(*relay, options);
  add_channel_options(*relay, options);
  relay->get_option("--host")->required();
  relay->get_option("--from")->required();
  relay->callback(
      choose([](Context& context, const NotifyOptions& given) { return add_channel(context, given, "relay"); }));
  CLI::App* webhook = command("add-webhook", "Save a new webhook", "How people call it");
  add_webhook_options(*webhook, options);
  add_channel_options(*webhook, options);
  webhook->get_option("--url")->required();
  webhook->callback(
      choose([](Context& context, const NotifyOptions& given) { return add_channel(context, given, "webhook"); }));
  CLI::App* edit = command("edit", "Change what is given, and nothing else", kNamed);
  edit->add_option("--name", options->name, "Another name");
  edit->add_option("--enabled", options->enabled, "yes, or no: nothing is sent, and what is due waits")
      ->check(CLI::IsMember({"yes", "no"}));
  add_relay_options(*edit, options);
  add_webhook_options(*edit, options);
  add_channel_options(*edit, options);
  edit->callback(choose(edit_channel));
  CLI::App* removal = command("remove", "Remove it, with its subscriptions", kNamed);
  removal->add_flag("--yes", options->yes, "Do not ask");
  removal->callback(choose(remove_channel));
}

}  // namespace

void add_notify_commands(CLI::App& app, Chosen& chosen) {
  CLI::App* notify = app.add_subcommand("notify", "Notices: by which ways they go, and who gets which")->fallthrough();
  notify->require_subcommand(1);
  const auto options = std::make_shared<NotifyOptions>();
  const auto choose = [&chosen, options](ExitCode (*action)(Context&, const NotifyOptions&)) {
    return [&chosen, options, action] {
      chosen.action = [options, action](Context& context) { return action(context, *options); };
    };
  };
  CLI::App* list =
      notify->add_subcommand("list", "What was posted, newest first, and what became of it")->fallthrough();
  list->add_option("--limit", options->limit, "At most so many (20)")->check(CLI::Range(1, 200));
  list->add_option("--before", options->before, "Those posted before that one (its id)");
  list->callback(choose(list_notices));
  CLI::App* show = notify->add_subcommand("show", "One notice, whole")->fallthrough();
  show->add_option("notice", options->named, "Its id")->required();
  show->callback(choose(show_notice));
  CLI::App* test = notify->add_subcommand("test", "Send a test message now, and tell each stage")->fallthrough();
  test->add_option("channel", options->named, "Its id, or its name")->required();
  test->add_option("--to", options->to, "Of a relay: whom to write to; else its own sender");
  test->callback(choose(test_channel));

  notify->add_subcommand("subscriptions", "Who gets which")->fallthrough()->callback(choose(list_subscriptions));
  CLI::App* wish = notify->add_subcommand("subscribe", "Subscribe, or change what is wanted there")->fallthrough();
  wish->add_option("channel", options->named, "Its id, or its name")->required();
  wish->add_option("--address", options->address, "Of a relay: whom to write to");
  wish->add_option("--kind", options->kinds, "A kind of notice; may be repeated; without it all")
      ->allow_extra_args(false);
  wish->add_option("--severity", options->least, "Those of this severity and above: info (the default), warning, alarm")
      ->check(CLI::IsMember({"info", "warning", "alarm"}));
  wish->add_option("--user", options->owner, "Whose it is; without it the house's, or the token's user's");
  wish->callback(choose(subscribe));
  CLI::App* end = notify->add_subcommand("unsubscribe", "End a subscription")->fallthrough();
  end->add_option("subscription", options->named, "Its id")->required();
  end->callback(choose(unsubscribe));
  add_channel_commands(*notify, chosen, options);
}

}  // namespace mailward::cli
