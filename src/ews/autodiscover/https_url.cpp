#include "ews/autodiscover/https_url.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/net.h"

namespace mailward::ews {
namespace {

constexpr std::size_t kLongest = 2000;
constexpr std::size_t kLongestName = 253;

bool is_host_letter(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-' || letter == '.' ||
         letter == '_';
}

bool is_host_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName && !name.starts_with('.') && !name.starts_with('-') &&
         name.find("..") == std::string_view::npos && std::ranges::all_of(name, is_host_letter);
}

/// Takes the host off the front of an authority. False where it is none.
bool take_host(std::string_view& authority, std::string& host) {
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return false;
    host = authority.substr(1, end - 1);
    authority.remove_prefix(end + 1);
    return IpAddress::parse(host).has_value();
  }
  const auto end = std::min(authority.find(':'), authority.size());
  host = lower_case(authority.substr(0, end));
  authority.remove_prefix(end);
  return is_host_name(host);
}

}  // namespace

std::string HttpsUrl::text() const {
  const std::string shown = host.find(':') == std::string::npos ? host : "[" + host + "]";
  return "https://" + shown + (port == 443 ? "" : ":" + std::to_string(port)) + path;
}

std::optional<HttpsUrl> parse_https_url(std::string_view text) {
  constexpr std::string_view kScheme = "https://";
  if (text.size() > kLongest || lower_case(text.substr(0, kScheme.size())) != kScheme) return std::nullopt;
  if (!std::ranges::all_of(text, [](char c) { return c > ' ' && c < 0x7f; })) return std::nullopt;
  text.remove_prefix(kScheme.size());
  text = text.substr(0, text.find('#'));
  const auto slash = std::min(text.find_first_of("/?\\"), text.size());
  std::string_view authority = text.substr(0, slash);
  HttpsUrl url;
  if (!take_host(authority, url.host)) return std::nullopt;
  if (!authority.empty()) {
    const auto digits = authority.substr(1);
    auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), url.port);
    if (!authority.starts_with(':') || error != std::errc() || end != digits.data() + digits.size() || url.port == 0) {
      return std::nullopt;
    }
  }
  const std::string_view rest = text.substr(slash);
  if (rest.starts_with('\\')) return std::nullopt;
  url.path = rest.starts_with('/') ? std::string(rest) : "/" + std::string(rest);
  return url;
}

std::string domain_of(std::string_view address) {
  const auto at = address.rfind('@');
  if (at == std::string_view::npos || at == 0) return {};
  std::string domain = lower_case(address.substr(at + 1));
  return is_host_name(domain) ? domain : std::string();
}

}  // namespace mailward::ews
