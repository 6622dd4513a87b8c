#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/anchor_lines.h"
#include "cli/command_line.h"
#include "cli/interruption.h"

namespace mailward::cli {

namespace {

constexpr std::chrono::seconds kBetweenLooks{1};
constexpr std::chrono::minutes kVerificationPatience{30};

struct ListOptions {
  std::string actor;
  std::string source;
  std::string action;
  std::string object;
  std::string outcome;
  std::string request;
  std::string from;
  std::string until;
  int limit = 50;
  bool follow = false;
  bool verbose = false;
};

std::string query_of(const ListOptions& options) {
  std::string query = "?limit=" + std::to_string(options.limit);
  const auto add = [&](const char* name, std::string_view value) {
    if (!value.empty()) query.append("&").append(name).append("=").append(segment(value));
  };
  const std::string_view object = options.object;
  const std::size_t colon = object.find(':');
  add("actor", options.actor);
  add("source", options.source);
  add("action", options.action);
  add("object_kind", object.substr(0, colon));
  if (colon != std::string_view::npos) add("object_id", object.substr(colon + 1));
  add("outcome", options.outcome);
  add("request_id", options.request);
  add("from", options.from);
  add("until", options.until);
  return query;
}

std::string who(const Json& entry) {
  const std::string name = shown(entry, "actor_name");
  return name.empty() ? shown(entry, "actor") : name + " (" + shown(entry, "actor") + ")";
}

std::string object_of(const Json& entry) {
  const std::string id = shown(entry, "object_id");
  return shown(entry, "object_kind") + (id.empty() ? "" : ":" + id);
}

std::string details_of(const Json& entry) {
  const std::string token = shown(entry, "token");
  std::string text = "        request " + shown(entry, "request_id") + (token.empty() ? "" : "  token " + token) + "\n";
  const auto details = entry.find("details");
  if (details != entry.end() && !details->empty()) {
    text += "        " + details->dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
  }
  return text;
}

std::string line_of(const Json& entry, bool verbose) {
  const std::string source = shown(entry, "source");
  return shown(entry, "number") + "  " + shown_time(entry, "at") + "  " + shown(entry, "outcome") + "  " +
         shown(entry, "action") + "  " + object_of(entry) + "  " + who(entry) +
         (source.empty() ? "" : " from " + source) + "\n" + (verbose ? details_of(entry) : std::string());
}

std::string list_text(const Json& answer, const ListOptions& options, const Terminal& terminal) {
  if (answer.at("entries").empty()) return "No such entries\n";
  std::string text;
  Table table({"NUMBER", "AT", "OUTCOME", "ACTION", "OBJECT", "WHO", "FROM"});
  for (const Json& one : answer.at("entries")) {
    if (options.verbose) text += line_of(one, true);
    table.add({shown(one, "number"), shown_time(one, "at"), shown(one, "outcome"), shown(one, "action"), object_of(one),
               who(one), shown(one, "source")});
  }
  return options.verbose ? text : table.text(terminal);
}

void print_entry(const Context& context, const Json& entry, bool verbose) {
  print(context.json ? entry.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n" : line_of(entry, verbose));
}

void wait_a_little(const std::stop_token& stop) {
  std::mutex mutex;
  std::unique_lock lock(mutex);
  std::condition_variable_any().wait_for(lock, stop, kBetweenLooks, [] { return false; });
}

/// The last ones, then each as it comes, until Ctrl-C.
ExitCode follow(Context& context, const ListOptions& options) {
  const Interruption interruption;
  const std::stop_token stop = interruption.token();
  const std::string query = query_of(options);
  const auto last = context.service.call("GET", "/audit" + query);
  if (!last) return context.report(last.error());
  Json entries = last->at("entries");
  std::reverse(entries.begin(), entries.end());
  std::int64_t seen = 0;
  while (!stop.stop_requested()) {
    for (const Json& one : entries) {
      seen = std::max(seen, one.at("number").get<std::int64_t>());
      print_entry(context, one, options.verbose);
    }
    wait_a_little(stop);
    const auto more = context.service.call("GET", "/audit" + query + "&after=" + std::to_string(seen));
    if (!more) return context.report(more.error());
    entries = more->at("entries");
  }
  return ExitCode::interrupted;
}

ExitCode list(Context& context, const ListOptions& options) {
  if (options.follow) return follow(context, options);
  const auto answer = context.service.call("GET", "/audit" + query_of(options));
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) { return list_text(all, options, context.terminal); });
}

std::string head_file_text(const Json& report) {
  const Json& file = report.at("head_file");
  if (file.is_null()) return "not asked for";
  std::string text = shown(file, "path");
  if (file.at("number").is_null()) return text;
  text += ": noted " + shown(file, "number") + " at " + shown_time(file, "noted");
  const auto behind = file.at("behind").get<std::int64_t>();
  return behind == 0 ? text : text + ", " + std::to_string(behind) + " behind";
}

std::string anchor_text(const Json& report) {
  const Json& anchor = report.at("anchor");
  if (anchor.is_null()) return "none given";
  std::string text =
      shown(anchor, "entries") + " entries, from " + shown(anchor, "first") + " to " + shown(anchor, "last");
  const std::string unreadable = shown(anchor, "unreadable_lines");
  return unreadable == "0" ? text : text + "; " + unreadable + " lines are no entries";
}

std::string report_text(const Json& report, const Terminal& terminal) {
  const bool intact = report.at("intact").get<bool>();
  const Json& head = report.at("head");
  std::string text = terminal.in(intact ? Colour::good : Colour::bad, intact ? "intact" : "NOT INTACT") + "\n" +
                     properties({{"entries", shown(report, "entries")},
                                 {"head", shown(head, "number") + "  " + shown(head, "mac")},
                                 {"head file", head_file_text(report)},
                                 {"anchor", anchor_text(report)}},
                                terminal);
  Table findings({"FINDING", "ENTRY", "MEANING"}, Table::Last::wrapped);
  for (const Json& one : report.at("findings")) {
    findings.add({shown(one, "kind"), shown(one, "number"), shown(one, "meaning")});
  }
  return findings.empty() ? text : text + "\n" + findings.text(terminal);
}

ExitCode conclude(const Json& report, bool as_json, const Terminal& terminal) {
  print(as_json ? report.dump(2, ' ', false, Json::error_handler_t::replace) + "\n" : report_text(report, terminal));
  return report.at("intact").get<bool>() ? ExitCode::ok : ExitCode::not_intact;
}

ExitCode verify(Context& context, const std::string& anchor) {
  Json body = Json::object();
  if (!anchor.empty()) {
    const auto known = read_anchor_lines(anchor);
    if (!known) return context.report(known.error());
    body["anchor"] = *known;
  }
  context.service.be_patient(kVerificationPatience);
  const auto report = context.service.call("POST", "/audit/verify", body);
  return report ? conclude(*report, context.json, context.terminal) : context.report(report.error());
}

int verify_offline(const OfflineCommands& offline, const OfflineAudit& wanted, bool as_json) {
  const auto report = offline.verify_audit(wanted);
  if (!report) return report.error();
  return value_of(conclude(Json::parse(*report), as_json, Terminal::of_standard_output()));
}

}  // namespace

