#include "connections/generated_password.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

namespace mailward::connections {
namespace {

std::string made(const PasswordRules& rules) {
  const auto password = generated_password(rules);
  return password ? std::string(password->reveal()) : "error " + password.error().describe();
}

bool has(const std::string& text, int (*kind)(int)) {
  return std::ranges::any_of(text, [kind](unsigned char c) { return kind(c) != 0; });
}

TEST(GeneratedPassword, has_every_kind_of_character_and_its_length) {
  std::set<std::string> seen;
  for (int i = 0; i < 500; ++i) {
    const std::string text = made({});
    EXPECT_EQ(text.size(), 64U);
    EXPECT_TRUE(has(text, std::isupper) && has(text, std::islower) && has(text, std::isdigit) &&
                has(text, std::ispunct));
    EXPECT_TRUE(std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; }));
    seen.insert(text);
  }
  EXPECT_EQ(seen.size(), 500U);
}

TEST(GeneratedPassword, uses_all_of_its_characters) {
  std::set<char> used;
  std::set<char> used_plain;
  for (int i = 0; i < 200; ++i) {
    for (const char c : made({})) used.insert(c);
    for (const char c : made({.plain = true})) used_plain.insert(c);
  }
  EXPECT_EQ(used.size(), 94U) << "all of printable ASCII but the space";
  EXPECT_EQ(used_plain.size(), 65U);
}

TEST(GeneratedPassword, is_as_long_as_the_policy_wants) {
  EXPECT_EQ(made({.length = 20, .minimum_length = 30}).size(), 30U);
  EXPECT_EQ(made({.length = 4}).size(), 16U) << "never shorter, whatever is asked for";
  EXPECT_EQ(made({.length = 127}).size(), 127U);
  const auto refused = generated_password({.length = 64, .minimum_length = 128});
  ASSERT_FALSE(refused);
  EXPECT_TRUE(refused.error().is(BaseError::limit_exceeded));
}

TEST(GeneratedPassword, holds_no_name_of_its_account) {
  // Names that a password would hold by chance most of the time.
  std::vector<std::string> names;
  for (char a = 'a'; a <= 'j'; ++a) {
    for (char b = 'a'; b <= 'z'; ++b) names.push_back(std::string("x ") + a + b + "Q");
  }
  for (int i = 0; i < 50; ++i) {
    std::string text = made({.length = 127, .plain = true, .names = names});
    std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    for (const std::string& name : names) {
      const std::string part{name[2], name[3], 'q'};
      EXPECT_EQ(text.find(part), std::string::npos) << part;
    }
  }
}

}  // namespace
}  // namespace mailward::connections
