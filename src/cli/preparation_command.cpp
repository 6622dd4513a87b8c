#include <memory>

#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "cli/command_line.h"
#include "cli/connection_form.h"

namespace mailward::cli {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
constexpr unsigned kMode = 0644;

struct PrepareOptions {
  std::string named;
  std::string output;
  bool undo = false;
};

Result<Json> ask(Context& context, const PrepareOptions& options, const ConnectionOptions& given) {
  Json changes = Json::object();
  MW_CHECK(fill_in(changes, given));
  if (options.named.empty()) return context.service.call("POST", "/connections/prepare", changes);
  const std::string path = "/connections/" + segment(options.named);
  if (changes.empty()) return context.service.call("GET", path + "/prepare");
  MW_TRY(const Json stands, context.service.call("GET", path));
  Json form = form_of(stands);
  form.update(changes);
  form["connection"] = stands.at("id");
  return context.service.call("POST", "/connections/prepare", form);
}

ExitCode prepare(Context& context, const PrepareOptions& options, const ConnectionOptions& given) {
  if (options.named.empty() && !given.master_mailbox) {
    print_error(
        "mailward: which connection? Name a stored one, or say at least --master-mailbox\n"
        "  what to do: mailward connection prepare --help\n");
    return ExitCode::usage;
  }
  const auto answer = ask(context, options, given);
  if (!answer) return context.report(answer.error());
  const std::string script = shown(*answer, options.undo ? "undo" : "script");
  if (options.output.empty()) return context.show(*answer, [&](const Json&) { return std::string(script); });
  // Windows PowerShell takes a file without the mark for one in the host's code page.
  const auto written = write_file_durably(options.output, std::string(kByteOrderMark) + script, kMode);
  if (!written) return context.report(written.error());
  return context.show(*answer, [&](const Json&) {
    return "written: " + options.output + "; run it in the Exchange Management Shell\n";
  });
}

}  // namespace

void add_preparation_command(CLI::App& connection, Chosen& chosen) {
  const auto options = std::make_shared<PrepareOptions>();
  const auto given = std::make_shared<ConnectionOptions>();
  CLI::App* command =
      connection.add_subcommand("prepare", "A PowerShell script that prepares Exchange for it")->fallthrough();
  command->add_option("connection", options->named, "Its id, or its description; none for one that is not saved yet");
  add_connection_options(*command, given);
  command->add_flag("--undo", options->undo, "The script that takes it all away again");
  command->add_option("--output", options->output, "Write it there, for Windows PowerShell (UTF-8 with its mark)")
      ->type_name("FILE");
  command->callback([&chosen, options, given] {
    chosen.action = [options, given](Context& context) { return prepare(context, *options, *given); };
  });
}

}  // namespace mailward::cli
