#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "base/bytes.h"

namespace mailward::ews {

/// Undoes base64 (RFC 4648 4, with padding) while it arrives, in whatever pieces. White space is passed over, as XML's
/// xs:base64Binary allows it.
class Base64Reader {
 public:
  /// Appends what `text` gives. False for what is no base64; nothing more may be fed then.
  bool feed(std::string_view text, Bytes& out);
  /// Nothing more comes. False where the last group is not whole.
  bool finish() const { return filled_ == 0; }

 private:
  bool take(unsigned char letter, std::uint8_t*& to);
  std::array<std::uint8_t, 4> group_{};
  unsigned filled_ = 0;
  unsigned padding_ = 0;
  bool ended_ = false;
};

}  // namespace mailward::ews
