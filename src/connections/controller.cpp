#include "connections/controller.h"

#include <algorithm>
#include <cctype>

#include "base/bytes.h"
#include "connections/error.h"
#include "connections/form.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

constexpr std::uint16_t kLdapsPort = 636;
constexpr std::uint16_t kLdapPort = 389;

constexpr std::string_view kDiscovered = "srv:";

Result<directory::Controller> parse_domain(std::string_view text) {
  std::string_view rest = text.substr(kDiscovered.size());
  directory::Controller controller;
  controller.discover = true;
  if (const std::size_t slash = rest.find('/'); slash != std::string_view::npos) {
    controller.site = std::string(rest.substr(slash + 1));
    rest = rest.substr(0, slash);
    // A label of a name (RFC 1035 2.3.1), as Active Directory has it.
    const bool is_label = !controller.site.empty() && controller.site.size() <= 63 &&
                          std::ranges::all_of(controller.site, [](unsigned char c) {
                            return std::isalnum(c) != 0 || c == '-' || c == '_';
                          });
    if (!is_label) {
      return fail(ConnectionsError::invalid_form, "'" + printable(text) + "' names no site after the domain");
    }
  }
  MW_TRY(auto endpoint, Endpoint::parse(rest, kLdapsPort));
  if (endpoint.port != kLdapsPort || !endpoint.host.contains('.') || IpAddress::parse(endpoint.host)) {
    return fail(ConnectionsError::invalid_form,
                "'" + printable(text) + "' is not 'srv:' and a domain's name, as srv:example.test");
  }
  controller.host = std::move(endpoint.host);
  controller.port = kLdapsPort;
  return controller;
}

}  // namespace

Result<directory::Controller> parse_controller(std::string_view text) {
  directory::Controller controller;
  if (text.starts_with(kDiscovered)) return parse_domain(text);
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
  if (controller.discover) {
    return std::string(kDiscovered) + controller.host + (controller.site.empty() ? "" : "/" + controller.site);
  }
  const bool start_tls = controller.security == directory::LdapSecurity::start_tls;
  const std::uint16_t usual = start_tls ? kLdapPort : kLdapsPort;
  const Endpoint endpoint{.host = controller.host, .port = controller.port != 0 ? controller.port : usual};
  return (start_tls ? "ldap://" : "ldaps://") + endpoint.text();
}

}  // namespace mailward::connections