void add_audit_commands(CLI::App& app, Chosen& chosen, const OfflineCommands& offline, const OfflineOptions& options) {
  CLI::App* audit = app.add_subcommand("audit", "Who did what, and whether the trail of it is intact")->fallthrough();
  audit->require_subcommand(1);
  const auto listing = std::make_shared<ListOptions>();
  CLI::App* list_command = audit->add_subcommand("list", "The newest first")->fallthrough();
  list_command->add_option("--actor", listing->actor, "Only of this one: user:ID, local:UID, system:PART");
  list_command->add_option("--source", listing->source, "Only from this address");
  list_command->add_option("--action", listing->action,
                           "Only this: connection.update, or all that begin so: 'connection.*'");
  list_command->add_option("--object", listing->object, "Only on this: connection:ID, or a kind alone")
      ->type_name("KIND[:ID]");
  list_command->add_option("--outcome", listing->outcome, "Only those that ended so: ok, refused, failed");
  list_command->add_option("--request", listing->request, "Only of this request, as the log has it")->type_name("ID");
  list_command->add_option("--from", listing->from, "At this time or later: 2026-01-31T09:05:00Z, or a date")
      ->type_name("TIME");
  list_command->add_option("--until", listing->until, "Before this time")->type_name("TIME");
  list_command->add_option("--limit", listing->limit, "At most so many (50)")->check(CLI::Range(1, 1000));
  list_command->add_flag("--follow", listing->follow, "The oldest of them first, then each as it comes");
  list_command->add_flag("--verbose", listing->verbose, "With their details");
  list_command->callback(
      [&chosen, listing] { chosen.action = [listing](Context& context) { return list(context, *listing); }; });

  const auto wanted = std::make_shared<OfflineAudit>();
  CLI::App* check = audit->add_subcommand("verify", "Whether it was tampered with; ends with 10 if so")->fallthrough();
  check->add_option("--anchor", wanted->anchor, "Lines that were sent out, to hold it against")->type_name("FILE");
  CLI::Option* database =
      check
          ->add_option("--database", wanted->database, "Without the service: this SQLite file, also a copy; only looks")
          ->type_name("FILE");
  check->add_option("--master-key", wanted->master_key, "Its master key (master.key beside it)")
      ->type_name("FILE")
      ->needs(database);
  CLI::Option* head = check->add_option("--head-file", wanted->head_file, "Its head file (beside the master key)")
                          ->type_name("FILE")
                          ->needs(database);
  check->add_flag("--without-head-file", wanted->without_head_file, "There is none, and none is missed")
      ->needs(database)
      ->excludes(head);
  check->callback([&chosen, &offline, &options, wanted] {
    if (!wanted->database.empty()) {
      chosen.offline = [&offline, &options, wanted] { return verify_offline(offline, *wanted, options.json); };
      return;
    }
    chosen.action = [wanted](Context& context) { return verify(context, wanted->anchor); };
  });
}

}  // namespace mailward::cli
