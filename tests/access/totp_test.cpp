#include "access/totp.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

namespace mailward::access::totp {
namespace {

Timestamp at(std::int64_t seconds) {
  return Timestamp(std::chrono::seconds(seconds));
}
SecretString rfc_secret() {
  return SecretString(std::string_view("12345678901234567890"));
}

TEST(TotpTest, codes_are_those_of_rfc_6238_appendix_b) {
  const std::vector<std::pair<std::int64_t, std::string>> vectors{{59, "94287082"},         {1111111109, "07081804"},
                                                                  {1111111111, "14050471"}, {1234567890, "89005924"},
                                                                  {2000000000, "69279037"}, {20000000000, "65353130"}};
  for (const auto& [seconds, code] : vectors) {
    EXPECT_EQ(code_at(rfc_secret(), step_at(at(seconds)), 8), code) << seconds;
    EXPECT_EQ(code_at(rfc_secret(), step_at(at(seconds))), code.substr(2)) << seconds;
  }
}

TEST(TotpTest, codes_are_those_of_rfc_4226_appendix_d) {
  const std::vector<std::string> codes{"755224", "287082", "359152", "969429", "338314",
                                       "254676", "287922", "162583", "399871", "520489"};
  for (std::size_t i = 0; i < codes.size(); ++i) {
    EXPECT_EQ(code_at(rfc_secret(), static_cast<std::int64_t>(i)), codes[i]);
  }
}

TEST(TotpTest, a_code_holds_for_its_step_and_one_beside_for_any_secret_and_time) {
  std::mt19937_64 random(6238);
  for (int round = 0; round < 200; ++round) {
    const SecretString secret = new_secret();
    const Timestamp now = at(static_cast<std::int64_t>(random() % 4'000'000'000ULL) + 1000);
    const std::int64_t step = step_at(now);
    std::set<std::string> near;
    for (std::int64_t off = -1; off <= 1; ++off) {
      const std::string code = code_at(secret, step + off);
      near.insert(code);
      EXPECT_TRUE(matching_step(secret, code, now, 0)) << round;
    }
    for (const std::int64_t off : {-3, -2, 2, 3}) {
      const std::string code = code_at(secret, step + off);
      if (!near.contains(code)) EXPECT_FALSE(matching_step(secret, code, now, 0)) << round;
    }
  }
}

TEST(TotpTest, a_step_is_used_once_and_never_an_earlier_one) {
  const SecretString secret = rfc_secret();
  const Timestamp now = at(1111111111);
  const std::int64_t step = step_at(now);
  EXPECT_EQ(matching_step(secret, code_at(secret, step), now, 0), step);
  EXPECT_EQ(matching_step(secret, code_at(secret, step), now, step), std::nullopt);
  EXPECT_EQ(matching_step(secret, code_at(secret, step - 1), now, step), std::nullopt);
  EXPECT_EQ(matching_step(secret, code_at(secret, step + 1), now, step), step + 1);
}

TEST(TotpTest, what_is_no_code_matches_nothing) {
  const Timestamp now = at(59);
  for (const std::string_view code : {"", "28708", "2870822", "abcdef", "94287082"}) {
    EXPECT_FALSE(matching_step(rfc_secret(), code, now, -1)) << code;
  }
  EXPECT_TRUE(matching_step(rfc_secret(), "287 082", now, -1));
}

TEST(TotpTest, secrets_are_written_as_rfc_4648_has_it) {
  const auto text = [](std::string_view plain) { return std::string(base32(as_bytes(plain)).reveal()); };
  EXPECT_EQ(text(""), "");
  EXPECT_EQ(text("f"), "MY");
  EXPECT_EQ(text("fo"), "MZXQ");
  EXPECT_EQ(text("foo"), "MZXW6");
  EXPECT_EQ(text("foob"), "MZXW6YQ");
  EXPECT_EQ(text("fooba"), "MZXW6YTB");
  EXPECT_EQ(text("foobar"), "MZXW6YTBOI");
  EXPECT_EQ(new_secret().size(), kSecretBytes);
  EXPECT_FALSE(new_secret().equals(new_secret()));
}

TEST(TotpTest, the_uri_is_what_authenticators_read) {
  EXPECT_EQ(uri(rfc_secret(), "ann@example.test").reveal(),
            "otpauth://totp/Mailward:ann%40example.test?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Mailward"
            "&algorithm=SHA1&digits=6&period=30");
}

}  // namespace
}  // namespace mailward::access::totp
