#pragma once

#include <optional>
#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace mailward::cli {

/// The general notes at the root, and one example at each command. Call it once the tree is complete: what is set
/// earlier is inherited by every command.
void add_help(CLI::App& app);

/// What a command line is about, as far as it is understood.
struct Walk {
  const CLI::App* command;             ///< the last command that was named
  std::string path;                    ///< "mailward connection add"
  std::optional<std::string> unknown;  ///< the first word or option that is none, with the nearest that is
};
/// Walks along the words before they are parsed: the parser complains of what is missing before what is misspelt.
/// Never repeats an option's value.
Walk walk(const CLI::App& app, const std::vector<std::string>& words);

}  // namespace mailward::cli
