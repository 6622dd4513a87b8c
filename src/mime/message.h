#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// Messages taken apart (RFC 5322, 2045 to 2047, 2183, 2231). Everything here is a value; all functions are
/// thread-safe.
namespace mailward::mime {

enum class MimeError {
  too_large,    ///< more bytes, headers, parts or levels than the limits allow
  no_message,   ///< no header at all: nothing that could be a message
  unbuildable,  ///< what is to be built holds what no message can
};
std::string_view error_subject(MimeError);
std::string_view error_name(MimeError code);

struct Limits {
  std::size_t bytes = std::size_t{256} * 1024 * 1024;
  std::size_t header_bytes = std::size_t{1024} * 1024;  ///< of the message's own headers
  std::size_t headers = 10'000;                         ///< of the message, and of each part
  std::size_t parts = 10'000;                           ///< in the whole message, nested messages counted as one
  std::size_t depth = 64;                               ///< multiparts within multiparts
};

struct Header {
  std::string name;   ///< as it stood
  std::string value;  ///< unfolded, encoded words decoded, UTF-8
  std::string raw;    ///< after the colon, folded as it came, without the last line end
};

struct Address {
  std::string name;     ///< UTF-8; empty for none
  std::string address;  ///< "a@example.test", or what stood in its place
  bool operator==(const Address&) const = default;
};

/// A leaf of the message that is not its body.
struct Attachment {
  std::string name;          ///< file name, UTF-8; empty where none was given
  std::string content_type;  ///< "image/png", lower case
  std::string charset;       ///< of text; empty for none
  std::string content_id;    ///< without "<" and ">"; empty for none
  std::string content_location;
  bool inline_part = false;  ///< Content-Disposition inline, or a part of multipart/related with a Content-ID
  bool message = false;      ///< message/rfc822: `content` is a whole message
  std::string content;       ///< transfer encoding undone
};

struct Message {
  std::vector<Header> headers;  ///< in their order
  std::string subject;          ///< UTF-8
  std::vector<Address> from;
  std::vector<Address> sender;
  std::vector<Address> reply_to;
  std::vector<Address> to;  ///< groups are taken apart
  std::vector<Address> cc;
  std::vector<Address> bcc;
  std::string message_id;  ///< with "<" and ">", as Exchange keeps it; empty for none
  std::string in_reply_to;
  std::string references;  ///< blanks between them
  std::optional<Timestamp> date;
  std::optional<std::string> text;  ///< the plain body, UTF-8, line ends as they came
  std::optional<std::string> html;  ///< the HTML body, UTF-8
  std::vector<Attachment> attachments;

  /// The first header of that name in any case, decoded; empty for none.
  std::string_view header(std::string_view name) const;
};

/// Reads a message. What breaks the rules is read as well as can be, as mail programs do; bytes that are no text of
/// their character set become U+FFFD. Errors: too_large, no_message.
Result<Message> parse(std::string_view bytes, const Limits& limits = {});

}  // namespace mailward::mime
