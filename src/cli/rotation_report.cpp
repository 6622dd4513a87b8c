#include "cli/rotation_report.h"

#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "cli/test_report.h"

namespace mailward::cli {

namespace {

/// The longest that a rotation is watched; it goes on by itself.
constexpr std::chrono::minutes kPatience{15};

std::string loads_text(const Json& rotation, const Terminal& terminal) {
  Table table({"LOAD", "CALLS", "FAILED", "HELD", "LONGEST HOLD", "THROTTLED"});
  std::vector<std::pair<std::string, std::string>> failures;
  for (const Json& one : rotation.value("loads", Json::array())) {
    table.add({shown(one, "load"), shown(one, "calls"), shown(one, "failed"), shown(one, "held"),
               shown(one, "longest_hold_ms") + " ms", shown(one, "throttled")});
    failures.emplace_back("last failure of " + shown(one, "load"), shown(one, "last_failure"));
  }
  return table.empty() ? std::string() : "\n" + table.text(terminal) + properties(failures, terminal);
}

std::string caught_up_text(const Json& rotation) {
  std::string text;
  for (const Json& one : rotation.value("caught_up", Json::array())) {
    text += (text.empty() ? "" : "; ") + shown(one, "controller") + " at " + shown_time(one, "at") +
            (one.value("accepted", false) ? ", took the new password" : ", refused the new password");
  }
  return text;
}

/// The step that a rotation stands at; null once it has ended.
Json last_step(const Json& rotation, const Json& run) {
  if (!shown(rotation, "ended").empty() || !run.is_object()) return nullptr;
  const Json steps = run.value("steps", Json::array());
  return steps.empty() ? Json() : steps.back();
}

std::string what_to_do(const Json& rotation, const Json& step) {
  const std::string remedy = shown(rotation, "remedy");
  return remedy.empty() && step.is_object() ? shown(step, "remedy") : remedy;
}

ExitCode code_of(const Json& rotation) {
  if (shown(rotation, "state") != "finished") return ExitCode::error;
  return rotation.value("degraded", false) ? ExitCode::degraded : ExitCode::ok;
}

void print_outcome(const Terminal& terminal, ExitCode code, const std::string& head, const Json& result) {
  const Colour colour = code == ExitCode::ok         ? Colour::good
                        : code == ExitCode::degraded ? Colour::warning
                                                     : Colour::bad;
  print("\n" + terminal.in(colour, head) + "\n");
  if (const std::string sentence = shown(result, "sentence"); !sentence.empty()) print("  " + sentence + "\n");
  if (const std::string remedy = shown(result, "remedy"); !remedy.empty()) print("  what to do: " + remedy + "\n");
}

}  // namespace

std::string rotation_text(const Json& one, const Json& run, const Terminal& terminal) {
  const std::string closed = shown(one, "door_closed_ms");
  const Json step = last_step(one, run);
  const bool goes_on = step.is_object();
  return properties(
             {{"id", shown(one, "id")},
              {"account", shown(one, "account_name") + " (" + shown(one, "account") + ")"},
              {"way", shown(one, "mode")},
              {"state", shown(one, "state")},
              {"", shown(one, "sentence")},
              {"last step", goes_on ? step_name(step) + ": " + shown(step, "outcome") : std::string()},
              {"waits for", goes_on ? shown(step.value("evidence", Json::object()), "waits_for") : std::string()},
              {"what to do", what_to_do(one, step)},
              {"begun", shown_time(one, "created") + " by " + shown(one, "started_by")},
              {"ended", shown_time(one, "ended")},
              {"controller", shown(one, "controller")},
              {"sign-in door closed", closed.empty() ? std::string() : closed + " ms"},
              {"controllers behind", shown(one, "behind")},
              {"caught up since", caught_up_text(one)}},
             terminal) +
         loads_text(one, terminal);
}

Status watch_rotation(Context& context, const std::string& id, bool verbose, const std::stop_token& stop) {
  TestReport report(context.terminal, verbose);
  const auto on_event = [&](const Json& event) {
    if (!context.json) report.take(event);
  };
  Status followed = context.service.follow(id, on_event, Deadline::after(kPatience), stop);
  report.clear_line();
  return followed;
}

ExitCode report_unwatched(const Context& context, const std::string& id, const Error& error) {
  if (error.is(BaseError::cancelled)) {
    print_error("mailward: the rotation goes on by itself: mailward rotation show " + id + "\n");
    return ExitCode::interrupted;
  }
  if (!error.is(ClientError::unreachable)) return context.report(error);
  return context.report(
      Error(ClientError::unreachable,
            "the rotation " + id + " was under way when the service went: " + error.describe())
          .with_remedy("nothing is lost: the next start of the service finishes it or undoes it; then: mailward "
                       "rotation show " +
                       id));
}

ExitCode conclude_rotation(Context& context, const std::string& id) {
  const auto rotation = context.service.call("GET", "/rotations/" + segment(id));
  if (!rotation) return report_unwatched(context, id, rotation.error());
  context.show(*rotation, [&](const Json& one) { return "\n" + rotation_text(one, nullptr, context.terminal); });
  return code_of(*rotation);
}

ExitCode conclude_rotation_run(const Context& context, const Json& run) {
  const Json result = run.value("result", Json::object());
  const std::string state = result.is_object() ? shown(result, "state") : std::string();
  const bool possible = state == "dry_run" && result.value("possible", false);
  const ExitCode code = possible ? ExitCode::ok : state.empty() ? ExitCode::error : code_of(result);
  if (context.json) return code;
  std::string head = state;
  if (state == "dry_run") head = possible ? "possible" : "not possible";
  if (state.empty()) head = "no outcome: the run is " + shown(run, "state");
  if (code == ExitCode::degraded) head += " (degraded)";
  print_outcome(context.terminal, code, head, state.empty() ? Json::object() : result);
  return code;
}

}  // namespace mailward::cli
