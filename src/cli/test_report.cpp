#include "cli/test_report.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace mailward::cli {

namespace {

constexpr std::size_t kNameWidth = 24;
constexpr std::size_t kTimeWidth = 10;

struct Look {
  std::string_view symbol;
  Colour colour;
};

Look look_of(std::string_view outcome) {
  if (outcome == "ok") return {"✓", Colour::good};
  if (outcome == "note") return {"•", Colour::plain};
  if (outcome == "warning") return {"!", Colour::warning};
  if (outcome == "failed") return {"✗", Colour::bad};
  return {"–", Colour::faint};
}

std::string words(std::string_view name) {
  std::string text(name);
  std::ranges::replace(text, '_', ' ');
  return text;
}

std::string value_text(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_boolean()) return value.get<bool>() ? "yes" : "no";
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

/// That nothing is wrong somewhere is the verdict "none", which reads as if nothing had been tried.
std::string well_for_none(const std::string& name, std::string text) {
  constexpr std::string_view kNone = ": none";
  if (name == "verdict") return text == "none" ? "well" : text;
  if (name != "front_ends") return text;
  for (std::size_t at = text.find(kNone); at != std::string::npos; at = text.find(kNone, at + 1)) {
    const std::size_t end = at + kNone.size();
    if (end == text.size() || text[end] == ',') text.replace(at, kNone.size(), ": well");
  }
  return text;
}

std::string evidence_text(const Json& step) {
  std::string text;
  const auto evidence = step.find("evidence");
  if (evidence == step.end() || !evidence->is_object()) return text;
  for (const auto& [name, value] : evidence->items()) {
    if (!text.empty()) text += "; ";
    text += words(name) + ": " + well_for_none(name, value_text(value));
  }
  return text;
}

std::string milliseconds_text(const Json& step) {
  const std::string outcome = shown(step, "outcome");
  return outcome == "skipped" ? std::string("-") : shown(step, "milliseconds") + " ms";
}

std::string right_aligned(const std::string& text, std::size_t width) {
  return text.size() < width ? std::string(width - text.size(), ' ') + text : text;
}

Json result_of(const Json& run) {
  const auto result = run.find("result");
  return result != run.end() && result->is_object() ? *result : Json::object();
}

}  // namespace

std::string step_name(const Json& step) {
  return words(shown(step, "name"));
}

void TestReport::clear_line() {
  if (line_open_) print("\r\x1b[K");
  line_open_ = false;
}

void TestReport::print_step(const Json& step) {
  const std::string outcome = shown(step, "outcome");
  const Look look = look_of(outcome);
  const std::string evidence = evidence_text(step);
  const std::string remedy = shown(step, "remedy");
  const bool needs_remedy = !remedy.empty() && outcome != "ok";
  if (!terminal_.is_terminal) {
    std::string line = padded(outcome, 8) + padded(step_name(step), kNameWidth) +
                       right_aligned(milliseconds_text(step), kTimeWidth) + (evidence.empty() ? "" : "  " + evidence);
    print(line + "\n" + (needs_remedy ? "        what to do: " + remedy + "\n" : ""));
    return;
  }
  clear_line();
  print(terminal_.in(look.colour, look.symbol) + " " + padded(step_name(step), kNameWidth) +
        terminal_.in(Colour::faint, right_aligned(milliseconds_text(step), kTimeWidth)));
  const std::size_t room = terminal_.width - 4;
  if (!verbose_ && (outcome == "ok" || outcome == "skipped")) {
    const std::size_t left = terminal_.width - std::min(terminal_.width, 2 + kNameWidth + kTimeWidth + 2);
    print("  " + terminal_.in(Colour::faint, shortened(evidence, left)) + "\n");
    return;
  }
  print("\n");
  if (!evidence.empty()) {
    for (const std::string& line : wrapped(evidence, room)) print("    " + terminal_.in(Colour::faint, line) + "\n");
  }
  if (!needs_remedy) return;
  for (const std::string& line : wrapped("→ " + remedy, room)) print("    " + terminal_.in(look.colour, line) + "\n");
}

void TestReport::take(const Json& event) {
  const auto steps = event.find("steps");
  if (steps == event.end()) return;
  std::string under_way;
  for (const Json& step : *steps) {
    if (shown(step, "outcome") == "running") {
      under_way = step_name(step);
    } else {
      print_step(step);
    }
  }
  if (!terminal_.is_terminal || under_way.empty()) return;
  clear_line();
  print(terminal_.in(Colour::faint, "… " + under_way));
  line_open_ = true;
}

ExitCode TestReport::exit_code_of(const Json& run) {
  const Json result = result_of(run);
  const std::string state = shown(result, "state");
  // Whatever state goes with them, these judge nothing.
  const std::string verdict = shown(result, "verdict");
  if (verdict == "account_busy" || verdict == "cancelled" || verdict == "internal_error") return ExitCode::error;
  if (shown(run, "state") != "succeeded") return ExitCode::error;
  if (state == "healthy") return ExitCode::ok;
  if (state == "degraded") return ExitCode::degraded;
  return state == "needs_credential" || state == "failing" ? ExitCode::not_healthy : ExitCode::error;
}

ExitCode TestReport::conclude(const Json& run) {
  clear_line();
  const ExitCode code = exit_code_of(run);
  const Json result = result_of(run);
  const std::string run_state = shown(run, "state");
  const Colour colour = code == ExitCode::ok         ? Colour::good
                        : code == ExitCode::degraded ? Colour::warning
                                                     : Colour::bad;
  const std::string verdict = shown(result, "verdict");
  std::string head = run_state == "succeeded" ? words(shown(result, "state")) : "no verdict: the test is " + run_state;
  if (!verdict.empty() && verdict != "none") head += " (" + verdict + ")";
  print("\n" + terminal_.in(colour, head) + "\n");
  const std::size_t room = terminal_.is_terminal ? terminal_.width - 2 : std::string::npos;
  const auto say = [&](const std::string& text) {
    if (text.empty()) return;
    for (const std::string& line : wrapped(text, room)) print("  " + line + "\n");
  };
  const std::string sentence = shown(result, "sentence");
  say(sentence);
  if (const std::string candidates = shown(result, "candidates"); !candidates.empty()) {
    say("could be, in this order: " + candidates);
  }
  const std::string left = shown(result, "tries_left");
  if (!left.empty() && !sentence.contains("tries are left")) say("tries left before the lock-out: " + left);
  if (const std::string remedy = shown(result, "remedy"); !remedy.empty()) say("what to do: " + remedy);
  return code;
}

}  // namespace mailward::cli
