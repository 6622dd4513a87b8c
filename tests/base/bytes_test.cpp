#include "base/bytes.h"

#include <gtest/gtest.h>

#include "base/digest.h"

namespace mailward {
namespace {

TEST(Bytes, base64_round_trips_every_length_and_refuses_what_is_not_canonical) {
  for (std::size_t length = 0; length < 70; ++length) {
    const Bytes bytes = random_bytes(length);
    EXPECT_EQ(from_base64(to_base64(bytes)).value(), bytes);
  }
  EXPECT_EQ(to_base64(as_bytes("foob")), "Zm9vYg==");  // RFC 4648 section 10
  for (const char* wrong : {"Zg=", "Zh==", "Zg==Zg==", "Z===", "====", "Zm9*", "Zm 9"}) {
    EXPECT_FALSE(from_base64(wrong)) << wrong;
  }
}

TEST(Bytes, utf16_round_trips_and_refuses_unpaired_surrogates) {
  const std::string text = "Pa\xC3\x9Fwort \xE2\x82\xAC \xF0\x9F\x98\x80";
  EXPECT_EQ(from_utf16le(to_utf16le(text).value()).value(), text);
  EXPECT_FALSE(to_utf16le("\xC3"));
  EXPECT_FALSE(to_utf16le("\xED\xA0\x80"));  // a surrogate in UTF-8
  EXPECT_FALSE(from_utf16le(Bytes{0x00, 0xD8, 0x41, 0x00}));
  EXPECT_FALSE(from_utf16le(Bytes{0x41}));
}

TEST(Bytes, printable_escapes_what_could_make_a_terminal_or_reader_lie) {
  EXPECT_EQ(printable("plain text"), "plain text");
  EXPECT_EQ(printable("\x1B[31mred"), "\\x1B[31mred");
  EXPECT_EQ(printable("a\xE2\x80\xAE"
                      "b"),
            "a\\u{202E}b");
  EXPECT_EQ(printable("bad\xFF"), "bad\\xFF");
  EXPECT_EQ(printable(std::string(300, 'x')), std::string(200, 'x') + "…");
  EXPECT_TRUE(is_utf8(printable("\xE2\x82", 10)));
}

}  // namespace
}  // namespace mailward
