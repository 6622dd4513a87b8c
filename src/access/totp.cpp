#include "access/totp.h"

#include <array>

#include <sodium.h>

#include "base/digest.h"

namespace mailward::access::totp {

namespace {

constexpr std::chrono::seconds kStep{30};
constexpr int kDigits = 6;

std::uint32_t power_of_ten(int digits) {
  std::uint32_t power = 1;
  for (int i = 0; i < digits; ++i) power *= 10;
  return power;
}

std::string without_spaces(std::string_view code) {
  std::string digits;
  for (const char c : code) {
    if (c != ' ') digits += c;
  }
  return digits;
}

}  // namespace

SecretString new_secret() {
  Bytes bytes = random_bytes(kSecretBytes);
  SecretString secret{BytesView(bytes)};
  wipe(bytes);
  return secret;
}

std::int64_t step_at(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch() / kStep;
}

std::string code_at(const SecretString& secret, std::int64_t step, int digits) {
  std::array<std::uint8_t, 8> counter{};
  auto rest = static_cast<std::uint64_t>(step);
  for (std::size_t i = counter.size(); i-- > 0; rest >>= 8) counter[i] = static_cast<std::uint8_t>(rest & 0xFF);
  const Sha1 mac = hmac_sha1(secret.reveal_bytes(), counter);
  // RFC 4226 5.3: dynamic truncation.
  const std::size_t at = mac.back() & 0x0F;
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = (number << 8) | mac[at + i];
  std::string code = std::to_string((number & 0x7FFFFFFF) % power_of_ten(digits));
  code.insert(0, static_cast<std::size_t>(digits) - code.size(), '0');
  return code;
}

std::optional<std::int64_t> matching_step(const SecretString& secret, std::string_view code, Timestamp now,
                                          std::int64_t last_used) {
  const std::string typed = without_spaces(code);
  if (typed.size() != kDigits) return std::nullopt;
  std::optional<std::int64_t> found;
  for (std::int64_t step = step_at(now) - kDrift; step <= step_at(now) + kDrift; ++step) {
    const std::string right = code_at(secret, step);
    if (sodium_memcmp(right.data(), typed.data(), typed.size()) == 0 && step > last_used && !found) found = step;
  }
  return found;
}

SecretString base32(BytesView bytes) {
  constexpr std::string_view kLetters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
  std::string text;
  std::uint32_t buffer = 0;
  int bits = 0;
  for (const std::uint8_t byte : bytes) {
    buffer = (buffer << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += kLetters[(buffer >> (bits - 5)) & 31];
  }
  if (bits > 0) text += kLetters[(buffer << (5 - bits)) & 31];
  return SecretString::taken_from(text);
}

SecretString uri(const SecretString& secret, std::string_view user_name) {
  std::string label;
  for (const char c : user_name) label += c == '@' ? std::string("%40") : std::string(1, c);
  const SecretString letters = base32(secret.reveal_bytes());
  std::string text = "otpauth://totp/Mailward:" + label + "?secret=";
  text.reserve(text.size() + letters.size() + 64);
  text += letters.reveal();
  text += "&issuer=Mailward&algorithm=SHA1&digits=6&period=30";
  return SecretString::taken_from(text);
}

}  // namespace mailward::access::totp
