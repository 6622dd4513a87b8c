#pragma once

#include <string>
#include <string_view>

namespace mailward {

/// The text as one word of a POSIX shell's command line: in single quotes, so that nothing in it means anything;
/// control characters as printable() has them. For commands that a person is told to run.
std::string shell_word(std::string_view text);

}  // namespace mailward
