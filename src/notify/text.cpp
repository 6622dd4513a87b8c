#include "notify/text.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/net.h"
#include "notify/error.h"

namespace mailward::notify {

namespace {

constexpr std::size_t kUrlLimit = 1000;
constexpr std::string_view kExpected = "https://hooks.example.test/path is the form expected";

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

/// Cut at a character's beginning.
std::string cut(std::string text, std::size_t limit) {
  if (text.size() <= limit) return text;
  std::size_t end = limit;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0U) == 0x80) --end;
  text.resize(end);
  return text + "…";
}

bool is_control(char c) {
  return static_cast<unsigned char>(c) < 0x20 || c == 0x7f;
}

/// U+0080–U+009F, the line ends of Unicode and what turns the direction of writing: nothing that a person typed.
bool begins_with_odd(std::string_view text) {
  constexpr std::string_view kOdd[] = {"\u2028", "\u2029", "\u202a", "\u202b", "\u202c", "\u202d",
                                       "\u202e", "\u2066", "\u2067", "\u2068", "\u2069"};
  if (text.size() >= 2 && text[0] == '\xc2' && static_cast<unsigned char>(text[1]) < 0xa0) return true;
  return std::ranges::any_of(kOdd, [&](std::string_view odd) { return text.starts_with(odd); });
}

std::string cleaned(std::string_view text, std::size_t limit, bool keeps_lines) {
  const std::string valid = is_utf8(text) ? std::string(text) : printable(text, limit);
  std::string clean;
  clean.reserve(valid.size());
  for (std::size_t at = 0; at < valid.size();) {
    const std::string_view rest = std::string_view(valid).substr(at);
    if (begins_with_odd(rest)) {
      clean += ' ';
      at += rest[0] == '\xc2' ? 2 : 3;
      continue;
    }
    const char c = valid[at++];
    if (keeps_lines && c == '\r' && at < valid.size() && valid[at] == '\n') continue;
    clean += is_control(c) && !(keeps_lines && (c == '\n' || c == '\t')) ? ' ' : c;
  }
  return cut(std::move(clean), limit);
}

std::unexpected<Error> bad_url(std::string_view what) {
  return fail(NotifyError::invalid_form, std::string(what) + ": " + std::string(kExpected));
}

}  // namespace

std::string trimmed(std::string_view text) {
  constexpr std::string_view kWhiteSpace = " \t\r\n\f\v";
  const std::size_t first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return std::string(text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1));
}

std::string one_line(std::string_view text, std::size_t limit) {
  return cleaned(text, limit, false);
}

std::string lines_of(std::string_view text, std::size_t limit) {
  return cleaned(text, limit, true);
}

std::optional<std::string> host_problem(std::string_view host) {
  if (host.empty()) return "is missing";
  if (IpAddress::parse(host) && !host.starts_with('[')) return std::nullopt;
  if (host.size() > 253) return "is longer than 253 characters";
  for (std::string_view rest = host; !rest.empty();) {
    const std::string_view label = rest.substr(0, rest.find('.'));
    const bool letters = std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-' || c == '_'; });
    if (label.empty() || label.size() > 63 || !letters || label.starts_with('-') || label.ends_with('-')) {
      return "is neither a host's name (in its xn-- form) nor an address";
    }
    if (label.size() == rest.size()) return std::nullopt;
    rest.remove_prefix(label.size() + 1);
  }
  return "is neither a host's name nor an address";  // ends with a dot
}

std::optional<std::string> address_problem(std::string_view address) {
  if (address.empty()) return "is missing";
  if (address.size() > 254) return "is longer than 254 characters";
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at == 0 || at > 64) return "is not of the form name@example.test";
  const std::string_view local = address.substr(0, at);
  const auto is_atom = [](char c) {
    return is_alphanumeric(c) || std::string_view("!#$%&'*+/=?^_`{|}~-.").contains(c);
  };
  if (!std::ranges::all_of(local, is_atom) || local.starts_with('.') || local.ends_with('.') || local.contains("..")) {
    return "holds before the @ what may not stand there unquoted, or letters outside ASCII";
  }
  if (host_problem(address.substr(at + 1)) || IpAddress::parse(address.substr(at + 1))) {
    return "names after the @ no domain (in its xn-- form)";
  }
  return std::nullopt;
}

Result<WebhookUrl> WebhookUrl::parse(std::string_view text) {
  if (text.size() > kUrlLimit) return bad_url("the URL is longer than 1,000 characters");
  const auto odd = [](char c) {
    return static_cast<unsigned char>(c) <= 0x20 || static_cast<unsigned char>(c) >= 0x7f ||
           std::string_view("\"<>\\^`{|}").contains(c);
  };
  if (std::ranges::any_of(text, odd)) return bad_url("the URL holds a character that a URL may not hold");
  if (text.contains('#')) return bad_url("the URL may have no fragment (#)");
  WebhookUrl url;
  const std::string scheme = lower_case(text.substr(0, text.find("://")));
  if (scheme != "https" && scheme != "http") return bad_url("the URL must begin with https://");
  url.encrypted = scheme == "https";
  text.remove_prefix(scheme.size() + 3);
  const std::size_t end = std::min(text.find_first_of("/?"), text.size());
  std::string_view place = text.substr(0, end);
  url.rest = text.substr(end);
  if (!url.rest.starts_with('/')) url.rest.insert(0, "/");
  if (place.contains('@')) return bad_url("the URL may hold no user and no password");

  url.port = url.encrypted ? 443 : 80;
  const std::size_t bracket = place.find(']');
  const std::size_t colon = place.find(':', place.starts_with('[') && bracket != std::string_view::npos ? bracket : 0);
  if (colon != std::string_view::npos) {
    const std::string_view port = place.substr(colon + 1);
    const auto [stop, error] = std::from_chars(port.data(), port.data() + port.size(), url.port);
    if (error != std::errc() || stop != port.data() + port.size() || url.port == 0) return bad_url("the port is none");
    place = place.substr(0, colon);
  }
  if (place.starts_with('[') && place.ends_with(']')) {
    place = place.substr(1, place.size() - 2);
    if (!IpAddress::parse(place)) return bad_url("what stands in brackets is no IPv6 address");
  }
  url.host = lower_case(place);
  if (const auto problem = host_problem(url.host)) return bad_url("the host " + *problem);
  return url;
}

std::string WebhookUrl::origin() const {
  const bool usual = port == (encrypted ? 443 : 80);
  return std::string(encrypted ? "https://" : "http://") + (host.contains(':') ? "[" + host + "]" : host) +
         (usual ? "" : ":" + std::to_string(port));
}

}  // namespace mailward::notify
