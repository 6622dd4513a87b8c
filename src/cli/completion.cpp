#include "cli/completion.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include <CLI/CLI.hpp>

namespace mailward::cli {

namespace {

/// What may follow an option, or stand as an argument.
enum class Values { none, any, file, folder, listed };

struct Option {
  std::vector<std::string> names;  ///< "--json"
  std::string what;
  Values values = Values::none;
  std::vector<std::string> listed;
};

struct Command {
  std::string path;  ///< "connection add"; empty for the root
  std::vector<std::pair<std::string, std::string>> below;
  std::vector<Option> options;
  std::vector<std::string> arguments;  ///< those that can be listed
};

/// Of a check like IsMember, which CLI11 writes behind the type: "TEXT:{yes,no}".
std::vector<std::string> listed_in(const std::string& type) {
  std::vector<std::string> values;
  const std::size_t open = type.find('{');
  const std::size_t close = type.find('}', open);
  if (open == std::string::npos || close == std::string::npos) return values;
  std::string_view rest = std::string_view(type).substr(open + 1, close - open - 1);
  while (!rest.empty()) {
    const std::size_t comma = std::min(rest.find(','), rest.size());
    values.emplace_back(rest.substr(0, comma));
    rest.remove_prefix(std::min(comma + 1, rest.size()));
  }
  return values;
}

Option option_of(const CLI::Option& from) {
  Option option{.names = {}, .what = from.get_description(), .values = Values::none, .listed = {}};
  for (const std::string& name : from.get_lnames()) option.names.push_back("--" + name);
  if (from.get_items_expected_max() == 0) return option;
  const std::string type = from.get_type_name();
  option.listed = listed_in(type);
  option.values = !option.listed.empty()                                 ? Values::listed
                  : type.starts_with("FILE") || type.starts_with("PATH") ? Values::file
                  : type.starts_with("DIR")                              ? Values::folder
                                                                         : Values::any;
  return option;
}

void gather(const CLI::App& app, const std::string& path, std::vector<Command>& all) {
  Command command{.path = path, .below = {}, .options = {}, .arguments = {}};
  const auto subcommands = app.get_subcommands([](const CLI::App*) { return true; });
  for (const CLI::App* one : subcommands) command.below.emplace_back(one->get_name(), one->get_description());
  // Those above may be given here too (fallthrough).
  for (const CLI::App* from = &app; from != nullptr; from = from->get_parent()) {
    for (const CLI::Option* one : from->get_options()) {
      Option option = option_of(*one);
      const bool known =
          std::ranges::any_of(command.options, [&](const Option& other) { return other.names == option.names; });
      if (one->get_positional() && from == &app) {
        command.arguments.insert(command.arguments.end(), option.listed.begin(), option.listed.end());
      } else if (!option.names.empty() && !known) {
        command.options.push_back(std::move(option));
      }
    }
  }
  all.push_back(std::move(command));
  for (const CLI::App* one : subcommands)
    gather(*one, path.empty() ? one->get_name() : path + " " + one->get_name(), all);
}

std::string shell_quoted(std::string_view text) {
  std::string all = "'";
  for (const char c : text) {
    if (c == '\'') {
      all += "'\\''";
    } else {
      all += c == '\n' ? ' ' : c;
    }
  }
  return all + "'";
}

/// fish has its own rule inside single quotes.
std::string quoted_for_fish(std::string_view text) {
  std::string all = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') all += '\\';
    all += c == '\n' ? ' ' : c;
  }
  return all + "'";
}

std::string joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : " ") + word;
  return all;
}

std::string names_below(const Command& command) {
  std::vector<std::string> names;
  for (const auto& [name, what] : command.below) names.push_back(name);
  return joined(names);
}

/// "'connection add'" and what `take` makes of each command, as a case of bash or zsh.
template <typename Take>
std::string cases(const std::vector<Command>& all, Take take) {
  std::string text;
  for (const Command& command : all) {
    const std::string made = take(command);
    if (!made.empty()) text += "    " + shell_quoted(command.path) + ") " + made + " ;;\n";
  }
  return text;
}

