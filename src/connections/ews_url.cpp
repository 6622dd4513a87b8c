#include <algorithm>

#include "connections/error.h"
#include "connections/form.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kUrlLimit = 500;
constexpr std::string_view kExpected = "https://mail.example.test/EWS/Exchange.asmx is the form expected";

std::unexpected<Error> bad(std::string_view what) {
  return fail(ConnectionsError::invalid_form, std::string(what) + ": " + std::string(kExpected));
}

/// RFC 3986 pchar and "/": what may stand in a path as it is.
bool is_path_letter(char c) {
  const bool alphanumeric = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
  return alphanumeric || std::string_view("-._~!$&'()*+,;=:@%/").contains(c);
}

bool is_hex(char c) {
  return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

bool has_dot_segment(std::string_view path) {
  return (std::string(path) + "/").contains("/./") || (std::string(path) + "/").contains("/../");
}

Status check_path(std::string_view path) {
  if (!std::ranges::all_of(path, is_path_letter)) return bad("the path holds a character that a URL may not hold");
  for (std::size_t at = path.find('%'); at != std::string_view::npos; at = path.find('%', at + 1)) {
    if (at + 2 >= path.size() || !is_hex(path[at + 1]) || !is_hex(path[at + 2])) {
      return bad("in the path, % must be followed by two hexadecimal digits");
    }
  }
  if (path.contains("//") || has_dot_segment(path)) return bad("the path may not hold //, /./ or /../");
  return {};
}

}  // namespace

Result<EwsUrl> EwsUrl::parse(std::string_view text) {
  if (text.empty()) return bad("a URL is needed");
  if (text.size() > kUrlLimit) return bad("the URL is longer than 500 characters");
  const auto odd = [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; };
  if (std::ranges::any_of(text, odd)) return bad("the URL may hold neither spaces nor control characters");
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return bad("the URL has letters outside ASCII; write the host's xn-- form");
  }
  constexpr std::string_view kScheme = "https://";
  const bool https = std::ranges::equal(text.substr(0, kScheme.size()), kScheme,
                                        [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
  if (!https) return bad("the URL must begin with https://; nothing is sent without TLS");
  if (text.contains('?')) return bad("the URL may have no query (?)");
  if (text.contains('#')) return bad("the URL may have no fragment (#)");
  if (text.contains('\\')) return bad("the URL may hold no backslash");

  const std::string_view rest = text.substr(kScheme.size());
  const std::size_t slash = rest.find('/');
  const std::string_view authority = rest.substr(0, slash);
  if (authority.contains('@')) return bad("the URL may hold neither user nor password");
  auto endpoint = Endpoint::parse(authority, 443);
  if (!endpoint) return bad(endpoint.error().message());

  EwsUrl url;
  url.host = std::move(endpoint->host);
  url.port = endpoint->port;
  if (slash != std::string_view::npos && rest.size() > slash + 1) {
    MW_CHECK(check_path(rest.substr(slash)));
    url.path = rest.substr(slash);
  }
  return url;
}

std::string EwsUrl::text() const {
  const std::string shown_host = host.contains(':') ? "[" + host + "]" : host;
  return "https://" + shown_host + (port == 443 ? "" : ":" + std::to_string(port)) + path;
}

}  // namespace mailward::connections
