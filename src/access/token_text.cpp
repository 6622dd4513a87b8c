#include "access/token_text.h"

#include <algorithm>
#include <string>

#include "base/digest.h"

namespace mailward::access {

namespace {

constexpr std::size_t kDigits = 64;
constexpr std::size_t kCheckDigits = 8;
constexpr std::string_view kPrefix = "mw_";
constexpr std::chrono::seconds kBusyFor{2};

bool is_lower_hex(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

std::string check_digits(std::string_view digits) {
  return to_hex(sha256(as_bytes(digits))).substr(0, kCheckDigits);
}

}  // namespace

SecretString random_token() {
  Bytes bytes = random_bytes(kDigits / 2);
  std::string text = to_hex(bytes);
  wipe(bytes);
  return SecretString::taken_from(text);
}

bool is_random_token(std::string_view text) {
  return text.size() == kDigits && is_lower_hex(text);
}

SecretString random_api_token() {
  const SecretString digits = random_token();
  std::string text;
  text.reserve(kPrefix.size() + kDigits + kCheckDigits);
  text += kPrefix;
  text += digits.reveal();
  text += check_digits(digits.reveal());
  return SecretString::taken_from(text);
}

bool is_api_token(std::string_view text) {
  if (text.size() != kPrefix.size() + kDigits + kCheckDigits || !text.starts_with(kPrefix)) return false;
  const std::string_view digits = text.substr(kPrefix.size(), kDigits);
  return is_lower_hex(digits) && text.substr(kPrefix.size() + kDigits) == check_digits(digits);
}

Refused when_busy(Error error) {
  const bool busy = error.is(AccessError::busy);
  return {std::move(error), busy ? kBusyFor : std::chrono::seconds(0)};
}

}  // namespace mailward::access
