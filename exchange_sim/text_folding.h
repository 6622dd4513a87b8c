#pragma once

#include <string>
#include <string_view>

namespace mailward::exchange_sim {

/// What a comparison of texts leaves out of account.
struct Folding {
  bool letter_case = false;
  bool marks = false;  ///< non-spacing characters: accents, however they are composed
};

/// The text (UTF-8) in a form that is the same for all texts that do not differ but in these; by Unicode, in no
/// language's own way.
std::string folded(std::string_view text, Folding folding);

}  // namespace mailward::exchange_sim
