#pragma once

#include "base/error.h"
#include "cli/exit_codes.h"

namespace mailward::app {

/// The exit code that stands for why the service does not start, or cannot go on.
cli::ExitCode exit_code_of(const Error& error);
/// One message on standard error: what, why, and what to do. Returns the exit code.
int report_failed_start(const Error& error);

}  // namespace mailward::app
