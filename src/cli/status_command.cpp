#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"

namespace mailward::cli {

namespace {

std::string status_text(const Json& status, const Terminal& terminal) {
  const Json& database = status.at("database");
  std::string counts;
  for (const auto& [state, count] : status.at("connections").items()) {
    if (state == "total" || count == 0) continue;
    counts += (counts.empty() ? "" : ", ") + count.dump() + " " + state;
  }
  std::string text = properties({{"version", shown(status, "version")},
                                 {"up since", shown_time(status, "started")},
                                 {"database", shown(database, "kind") + ", schema " + shown(database, "schema") + ": " +
                                                  shown(database, "where")},
                                 {"connections", counts.empty() ? "none yet" : counts}},
                                terminal);
  Table waiting({"NEEDS A PERSON", "STATE", "REASON", "SINCE", "EVIDENCE"}, Table::Last::wrapped);
  for (const Json& one : status.at("needs_a_person")) {
    waiting.add({shown(one, "description"), shown(one, "state"), shown(one, "reason"), shown_time(one, "since"),
                 shown(one, "reason_text")});
  }
  return waiting.empty() ? text : text + "\n" + waiting.text(terminal);
}

}  // namespace

void add_status_command(CLI::App& app, Chosen& chosen) {
  app.add_subcommand("status", "How the service is, and what needs a person")->fallthrough()->callback([&chosen] {
    chosen.action = [](Context& context) {
      const auto status = context.service.call("GET", "/status");
      if (!status) return context.report(status.error());
      return context.show(*status, [&](const Json& one) { return status_text(one, context.terminal); });
    };
  });
}

}  // namespace mailward::cli
