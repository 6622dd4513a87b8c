#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "http/headers.h"

namespace mailward::http {

enum class Version { http_1_0, http_1_1 };

using Parameters = std::vector<std::pair<std::string, std::string>>;

/// One request as a handler sees it: whole, its framing checked, its body within the route's limit and freed of
/// chunking.
struct Request {
  std::string method;          ///< as sent: "GET"
  std::string target;          ///< as sent: "/v1/items/a%20b?limit=5"
  std::string path;            ///< without the query, percent-decoded: "/v1/items/a b". Never holds a NUL.
  Parameters query;            ///< decoded ("+" is a space), in order, repeats kept
  Parameters path_parameters;  ///< what the route's {name} segments matched, decoded
  Headers headers;
  std::string body;
  Version version = Version::http_1_1;

  /// The first query parameter of that name; none if it is absent ("?flag" gives an empty text).
  std::optional<std::string_view> query_value(std::string_view name) const;
  /// What the route's segment {name} matched; empty for a name that the route does not have.
  std::string_view path_value(std::string_view name) const;
};

/// Decodes %NN. None for a "%" without two hexadecimal digits and for a decoded NUL.
std::optional<std::string> percent_decode(std::string_view text);
/// Encodes all but RFC 3986's unreserved characters.
std::string percent_encode(std::string_view text);
/// Reads "a=1&b=x%20y"; none where percent_decode refuses.
std::optional<Parameters> parse_query(std::string_view text);

}  // namespace mailward::http
