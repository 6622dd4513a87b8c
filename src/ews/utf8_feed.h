#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace mailward::ews {

/// Turns arriving bytes into UTF-8 that is well formed and ends at a character's end. Takes UTF-8 (a byte order mark is
/// dropped), or UTF-16 with one. In whatever pieces the bytes come, the same text goes out.
class Utf8Feed {
 public:
  /// Takes `bytes` in. What it gives is valid until the next call; it may point into `bytes`.
  std::string_view take(std::string_view bytes);
  /// The bytes after what was given so far are no text: nothing more will come out.
  bool broken() const { return broken_; }
  /// Whether the last bytes are the beginning of a character only.
  bool within_character() const { return !held_.empty(); }

 private:
  enum class Encoding { unknown, utf8, utf16_little, utf16_big };
  bool find_encoding();
  std::string_view take_utf8(std::string_view bytes);
  std::string_view take_utf16(std::string_view bytes);

  Encoding encoding_ = Encoding::unknown;
  std::string held_;   ///< of a character that is not whole, or of a mark that is not yet told
  std::string begun_;  ///< the first bytes, once the encoding is told
  std::string text_;
  bool broken_ = false;
};

/// How much of the text is well-formed UTF-8 (RFC 3629), and whether more bytes could make the rest so.
struct Utf8Prefix {
  std::size_t length = 0;
  bool rest_may_become_text = false;
};
Utf8Prefix utf8_prefix(std::string_view text);

}  // namespace mailward::ews
