#include "connections/generated_password.h"

#include <algorithm>
#include <cctype>
#include <string_view>

#include "base/digest.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kLeast = 16;
constexpr std::size_t kMost = 127;
constexpr std::size_t kShortestName = 3;
constexpr int kTries = 10'000;
constexpr std::string_view kPlain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
/// No space, which gets lost at the ends, and nothing beyond ASCII, which Basic garbles.
constexpr std::string_view kAll =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.!\"#$%&'()*+,/:;<=>?@[\\]^`{|}~";
constexpr std::string_view kDelimiters = ",.-_ #\t";

char small(char c) {
  return static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
}

bool holds(std::string_view text, std::string_view name) {
  return !std::ranges::search(text, name, {}, small, small).empty();
}

/// The sAMAccountName counts whole, a display name by its parts; that tells no name from the other, so both count.
std::vector<std::string> forbidden(const std::vector<std::string>& names) {
  std::vector<std::string> parts;
  for (const std::string& name : names) {
    if (name.size() >= kShortestName) parts.push_back(name);
    for (std::string_view rest = name; !rest.empty();) {
      const std::size_t end = std::min(rest.find_first_of(kDelimiters), rest.size());
      if (end >= kShortestName) parts.emplace_back(rest.substr(0, end));
      rest.remove_prefix(std::min(end + 1, rest.size()));
    }
  }
  return parts;
}

bool has(std::string_view text, int (*kind)(int)) {
  return std::ranges::any_of(text, [kind](unsigned char c) { return kind(c) != 0; });
}

bool satisfies(std::string_view text, bool plain, const std::vector<std::string>& names) {
  const bool kinds = has(text, std::isupper) && has(text, std::islower) && has(text, std::isdigit) &&
                     (plain || has(text, std::ispunct));
  return kinds && std::ranges::none_of(names, [&](const std::string& name) { return holds(text, name); });
}

}  // namespace

Result<SecretString> generated_password(const PasswordRules& rules) {
  const std::size_t length = std::max({rules.length, rules.minimum_length, kLeast});
  if (length > kMost) {
    return fail(Error(BaseError::limit_exceeded, "a password of " + std::to_string(length) +
                                                     " characters is asked for; " + std::to_string(kMost) +
                                                     " are the most")
                    .with_remedy("set a shorter length, or a policy that this account can satisfy"));
  }
  const std::string_view letters = rules.plain ? kPlain : kAll;
  const std::vector<std::string> names = forbidden(rules.names);
  std::string text(length, '\0');
  // Thrown away whole until one satisfies: so none is likelier than another. Most do at once.
  for (int tries = 0; tries < kTries; ++tries) {
    std::ranges::generate(text, [&] { return letters[random_below(static_cast<std::uint32_t>(letters.size()))]; });
    if (satisfies(text, rules.plain, names)) return SecretString::taken_from(text);
  }
  return fail(Error(BaseError::limit_exceeded, "no password satisfies the policy: the account's names forbid them all")
                  .with_remedy("give the account another display name"));
}

}  // namespace mailward::connections
