#include "access/password_rules.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"

namespace mailward::access {

namespace {

/// The commonest that are long enough to pass otherwise, in lower case. What is a run or a repetition is found by rule.
constexpr std::array kCommonest{
    std::string_view("password1234"),
    std::string_view("password12345"),
    std::string_view("password123!"),
    std::string_view("passwordpassword"),
    std::string_view("passw0rd1234"),
    std::string_view("p@ssw0rd1234"),
    std::string_view("p@ssword1234"),
    std::string_view("adminadmin123"),
    std::string_view("administrator"),
    std::string_view("administrator1"),
    std::string_view("administrator123"),
    std::string_view("letmeinletmein"),
    std::string_view("letmein12345"),
    std::string_view("welcome12345"),
    std::string_view("welcome123456"),
    std::string_view("changeme1234"),
    std::string_view("changemechangeme"),
    std::string_view("iloveyou1234"),
    std::string_view("mailward1234"),
    std::string_view("mailwardmailward"),
    std::string_view("correcthorsebatterystaple"),
    std::string_view("correct horse battery staple"),
    std::string_view("qwerty123456"),
    std::string_view("123456qwerty"),
    std::string_view("1q2w3e4r5t6y"),
    std::string_view("1qaz2wsx3edc"),
    std::string_view("1qaz2wsx3edc4rfv"),
    std::string_view("qazwsxedcrfv"),
    std::string_view("abc123abc123"),
    std::string_view("trustno1trustno1"),
    std::string_view("exchange1234"),
    std::string_view("exchangeserver"),
    std::string_view("masterpassword"),
    std::string_view("mastermailbox"),
    std::string_view("secretsecret"),
    std::string_view("computer1234"),
};

/// A password that reads on along one of these, forwards or backwards, is a run.
constexpr std::array kRuns{
    std::string_view("01234567890123456789012345678901234567890123456789"),
    std::string_view("abcdefghijklmnopqrstuvwxyz"),
    std::string_view("qwertyuiopasdfghjklzxcvbnm"),
    std::string_view("qwertzuiopasdfghjklyxcvbnm"),
    std::string_view("azertyuiopqsdfghjklmwxcvbn"),
    std::string_view("1234567890qwertyuiop"),
    std::string_view("abcdefghijklmnopqrstuvwxyz0123456789"),
};

/// The longest part that is repeated to make a password no better than the part.
constexpr std::size_t kLongestPart = 4;
/// So much must be left of a password when the user's name is taken out of it.
constexpr std::size_t kBesideName = 8;

bool repeats_a_short_part(std::string_view text) {
  for (std::size_t part = 1; part <= kLongestPart; ++part) {
    bool repeats = true;
    for (std::size_t i = part; i < text.size() && repeats; ++i) repeats = text[i] == text[i - part];
    if (repeats) return true;
  }
  return false;
}

bool is_a_run(std::string_view text) {
  std::string turned(text.rbegin(), text.rend());
  const bool found = std::ranges::any_of(kRuns, [&](std::string_view run) {
    return run.find(text) != std::string_view::npos || run.find(turned) != std::string_view::npos;
  });
  wipe(turned);
  return found;
}

bool is_little_but(std::string_view text, std::string_view name) {
  if (name.size() < 3) return false;
  std::size_t inside = 0;
  for (std::size_t at = text.find(name); at != std::string_view::npos; at = text.find(name, at + name.size())) {
    inside += name.size();
  }
  return inside > 0 && text.size() - inside < kBesideName;
}

std::optional<std::string> problem_of(std::string_view folded, std::string_view user_name) {
  if (is_little_but(folded, user_name)) return "it is little more than the user's name";
  if (repeats_a_short_part(folded)) return "it repeats the same few characters";
  if (is_a_run(folded)) return "it is a run of the keyboard or the alphabet";
  if (std::ranges::find(kCommonest, folded) != kCommonest.end()) return "it is one of the commonest passwords";
  return std::nullopt;
}

}  // namespace

std::optional<std::string> password_problem(const SecretString& password, std::string_view user_name) {
  const std::string_view text = password.reveal();
  if (text.size() < kShortestPassword) return "it is shorter than 12 characters: a sentence of four words is fine";
  if (text.size() > kLongestPassword) return "it is longer than 1024 bytes";
  if (!is_utf8(text)) return "it is not UTF-8";
  const auto is_control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (std::ranges::any_of(text, is_control)) return "it holds control characters, such as a line end";
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  auto problem = problem_of(folded, user_name);
  wipe(folded);
  return problem;
}

}  // namespace mailward::access
