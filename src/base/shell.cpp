#include "base/shell.h"

#include "base/bytes.h"

namespace mailward {

std::string shell_word(std::string_view text) {
  std::string word = "'";
  for (const char letter : printable(text, text.size() * 4)) {
    if (letter == '\'') {
      word += "'\\''";
    } else {
      word += letter;
    }
  }
  return word + "'";
}

}  // namespace mailward
