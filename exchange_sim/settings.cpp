#include "exchange_sim/settings.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::pair<ExtendedProtection, std::string_view>, 3> kProtections{
    {{ExtendedProtection::none, "none"},
     {ExtendedProtection::allow, "allow"},
     {ExtendedProtection::require, "require"}}};
constexpr std::array<std::pair<Scheme, std::string_view>, 3> kSchemes{
    {{Scheme::negotiate, "Negotiate"}, {Scheme::ntlm, "NTLM"}, {Scheme::basic, "Basic"}}};

}  // namespace

std::string_view extended_protection_name(ExtendedProtection value) {
  return std::ranges::find(kProtections, value, &std::pair<ExtendedProtection, std::string_view>::first)->second;
}

std::optional<ExtendedProtection> extended_protection_from(std::string_view name) {
  for (const auto& [value, text] : kProtections) {
    if (equal_ignoring_case(text, name)) return value;
  }
  return std::nullopt;
}

std::string_view scheme_name(Scheme scheme) {
  return std::ranges::find(kSchemes, scheme, &std::pair<Scheme, std::string_view>::first)->second;
}

std::optional<Scheme> scheme_from(std::string_view name) {
  for (const auto& [value, text] : kSchemes) {
    if (equal_ignoring_case(text, name)) return value;
  }
  return std::nullopt;
}

Result<SocketAddress> parse_listen(std::string_view text) {
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) {
    return fail(BaseError::malformed, "an address to listen on is written as 127.0.0.1:443, not " + printable(text));
  }
  SocketAddress address;
  MW_TRY(address.ip, IpAddress::parse(text.substr(0, colon)));
  const std::string_view port = text.substr(colon + 1);
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), address.port);
  if (error != std::errc{} || end != port.data() + port.size()) {
    return fail(BaseError::malformed, "not a port: " + printable(port));
  }
  return address;
}

Settings sample_settings() {
  Settings settings;
  settings.directory.schemes = {Scheme::negotiate, Scheme::ntlm, Scheme::basic};
  settings.directory.extended_protection = ExtendedProtection::require;
  settings.balancer = parse_listen("127.0.0.1:0").value();
  settings.control = parse_listen("127.0.0.1:0").value();
  for (const std::string_view name : {"EX01", "EX02"}) {
    settings.front_ends.push_back(
        {.name = std::string(name), .listen = parse_listen("127.0.0.1:0").value(), .certificate = {}, .key = {}});
  }
  const auto account = [&](std::string_view name, std::string_view password) {
    settings.accounts.push_back({.name = "EXAMPLE\\" + std::string(name),
                                 .upn = std::string(name) + "@example.test",
                                 .password = SecretString(password),
                                 .state = AccountState::enabled});
  };
  account("svc-mailward", "Sample-Passw0rd!");
  account("usera", "Sample-Usera-1!");
  account("userb", "Sample-Userb-1!");
  account("board", "Sample-Board-1!");
  settings.mailboxes.push_back(
      {.smtp = "usera@example.test", .display_name = "User A", .account = "EXAMPLE\\usera", .messages = 12});
  settings.mailboxes.push_back(
      {.smtp = "userb@example.test", .display_name = "User B", .account = "EXAMPLE\\userb", .messages = 5});
  settings.mailboxes.push_back(
      {.smtp = "board@example.test", .display_name = "Board", .account = "EXAMPLE\\board", .messages = 3});
  settings.mailboxes.push_back(
      {.smtp = "moved@example.test", .display_name = "Moved to the cloud", .account = "", .messages = 0});
  settings.mailboxes.back().place = MailboxPlace::exchange_online;
  settings.grants.push_back({.account = "EXAMPLE\\svc-mailward",
                             .everyone = false,
                             .mailboxes = {"usera@example.test", "userb@example.test", "moved@example.test"}});
  return settings;
}

}  // namespace mailward::exchange_sim
