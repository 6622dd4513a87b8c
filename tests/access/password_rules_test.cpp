#include "access/password_rules.h"

#include <gtest/gtest.h>

#include <string>

namespace mailward::access {
namespace {

bool holds(std::string_view password, std::string_view name = "alice") {
  return !password_problem(SecretString(password), name);
}

TEST(PasswordRulesTest, sentences_and_random_ones_hold) {
  for (const std::string_view password : {"four words that nobody guesses", "kT9#xwqp2LmZ", "Übergrößenträger",
                                          "no capital no digit", "            x1", "pa ss wo rd 99 bottles"}) {
    EXPECT_TRUE(holds(password)) << password;
  }
  EXPECT_TRUE(holds(std::string(1000, 'x') + " and something else"));
}

TEST(PasswordRulesTest, the_length_is_bounded) {
  EXPECT_FALSE(holds("kT9#xwqp2Lm"));
  EXPECT_TRUE(holds("kT9#xwqp2LmZ"));
  std::string longest;
  for (int i = 0; longest.size() < kLongestPassword; ++i) longest += std::to_string(i * 7919);
  longest.resize(kLongestPassword);
  EXPECT_TRUE(holds(longest));
  EXPECT_FALSE(holds(longest + "x"));
  EXPECT_FALSE(holds(""));
}

TEST(PasswordRulesTest, what_cannot_be_typed_again_does_not_hold) {
  EXPECT_FALSE(holds("four words that nobody\n guesses"));
  EXPECT_FALSE(holds(std::string_view("four words\0 that nobody guesses", 31)));
  EXPECT_FALSE(holds("four words that nobody \xff guesses"));
}

TEST(PasswordRulesTest, common_ones_runs_and_repetitions_do_not_hold) {
  for (const std::string_view password :
       {"password1234", "PassWord1234", "aaaaaaaaaaaaaaaa", "abababababab", "abcdabcdabcd", "123456789012",
        "qwertyuiopas", "lkjhgfdsapoi", "abcdefghijkl", "lkjihgfedcba", "administrator", "1qaz2wsx3edc"}) {
    EXPECT_FALSE(holds(password)) << password;
  }
}

TEST(PasswordRulesTest, the_name_with_a_few_letters_does_not_hold) {
  EXPECT_FALSE(holds("alice.liddell", "alice.liddell"));
  EXPECT_FALSE(holds("Alice.Liddell2026!", "alice.liddell"));
  EXPECT_FALSE(holds("alicealicealice"));
  EXPECT_TRUE(holds("alice went down the hole"));
}

TEST(PasswordRulesTest, the_problem_repeats_nothing_of_the_password) {
  for (const std::string_view password : {"password1234", "hunter2", "alicealice123", "123456789012"}) {
    const auto problem = password_problem(SecretString(password), "alice");
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->find(password), std::string::npos);
  }
}

}  // namespace
}  // namespace mailward::access
