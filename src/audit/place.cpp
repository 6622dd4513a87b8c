#include "audit/place.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include "base/bytes.h"

namespace mailward::audit {

namespace {

struct Scheme {
  std::string_view begins;
  PlaceKind kind;
  std::uint16_t port;
};

constexpr std::array kSchemes{
    Scheme{"file:", PlaceKind::file, 0},
    Scheme{"syslog+tls://", PlaceKind::syslog_tls, 6514},  // RFC 5425 4.1
    Scheme{"syslog+tcp://", PlaceKind::syslog_tcp, 601},   // RFC 3195
    Scheme{"syslog+udp://", PlaceKind::syslog_udp, 514},   // RFC 5426 3.3
    Scheme{"syslog:", PlaceKind::syslog_socket, 0},
    Scheme{"https://", PlaceKind::webhook, 443},
};

std::unexpected<Error> bad(std::string_view text, std::string_view expected) {
  return fail(Error(AuditError::bad_place, "\"" + printable(text, 80) + "\": " + std::string(expected))
                  .with_remedy("docs/audit.md lists the places that entries can be sent to"));
}

bool is_host_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == ':';
}

/// "HOST", "HOST:PORT", "[ADDRESS]:PORT".
bool read_host(PlaceAddress& address, std::string_view text) {
  std::string_view port;
  if (text.starts_with('[')) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !IpAddress::parse(text.substr(1, end - 1))) return false;
    address.host = text.substr(1, end - 1);
    port = text.substr(end + 1);
    if (!port.empty() && !port.starts_with(':')) return false;
  } else {
    const std::size_t colon = text.find(':');
    address.host = text.substr(0, colon);
    if (colon != std::string_view::npos) port = text.substr(colon);
  }
  if (address.host.empty() || !std::ranges::all_of(address.host, is_host_letter)) return false;
  if (port.empty()) return true;
  port.remove_prefix(1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  return error == std::errc() && end == port.data() + port.size() && address.port != 0;
}

}  // namespace

Result<PlaceAddress> PlaceAddress::parse(std::string_view text) {
  const auto* const scheme =
      std::ranges::find_if(kSchemes, [&](const Scheme& one) { return text.starts_with(one.begins); });
  const bool plain = std::ranges::all_of(text, [](char c) { return c > 0x20 && c != 0x7f; });
  if (scheme == kSchemes.end() || text.size() > 1000) {
    return bad(text,
               "expected \"file:/PATH\", \"syslog+tls://HOST\", \"syslog+tcp://HOST\", \"syslog+udp://HOST\", "
               "\"syslog:/dev/log\" or \"https://HOST/PATH\"");
  }
  PlaceAddress address{.kind = scheme->kind, .text = std::string(text), .path = {}, .host = {}, .port = scheme->port};
  const std::string_view rest = text.substr(scheme->begins.size());
  if (scheme->port == 0) {
    if (!rest.starts_with('/') || rest.starts_with("//") || rest.contains('\0'))
      return bad(text, "a whole path, from / on, is expected");
    address.path = rest;
    return address;
  }
  const std::size_t slash = scheme->kind == PlaceKind::webhook ? rest.find('/') : std::string_view::npos;
  if (!plain || rest.contains('@') || rest.contains('#') || !read_host(address, rest.substr(0, slash))) {
    return bad(text, "a host, and a port where it is not the usual one, are expected; no user and no password");
  }
  return address;
}

std::string PlaceAddress::shown() const {
  if (kind != PlaceKind::webhook) return text;
  const std::size_t path_at = text.find('/', std::string_view("https://").size());
  return path_at == std::string::npos || path_at + 1 == text.size() ? text : text.substr(0, path_at + 1) + "…";
}

std::unique_ptr<Place> make_place(PlaceSettings settings, const Resolver& resolver) {
  switch (settings.address.kind) {
    case PlaceKind::file:
      return make_file_place(settings.address);
    case PlaceKind::webhook:
      return make_webhook_place(std::move(settings), resolver);
    case PlaceKind::syslog_tls:
    case PlaceKind::syslog_tcp:
    case PlaceKind::syslog_udp:
    case PlaceKind::syslog_socket:
      return make_syslog_place(std::move(settings), resolver);
  }
  std::unreachable();
}

}  // namespace mailward::audit
