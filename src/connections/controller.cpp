#include "connections/controller.h"

#include <charconv>

#include "base/bytes.h"
#include "connections/error.h"

namespace mailward::connections {

Result<directory::Controller> parse_controller(std::string_view text) {
  const std::string shown = printable(text, 100);
  const auto malformed = [&] {
    return fail(
        ConnectionsError::invalid_form,
        "\"" + shown + "\" is no domain controller: \"dc1.example.test\", with \":port\" or \"ldap://\" for StartTLS");
  };
  directory::Controller controller;
  if (text.starts_with("ldap://")) {
    controller.security = directory::LdapSecurity::start_tls;
    text.remove_prefix(7);
  } else if (text.starts_with("ldaps://")) {
    text.remove_prefix(8);
  }
  const std::size_t colon = text.rfind(':');
  if (colon != std::string_view::npos) {
    const std::string_view digits = text.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), controller.port);
    if (error != std::errc() || end != digits.data() + digits.size() || controller.port == 0) return malformed();
    text = text.substr(0, colon);
  }
  if (text.empty() || text.size() > 253 ||
      text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_") !=
          std::string_view::npos) {
    return malformed();
  }
  controller.host = text;
  for (char& c : controller.host) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return controller;
}

}  // namespace mailward::connections
