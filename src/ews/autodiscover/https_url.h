#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailward::ews {

/// An https URL taken apart. Host in lower case, without the brackets of IPv6.
struct HttpsUrl {
  std::string host;
  std::uint16_t port = 443;
  std::string path = "/";  ///< with the query; never empty
  std::string text() const;
  bool operator==(const HttpsUrl&) const = default;
};

/// Nothing for anything but https: another scheme, user information, a port that is none, characters that cannot stand
/// in a request, more than 2,000 letters. A fragment is left out.
std::optional<HttpsUrl> parse_https_url(std::string_view text);

/// The domain of "user@example.test", in lower case; empty where there is none, or one that is no name of a host.
std::string domain_of(std::string_view address);

}  // namespace mailward::ews
