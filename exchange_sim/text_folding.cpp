#include "exchange_sim/text_folding.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/bytes.h"

namespace mailward::exchange_sim {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

icu::UnicodeString without_marks(const icu::UnicodeString& text) {
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* decomposition = icu::Normalizer2::getNFDInstance(error);
  if (U_FAILURE(error)) return text;
  const icu::UnicodeString apart = decomposition->normalize(text, error);
  if (U_FAILURE(error)) return text;
  icu::UnicodeString left;
  for (int32_t at = 0; at < apart.length(); at = apart.moveIndex32(at, 1)) {
    const UChar32 character = apart.char32At(at);
    if (u_charType(character) != U_NON_SPACING_MARK) left.append(character);
  }
  return left;
}

}  // namespace

std::string folded(std::string_view text, Folding folding) {
  if (is_ascii(text)) return folding.letter_case ? lower_case(text) : std::string(text);
  if (!folding.letter_case && !folding.marks) return std::string(text);
  icu::UnicodeString unicode =
      icu::UnicodeString::fromUTF8(icu::StringPiece(text.data(), static_cast<int>(text.size())));
  if (folding.marks) unicode = without_marks(unicode);
  if (folding.letter_case) unicode.foldCase();
  std::string out;
  unicode.toUTF8String(out);
  return out;
}

}  // namespace mailward::exchange_sim
