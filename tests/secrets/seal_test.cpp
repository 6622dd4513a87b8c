#include "secrets/seal.h"

#include <gtest/gtest.h>

namespace mailward::secrets {
namespace {

const std::string_view kKey = "0123456789abcdef0123456789abcdef";

TEST(SealTest, opens_what_was_sealed) {
  const SecretString key(kKey);
  for (const std::string& secret :
       {std::string(), std::string("p"), std::string("pass\0word", 9), std::string(5000, 'x')}) {
    const Bytes sealed = seal(key, "purpose", as_bytes("where"), SecretString(secret));
    const auto opened = open(key, "purpose", as_bytes("where"), sealed);
    ASSERT_TRUE(opened) << opened.error().describe();
    EXPECT_EQ(opened->reveal(), secret);
  }
}

TEST(SealTest, equal_secrets_are_sealed_differently) {
  const SecretString key(kKey);
  EXPECT_NE(seal(key, "p", {}, SecretString("same")), seal(key, "p", {}, SecretString("same")));
}

TEST(SealTest, opens_for_nothing_else) {
  const SecretString key(kKey);
  const Bytes sealed = seal(key, "ab", as_bytes("cd"), SecretString("secret"));
  const SecretString other(std::string_view("another-another-another-another-"));
  EXPECT_TRUE(open(key, "ab", as_bytes("cd"), sealed));
  for (const auto& result :
       {open(other, "ab", as_bytes("cd"), sealed).has_value(), open(key, "a", as_bytes("bcd"), sealed).has_value(),
        open(key, "abc", as_bytes("d"), sealed).has_value(), open(key, "ab", as_bytes(""), sealed).has_value(),
        open(key, "", as_bytes("abcd"), sealed).has_value()}) {
    EXPECT_FALSE(result);
  }
}

TEST(SealTest, every_flipped_bit_and_every_cut_is_refused) {
  const SecretString key(kKey);
  const Bytes sealed = seal(key, "p", as_bytes("a"), SecretString("secret"));
  for (std::size_t i = 0; i < sealed.size() * 8; ++i) {
    Bytes changed = sealed;
    changed[i / 8] = static_cast<std::uint8_t>(changed[i / 8] ^ (1U << (i % 8)));
    const auto opened = open(key, "p", as_bytes("a"), changed);
    ASSERT_FALSE(opened) << i;
    EXPECT_TRUE(opened.error().is(SecretsError::cannot_open));
  }
  for (std::size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_FALSE(open(key, "p", as_bytes("a"), BytesView(sealed).first(size))) << size;
  }
}

}  // namespace
}  // namespace mailward::secrets
