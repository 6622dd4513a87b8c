#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"
#include "cli/rotation_report.h"
#include "cli/test_report.h"

namespace mailward::cli {

namespace {

struct RunOptions {
  std::string named;
  std::string kind;
  std::string subject;
  int limit = 50;
  bool verbose = false;
};

std::string list_text(const Json& answer, const Terminal& terminal) {
  Table table({"ID", "STATE", "STARTED", "KIND", "BY", "SUBJECT"});
  for (const Json& run : answer.at("runs")) {
    table.add({shown(run, "id"), shown(run, "state"), shown_time(run, "started"), shown(run, "kind"),
               shown(run, "actor"), shown(run, "subject")});
  }
  return table.empty() ? "No runs yet\n" : table.text(terminal);
}

ExitCode list_runs(Context& context, const RunOptions& options) {
  const auto answer =
      context.service.call("GET", "/runs?limit=" + std::to_string(options.limit) + "&kind=" + segment(options.kind) +
                                      "&subject=" + segment(options.subject));
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) { return list_text(all, context.terminal); });
}

ExitCode show_run(Context& context, const RunOptions& options) {
  const auto run = context.service.call("GET", "/runs/" + segment(options.named));
  if (!run) return context.report(run.error());
  const std::string state = shown(*run, "state");
  const bool has_ended = state != "queued" && state != "running";
  const bool is_rotation = shown(*run, "kind") == "rotation";
  if (context.json) {
    context.show(*run, {});
    return has_ended && is_rotation ? conclude_rotation_run(context, *run) : ExitCode::ok;
  }
  print(properties({{"id", shown(*run, "id")},
                    {"kind", shown(*run, "kind")},
                    {"subject", shown(*run, "subject")},
                    {"by", shown(*run, "actor")},
                    {"state", state},
                    {"started", shown_time(*run, "started")},
                    {"ended", shown_time(*run, "ended")}},
                   context.terminal) +
        "\n");
  TestReport report(context.terminal, options.verbose);
  report.take(*run);
  if (!has_ended) return ExitCode::ok;
  report.clear_line();
  if (is_rotation) return conclude_rotation_run(context, *run);
  report.conclude(*run);
  return ExitCode::ok;
}

ExitCode cancel_run(Context& context, const RunOptions& options) {
  const auto stands = context.service.call("GET", "/runs/" + segment(options.named));
  if (!stands) return context.report(stands.error());
  const std::string state = shown(*stands, "state");
  if (state != "queued" && state != "running") {
    return context.show(*stands,
                        [&](const Json& one) { return "has ended: " + shown(one, "id") + ", " + state + "\n"; });
  }
  const auto run = context.service.call("POST", "/runs/" + segment(options.named) + "/cancel");
  if (!run) return context.report(run.error());
  return context.show(*run, [](const Json& one) { return "asked to end: " + shown(one, "id") + "\n"; });
}

}  // namespace

void add_run_commands(CLI::App& app, Chosen& chosen) {
  CLI::App* run = app.add_subcommand("run", "What was done and is being done, step by step")->fallthrough();
  run->require_subcommand(1);
  const auto options = std::make_shared<RunOptions>();
  CLI::App* list = run->add_subcommand("list", "The newest first")->fallthrough();
  list->add_option("--kind", options->kind, "Only of this kind: connection_test, rotation, measures");
  list->add_option("--subject", options->subject, "Only about this: connection:ID, account:ID");
  list->add_option("--limit", options->limit, "At most so many (50)")->check(CLI::Range(1, 1000));
  list->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return list_runs(context, *options); }; });
  CLI::App* show = run->add_subcommand("show", "One of them, with its steps")->fallthrough();
  show->footer(
      "Exit codes: 0 shown; of a rotation that has ended also 4 renewed and not all is as it should be, 1 not "
      "renewed.");
  show->add_option("run", options->named, "Its id")->required();
  show->add_flag("--verbose", options->verbose, "All evidence, also of what went well");
  show->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return show_run(context, *options); }; });
  CLI::App* cancel = run->add_subcommand("cancel", "Ask it to end")->fallthrough();
  cancel->add_option("run", options->named, "Its id")->required();
  cancel->callback(
      [&chosen, options] { chosen.action = [options](Context& context) { return cancel_run(context, *options); }; });
}

}  // namespace mailward::cli
