#include <memory>
#include <optional>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command_line.h"
#include "cli/interruption.h"
#include "cli/test_report.h"

namespace mailward::cli {

namespace {

constexpr std::chrono::minutes kPatience{30};
constexpr unsigned kExportMode = 0600;

struct MeasureOptions {
  std::string connection;
  std::string account;
  bool all = false;
  std::string id;
  std::string subject;
  std::string reason;
  std::string until;
  std::string file;
};

std::string filter_of(const MeasureOptions& options) {
  std::string filter;
  if (!options.connection.empty()) filter += "&connection=" + segment(options.connection);
  if (!options.account.empty()) filter += "&account=" + segment(options.account);
  return filter;
}

std::string state_text(const Json& line) {
  const std::string state = shown(line, "state");
  if (state == "to_do") return "to do " + shown(line, "urgency");
  return state == "cannot_tell" ? "cannot tell" : state == "not_applicable" ? "-" : state;
}

Colour colour_of(const std::string& state) {
  if (state == "to do now") return Colour::bad;
  if (state.starts_with("to do") || state == "cannot tell") return Colour::warning;
  return state == "ok" ? Colour::good : Colour::faint;
}

bool wants_work(const Json& line) {
  const std::string state = shown(line, "state");
  return state == "to_do" || state == "cannot_tell";
}

void add_lines(std::string& text, const std::string& name, const std::string& value, const Terminal& terminal) {
  if (value.empty()) return;
  const std::size_t width = terminal.is_terminal ? std::max<std::size_t>(terminal.width, 40) - 4 : 10'000;
  bool first = true;
  for (const std::string& line : wrapped(name + value, width)) {
    text += (first ? "    " : "      ") + line + "\n";
    first = false;
  }
}

std::string line_text(const Json& line, const Terminal& terminal) {
  const std::string state = state_text(line);
  std::string about = shown(line, "subject_name");
  if (about.empty()) about = shown(line, "subject_kind");
  std::string text = terminal.in(colour_of(state), padded(state, 12)) + "  " + shown(line, "title") + "\n";
  add_lines(text, "", about + " (" + shown(line, "id") + ", " + shown(line, "subject") + ")", terminal);
  add_lines(text, "", shown(line, "sentence"), terminal);
  const std::string at = shown_time(line, "seen_at");
  add_lines(text, "seen: ", (at.empty() ? "not yet" : at) + ", " + shown(line, "seen_how"), terminal);
  if (const auto acceptance = line.find("acceptance"); acceptance != line.end() && acceptance->is_object()) {
    add_lines(text,
              "accepted until " + shown(*acceptance, "until").substr(0, 10) + " by " + shown(*acceptance, "by") + ": ",
              shown(*acceptance, "reason"), terminal);
  }
  if (!wants_work(line)) return text;
  add_lines(text, "wanted: ", shown(line, "wanted"), terminal);
  add_lines(text, "what to do: ", shown(line, "remedy"), terminal);
  add_lines(text, "asked for by: ",
            shown(line.at("source"), "document") + ", \"" + shown(line.at("source"), "section") + "\"", terminal);
  return text;
}

ExitCode list_measures(Context& context, const MeasureOptions& options) {
  const std::string filter = filter_of(options);
  const auto answer = context.service.call("GET", "/measures" + (filter.empty() ? "" : "?" + filter.substr(1)));
  if (!answer) return context.report(answer.error());
  return context.show(*answer, [&](const Json& all) {
    std::string text;
    std::size_t quiet = 0;
    for (const Json& line : all.at("measures")) {
      if (options.all || wants_work(line)) {
        text += (text.empty() ? "" : "\n") + line_text(line, context.terminal);
      } else {
        ++quiet;
      }
    }
    if (text.empty()) text = "Nothing is to be done.\n";
    if (quiet > 0) text += "\n" + std::to_string(quiet) + " more are well or accepted: --all\n";
    return text;
  });
}

ExitCode accept_measure(Context& context, const MeasureOptions& options) {
  const auto line =
      context.service.call("PUT", "/measures/" + segment(options.id) + "/acceptance",
                           {{"subject", options.subject}, {"reason", options.reason}, {"until", options.until}});
  if (!line) return context.report(line.error());
  return context.show(*line, [](const Json& one) {
    return "accepted until " + shown(one.at("acceptance"), "until").substr(0, 10) + ": " + shown(one, "title") +
           "\nIt is shown again on that day, and as soon as more is found.\n";
  });
}

ExitCode withdraw_acceptance(Context& context, const MeasureOptions& options) {
  const auto gone = context.service.call(
      "DELETE", "/measures/" + segment(options.id) + "/acceptance?subject=" + segment(options.subject));
  if (!gone) return context.report(gone.error());
  if (!context.json) print("no longer accepted: " + options.id + " of " + options.subject + "\n");
  return ExitCode::ok;
}

ExitCode export_measures(Context& context, const MeasureOptions& options) {
  const bool is_page = options.file.ends_with(".html") || options.file.ends_with(".htm");
  if (!is_page && !options.file.ends_with(".json")) {
    print_error("mailward: the file's name must end in .html or .json\n");
    return ExitCode::usage;
  }
  const auto text =
      context.service.fetch("/measures/export?format=" + std::string(is_page ? "html" : "json") + filter_of(options));
  if (!text) return context.report(text.error());
  if (const Status written = write_file_durably(options.file, *text, kExportMode); !written) {
    return context.report(written.error());
  }
  if (!context.json) print("written: " + options.file + "\n");
  return ExitCode::ok;
}

ExitCode refresh_measures(Context& context) {
  const auto started = context.service.call("POST", "/measures/refresh");
  if (!started) return context.report(started.error());
  const std::string run = shown(*started, "id");
  const Interruption interruption;
  TestReport report(context.terminal, false);
  const auto on_event = [&](const Json& event) {
    if (!context.json) report.take(event);
  };
  const Status followed = context.service.follow(run, on_event, Deadline::after(kPatience), interruption.token());
  report.clear_line();
  if (!followed) {
    if (!followed.error().is(BaseError::cancelled)) return context.report(followed.error());
    print_error("mailward: the reading goes on by itself: mailward run show " + run + "\n");
    return ExitCode::interrupted;
  }
  const auto ended = context.service.call("GET", "/runs/" + segment(run));
  if (!ended) return context.report(ended.error());
  if (context.json) return context.show(*ended, {});
  const bool well = shown(*ended, "state") == "succeeded";
  print(well ? "\nread anew: mailward measures list\n"
             : "\nnot everything could be read: " + shown(*ended, "state") + "\n");
  return well ? ExitCode::ok : ExitCode::error;
}

}  // namespace

void add_measure_commands(CLI::App& app, Chosen& chosen) {
  CLI::App* measures =
      app.add_subcommand("measures", "What Microsoft, the NSA and CISA recommend, and what was seen of it")
          ->fallthrough();
  measures->require_subcommand(1);
  const auto options = std::make_shared<MeasureOptions>();
  const auto choose = [&chosen, options](ExitCode (*act)(Context&, const MeasureOptions&)) {
    return [&chosen, options, act] {
      chosen.action = [options, act](Context& context) { return act(context, *options); };
    };
  };
  const auto filters = [&](CLI::App* command) {
    command->add_option("--connection", options->connection,
                        "Of this connection and its account, by id or description");
    command->add_option("--account", options->account, "Of this service account, by id or name");
  };
  const auto line = [&](CLI::App* command) {
    command->add_option("measure", options->id, "Its id, as the list has it: password_age")->required();
    command->add_option("--subject", options->subject, "Of what, as the list has it: account:ID, installation")
        ->required();
  };
  CLI::App* list = measures->add_subcommand("list", "What is to be done, the most urgent first")->fallthrough();
  filters(list);
  list->add_flag("--all", options->all, "Also what is well, and what is accepted");
  list->callback(choose(list_measures));
  CLI::App* accept = measures->add_subcommand("accept", "Live with a line, for a reason, until a day")->fallthrough();
  line(accept);
  accept->add_option("--reason", options->reason, "Why, for whoever reads it")->required();
  accept->add_option("--until", options->until, "The day on which it is shown again, at most 366 days away")
      ->required()
      ->type_name("DATE");
  accept->callback(choose(accept_measure));
  CLI::App* withdraw = measures->add_subcommand("withdraw", "Accept a line no longer")->fallthrough();
  line(withdraw);
  withdraw->callback(choose(withdraw_acceptance));
  CLI::App* exporting =
      measures->add_subcommand("export", "Write all of them into a file: .html to print, .json as data")->fallthrough();
  filters(exporting);
  exporting->add_option("file", options->file, "Its name")->required()->type_name("FILE");
  exporting->callback(choose(export_measures));
  measures->add_subcommand("refresh", "Read anew what Active Directory and the servers show")
      ->fallthrough()
      ->callback([&chosen] { chosen.action = [](Context& context) { return refresh_measures(context); }; });
}

}  // namespace mailward::cli
