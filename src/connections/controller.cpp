#include "connections/controller.h"

#include "base/bytes.h"
#include "connections/error.h"
#include "connections/form.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

constexpr std::uint16_t kLdapsPort = 636;
constexpr std::uint16_t kLdapPort = 389;

}  // namespace

Result<directory::Controller> parse_controller(std::string_view text) {
  directory::Controller controller;
  std::string_view rest = text;
  if (const std::size_t scheme_end = text.find("://"); scheme_end != std::string_view::npos) {
    const std::string scheme = lower_case(text.substr(0, scheme_end));
    if (scheme == "ldap") {
      controller.security = directory::LdapSecurity::start_tls;
    } else if (scheme != "ldaps") {
      return fail(ConnectionsError::invalid_form,
                  "'" + printable(text) + "' must begin with ldaps:// (TLS from the first byte) or ldap:// (StartTLS)");
    }
    rest = text.substr(scheme_end + 3);
    if (rest.ends_with('/')) rest.remove_suffix(1);
  }
  const bool start_tls = controller.security == directory::LdapSecurity::start_tls;
  MW_TRY(auto endpoint, Endpoint::parse(rest, start_tls ? kLdapPort : kLdapsPort));
  controller.host = std::move(endpoint.host);
  controller.port = endpoint.port;
  return controller;
}

std::string controller_text(const directory::Controller& controller) {
  const bool start_tls = controller.security == directory::LdapSecurity::start_tls;
  const std::uint16_t usual = start_tls ? kLdapPort : kLdapsPort;
  const Endpoint endpoint{.host = controller.host, .port = controller.port != 0 ? controller.port : usual};
  return (start_tls ? "ldap://" : "ldaps://") + endpoint.text();
}

}  // namespace mailward::connections