std::string bash_values(const std::vector<Command>& all) {
  std::string text;
  for (const Command& command : all) {
    for (const Option& option : command.options) {
      if (option.values == Values::none) continue;
      const std::string_view kind = option.values == Values::file     ? "FILE"
                                    : option.values == Values::folder ? "DIR"
                                    : option.values == Values::listed ? "LIST"
                                                                      : "ANY";
      for (const std::string& name : option.names) {
        text += "    " + shell_quoted(command.path + " " + name) + ") echo " +
                shell_quoted(std::string(kind) + (option.listed.empty() ? "" : " " + joined(option.listed))) + " ;;\n";
      }
    }
  }
  return text;
}

std::string for_bash(const std::vector<Command>& all) {
  const std::string commands =
      cases(all, [](const Command& one) { return one.below.empty() ? "" : "echo " + shell_quoted(names_below(one)); });
  const std::string options = cases(all, [](const Command& one) {
    std::vector<std::string> names;
    for (const Option& option : one.options) names.insert(names.end(), option.names.begin(), option.names.end());
    return "echo " + shell_quoted(joined(names));
  });
  const std::string arguments = cases(all, [](const Command& one) {
    return one.arguments.empty() ? "" : "echo " + shell_quoted(joined(one.arguments));
  });
  return R"sh(# Completion of mailward's command line for bash, made by the program itself:
#   source <(mailward completion bash)
_mailward_commands() {
  case "$1" in
)sh" + commands +
         R"sh(  esac
}
_mailward_options() {
  case "$1" in
)sh" + options +
         R"sh(  esac
}
_mailward_arguments() {
  case "$1" in
)sh" + arguments +
         R"sh(    *) ;;
  esac
}
_mailward_values() {
  case "$1" in
)sh" + bash_values(all) +
         R"sh(  esac
}
_mailward() {
  local current=${COMP_WORDS[COMP_CWORD]} path= word values= i
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=${COMP_WORDS[i]}
    values=
    if [[ $word == -* ]]; then
      values=$(_mailward_values "$path $word")
      if [[ -n $values ]]; then
        ((i++))
        [[ ${COMP_WORDS[i]} == = ]] && ((i++))
        ((i < COMP_CWORD)) && values=
      fi
    elif [[ " $(_mailward_commands "$path") " == *" $word "* ]]; then
      path=${path:+$path }$word
    fi
  done
  [[ $current == = ]] && current=
  case "$values" in
    FILE*) mapfile -t COMPREPLY < <(compgen -f -- "$current") ;;
    DIR*) mapfile -t COMPREPLY < <(compgen -d -- "$current") ;;
    LIST*) mapfile -t COMPREPLY < <(compgen -W "${values#LIST }" -- "$current") ;;
    ANY*) ;;
    *)
      if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$(_mailward_options "$path")" -- "$current")
      else
        mapfile -t COMPREPLY < <(compgen -W "$(_mailward_commands "$path") $(_mailward_arguments "$path")" -- "$current")
      fi
      ;;
  esac
}
complete -o filenames -F _mailward mailward
)sh";
}

/// For _describe, which ends a name at the first colon.
std::string described(std::string_view name, std::string_view what) {
  std::string text(name);
  for (std::size_t at = 0; (at = text.find(':', at)) != std::string::npos; at += 2) text.insert(at, "\\");
  return shell_quoted(text + ":" + std::string(what));
}

