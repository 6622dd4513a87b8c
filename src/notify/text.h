#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

/// What forms, notices and messages are made of. Internal to notify/.
namespace mailward::notify {

/// Without outer white space (ASCII's).
std::string trimmed(std::string_view text);
/// One line fit for a header, a log and a page: control characters and line ends become spaces; bytes that are not
/// UTF-8 are escaped; cut after `limit` bytes.
std::string one_line(std::string_view text, std::size_t limit);
/// The same with line ends kept ("\n").
std::string lines_of(std::string_view text, std::size_t limit);

/// What is wrong with an address of mail, as the end of a sentence; nothing where it will do. RFC 5321 4.1.2's
/// dot-string at a domain name, in ASCII, at most 254 characters.
std::optional<std::string> address_problem(std::string_view address);
/// The same of a host: a name (RFC 1123) or an address without brackets.
std::optional<std::string> host_problem(std::string_view host);

/// A webhook's URL taken apart.
struct WebhookUrl {
  bool encrypted = true;
  std::string host;  ///< in lower case; an IPv6 address without brackets
  std::uint16_t port = 443;
  std::string rest = "/";  ///< path and query
  /// http or https, no user, no fragment. Errors: invalid_form, with what is expected.
  static Result<WebhookUrl> parse(std::string_view text);
  std::string origin() const;  ///< "https://hooks.example.test:8443"
  std::string text() const { return origin() + rest; }
};

}  // namespace mailward::notify
