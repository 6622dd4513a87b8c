#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/net.h"
#include "connections/error.h"
#include "connections/form.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kLabelLimit = 63;
constexpr std::size_t kNameLimit = 253;

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}
bool is_digit(char c) {
  return c >= '0' && c <= '9';
}
bool is_name_letter(char c) {
  return (c >= 'a' && c <= 'z') || is_digit(c) || c == '-';
}

std::unexpected<Error> bad(std::string message) {
  return fail(ConnectionsError::invalid_form, std::move(message));
}

Status check_label(std::string_view label, std::string_view name) {
  const std::string shown = "the host name '" + printable(name) + "' ";
  if (label.empty()) return bad(shown + "has an empty part: neither double nor outer dots are expected");
  if (label.size() > kLabelLimit) return bad(shown + "has a part of more than 63 characters");
  if (!std::ranges::all_of(label, is_name_letter)) {
    return bad(shown + "may hold letters, digits, hyphens and dots only");
  }
  if (label.front() == '-' || label.back() == '-') return bad(shown + "has a part that begins or ends with a hyphen");
  return {};
}

/// RFC 1123 2.1. A name whose last part looks like a number would be read as an IPv4 address by some and not by others.
Result<std::string> checked_name(std::string_view text) {
  std::string name(text);
  std::ranges::transform(name, name.begin(), lower);
  if (name.size() > kNameLimit) return bad("the host name is longer than 253 characters");
  if (std::ranges::any_of(name, [](char c) { return static_cast<unsigned char>(c) >= 0x80; })) {
    return bad("the host name '" + printable(name) + "' has letters outside ASCII: write its xn-- form");
  }
  std::string_view rest = name;
  std::string_view label;
  for (;;) {
    const std::size_t dot = rest.find('.');
    label = rest.substr(0, dot);
    MW_CHECK(check_label(label, name));
    if (dot == std::string_view::npos) break;
    rest.remove_prefix(dot + 1);
  }
  if (std::ranges::all_of(label, is_digit) || label.starts_with("0x")) {
    return bad("'" + printable(name) + "' is neither a host name nor an IPv4 address of four numbers");
  }
  return name;
}

/// "host", "host:port", "[address]", "[address]:port" in two.
struct Split {
  std::string_view host;
  std::string_view port;
  bool has_port = false;
};
Result<Split> split(std::string_view text) {
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos) return bad("an IPv6 address is expected between [ and ]");
    const std::string_view rest = text.substr(end + 1);
    if (!rest.empty() && rest.front() != ':')
      return bad("after an IPv6 address in brackets, ':' and a port are expected");
    return Split{text.substr(0, end + 1), rest.empty() ? rest : rest.substr(1), !rest.empty()};
  }
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return Split{text, {}, false};
  if (text.find(':', colon + 1) != std::string_view::npos) {
    return bad("'" + printable(text) + "' has more than one colon: an IPv6 address stands in brackets, [2001:db8::1]");
  }
  return Split{text.substr(0, colon), text.substr(colon + 1), true};
}

Result<std::uint16_t> checked_port(std::string_view text) {
  unsigned value = 0;
  const auto [end, code] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || text.size() > 5 || code != std::errc() || end != text.data() + text.size() || value == 0 ||
      value > 65535) {
    return bad("'" + printable(text, 20) + "' is no port: a number from 1 to 65535 is expected");
  }
  return static_cast<std::uint16_t>(value);
}

bool is_ipv6(std::string_view host) {
  return host.find(':') != std::string_view::npos;
}

}  // namespace

Result<std::string> checked_host(std::string_view text) {
  if (text.empty()) return bad("a host name or an address is expected");
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return bad("an IPv6 address is expected between [ and ]");
    const std::string_view inner = text.substr(1, text.size() - 2);
    const auto address = IpAddress::parse(inner);
    if (!address || address->is_v4() || inner.starts_with('[')) {
      return bad("'" + printable(text) + "' is no IPv6 address (a zone such as %eth0 is not possible)");
    }
    return address->text();
  }
  if (const auto address = IpAddress::parse(text)) {
    if (!address->is_v4())
      return bad("the IPv6 address '" + printable(text) + "' must stand in brackets, [2001:db8::1]");
    return address->text();
  }
  return checked_name(text);
}

Result<Endpoint> Endpoint::parse(std::string_view text, std::uint16_t default_port) {
  MW_TRY(const Split parts, split(text));
  Endpoint endpoint{.host = {}, .port = default_port};
  MW_TRY(endpoint.host, checked_host(parts.host));
  if (parts.has_port) {
    MW_TRY(endpoint.port, checked_port(parts.port));
  }
  return endpoint;
}

std::string Endpoint::text() const {
  return (is_ipv6(host) ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

}  // namespace mailward::connections
