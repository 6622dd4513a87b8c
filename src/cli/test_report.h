#pragma once

#include <string>

#include "cli/command_line.h"

namespace mailward::cli {

/// A step's name in words: "front ends".
std::string step_name(const Json& step);

/// Prints a connection test as it goes: each step when it ends, on a terminal also the one under way; then the verdict.
class TestReport {
 public:
  /// `verbose`: on a terminal also what went well is shown with all its evidence.
  TestReport(const Terminal& terminal, bool verbose) : terminal_(terminal), verbose_(verbose) {}

  /// An event of the run: the run with the steps that changed.
  void take(const Json& event);
  /// After the end: the verdict's sentence and remedy. Returns the exit code that the verdict means.
  ExitCode conclude(const Json& run);

  /// Wipes the line of the step that is under way.
  void clear_line();

  /// What the run's result means, without printing.
  static ExitCode exit_code_of(const Json& run);

 private:
  void print_step(const Json& step);

  const Terminal& terminal_;
  bool verbose_;
  bool line_open_ = false;
};

}  // namespace mailward::cli
