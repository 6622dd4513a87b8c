#pragma once

#include "cli/program.h"

namespace mailward::app {

/// `mailward serve` and `mailward key …`.
cli::OfflineCommands offline_commands();

}  // namespace mailward::app
