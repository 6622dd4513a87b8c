#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "cli/command_line.h"

namespace mailward::cli {

/// A rotation as a person reads it, with what its loads met. `run` is its run, whose last step is told while it goes
/// on; null where that is not wanted.
std::string rotation_text(const Json& rotation, const Json& run, const Terminal& terminal);

/// Follows a rotation's run to its end; each step is told as it ends, unless the output is data. Errors: as of
/// ServiceClient::follow().
Status watch_rotation(Context& context, const std::string& id, bool verbose, const std::stop_token& stop);
/// Why a rotation was not watched to its end, and what becomes of it: neither Ctrl-C nor the end of the service ends
/// it.
ExitCode report_unwatched(const Context& context, const std::string& id, const Error& error);
/// How a rotation that was watched has ended: the whole of it, and the exit code that it means.
ExitCode conclude_rotation(Context& context, const std::string& id);

/// How the run of a rotation or of a dry run ended, in a few lines (none where the output is data), and the exit code.
ExitCode conclude_rotation_run(const Context& context, const Json& run);

}  // namespace mailward::cli