std::string for_zsh(const std::vector<Command>& all) {
  const std::string commands = cases(all, [](const Command& one) {
    std::string words;
    for (const auto& [name, what] : one.below) words += " " + described(name, what);
    for (const std::string& name : one.arguments) words += " " + shell_quoted(name);
    return words.empty() ? words : "reply=(" + words.substr(1) + ")";
  });
  const std::string options = cases(all, [](const Command& one) {
    std::string words;
    for (const Option& option : one.options) {
      for (const std::string& name : option.names) words += " " + described(name, option.what);
    }
    return "reply=(" + words.substr(std::min<std::size_t>(1, words.size())) + ")";
  });
  return R"sh(#compdef mailward
# Completion of mailward's command line for zsh, made by the program itself:
#   source <(mailward completion zsh)
_mailward_commands() {
  reply=()
  case "$1" in
)sh" + commands +
         R"sh(  esac
}
_mailward_options() {
  reply=()
  case "$1" in
)sh" + options +
         R"sh(  esac
}
_mailward_values() {
  case "$1" in
)sh" + bash_values(all) +
         R"sh(  esac
}
_mailward() {
  local -a reply
  local at= word values= i
  for ((i = 2; i < CURRENT; i++)); do
    word=${words[i]}
    values=
    if [[ $word == -* ]]; then
      values=$(_mailward_values "$at $word")
      if [[ -n $values ]]; then
        ((i++))
        ((i < CURRENT)) && values=
      fi
    else
      _mailward_commands "$at"
      [[ -n ${(M)reply:#$word(|:*)} ]] && at=${at:+$at }$word
    fi
  done
  case "$values" in
    FILE*) _files ;;
    DIR*) _files -/ ;;
    LIST*) compadd -- ${=values#LIST } ;;
    ANY*) ;;
    *)
      if [[ ${words[CURRENT]} == -* ]]; then
        _mailward_options "$at"
        _describe -o option reply
      else
        _mailward_commands "$at"
        _describe command reply
      fi
      ;;
  esac
}
if [[ ${funcstack[1]} == _mailward ]]; then
  _mailward "$@"
else
  compdef _mailward mailward
fi
)sh";
}

std::string for_fish(const std::vector<Command>& all) {
  std::string text = R"sh(# Completion of mailward's command line for fish, made by the program itself:
#   mailward completion fish | source
set -g __mailward_paths)sh";
  std::string with_values;
  for (const Command& command : all) {
    if (!command.path.empty()) text += " " + quoted_for_fish(command.path);
    for (const Option& option : command.options) {
      for (const std::string& name : option.names) {
        const bool known = with_values.contains(" " + name + " ") || with_values.ends_with(" " + name);
        if (option.values != Values::none && !known) with_values += " " + name;
      }
    }
  }
  text += "\nset -g __mailward_with_values" + with_values + R"sh(
function __mailward_at
  set -l at ''
  set -l skip 0
  for word in (commandline -opc)[2..-1]
    if test $skip -eq 1
      set skip 0
    else if string match -q -- '-*' $word
      contains -- $word $__mailward_with_values; and set skip 1
    else
      set -l next (string trim -- "$at $word")
      contains -- $next $__mailward_paths; and set at $next
    end
  end
  test "$at" = "$argv[1]"
end
complete -c mailward -f
)sh";
  for (const Command& command : all) {
    const std::string where =
        "complete -c mailward -n " + quoted_for_fish("__mailward_at " + shell_quoted(command.path));
    for (const auto& [name, what] : command.below)
      text += where + " -a " + name + " -d " + quoted_for_fish(what) + "\n";
    if (!command.arguments.empty()) text += where + " -a " + quoted_for_fish(joined(command.arguments)) + "\n";
    for (const Option& option : command.options) {
      const std::string takes = option.values == Values::none     ? ""
                                : option.values == Values::listed ? " -x -a " + quoted_for_fish(joined(option.listed))
                                : option.values == Values::any    ? " -x"
                                                                  : " -r -F";
      for (const std::string& name : option.names) {
        text += where + " -l " + name.substr(2) + takes + " -d " + quoted_for_fish(option.what) + "\n";
      }
    }
  }
  return text;
}

}  // namespace

std::string completion_script(const CLI::App& app, Shell shell) {
  std::vector<Command> all;
  gather(app, "", all);
  switch (shell) {
    case Shell::bash:
      return for_bash(all);
    case Shell::zsh:
      return for_zsh(all);
    case Shell::fish:
      return for_fish(all);
  }
  return {};
}

}  // namespace mailward::cli
