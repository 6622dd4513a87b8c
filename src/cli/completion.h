#pragma once

#include <string>

namespace CLI {
class App;
}

namespace mailward::cli {

enum class Shell { bash, zsh, fish };

/// A script that teaches the shell the commands and options of this very tree, so that it never lags behind them.
std::string completion_script(const CLI::App& app, Shell shell);

}  // namespace mailward::cli
