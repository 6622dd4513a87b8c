#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include "cli/command_line.h"

namespace mailward::cli {

namespace {

/// Nothing while the head file is kept and nothing is sent out.
std::string audit_text(const Json& status, const Terminal& terminal) {
  const Json& audit = status.at("audit");
  if (audit.is_null())
    return terminal.in(Colour::bad, "the audit trail's head is damaged: mailward audit verify") + "\n";
  std::string text;
  const Json& file = audit.at("head_file");
  if (file.at("state") != "kept") {
    text += terminal.in(Colour::bad, "audit head file: " + shown(file, "state") + ": " + shown(file, "trouble")) + "\n";
  }
  Table places({"AUDIT SENT TO", "UP TO", "LAG", "LAST SENT", "FAILING SINCE", "TROUBLE"}, Table::Last::wrapped);
  for (const Json& one : audit.at("forward")) {
    places.add({shown(one, "to"), shown(one, "sent_up_to"), shown(one, "lag"), shown_time(one, "last_sent"),
                shown_time(one, "failing_since"), shown(one, "trouble")});
  }
  return places.empty() ? text : text + "\n" + places.text(terminal);
}

std::string recovery_text(const Json& status) {
  const std::string taken = shown_time(status, "recovery_key_taken");
  return taken.empty() ? "its private half was not taken yet: mailward key recovery (as root, on the server)"
                       : "taken at " + taken;
}

/// One line for each that has not ended; nothing where none is under way.
std::string rotations_text(const Json& status) {
  std::string text;
  for (const Json& one : status.value("rotations", Json::array())) {
    text += "rotation under way: " + shown(one, "account_name") + ", " + shown(one, "state") + ", since " +
            shown_time(one, "since") + " (mailward rotation show " + shown(one, "id") + ")\n";
  }
  return text;
}

/// What the watch on old passwords knows: it comes first of what needs a person.
std::string locked_text(const Json& status, const Terminal& terminal) {
  std::string text;
  for (const Json& one : status.value("locked_accounts", Json::array())) {
    text +=
        terminal.in(Colour::bad, "locked out: " + shown(one, "account_name") + ", since " + shown_time(one, "since")) +
        "\n  what to do: find who shows its old password (mailward rotation old-password " + shown(one, "rotation") +
        "), then " + shown(one, "remedy") + "\n";
  }
  return text;
}

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
                                 {"connections", counts.empty() ? "none yet" : counts},
                                 {"recovery key", recovery_text(status)}},
                                terminal);
  text += locked_text(status, terminal) + rotations_text(status) + audit_text(status, terminal);
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
