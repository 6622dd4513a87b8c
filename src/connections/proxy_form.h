#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mailward::connections {

struct FieldProblem;

/// How the proxy itself is signed in to.
enum class ProxySignIn { none, basic, ntlm, negotiate };
std::string_view name_of(ProxySignIn way);
/// Errors: invalid_form for a name that is not known.
Result<ProxySignIn> parse_proxy_sign_in(std::string_view name);

/// A proxy's URL taken apart: "http://proxy.example.test:3128", or https where the proxy itself is spoken to by TLS.
/// No user, no path.
struct ProxyUrl {
  bool tls = false;
  std::string host;  ///< in lower case; an IPv6 address without brackets
  std::uint16_t port = 0;
  /// Without a port 3128, or 443 for https. Errors: invalid_form, with what is expected.
  static Result<ProxyUrl> parse(std::string_view text);
  /// With the port.
  std::string text() const;
};

/// The proxy by which a connection's servers are reached; its password is kept apart.
struct ProxyForm {
  std::string url;  ///< empty: none, and the rest is empty too
  ProxySignIn sign_in = ProxySignIn::none;
  std::string user;       ///< UPN or DOMAIN\name; for Basic any name without a colon
  std::string trust_pem;  ///< of the proxy's own TLS: the issuing authorities; empty: the system's
  bool is_set() const { return !url.empty(); }
  /// Whether it wants a password of its own.
  bool signs_in() const { return is_set() && sign_in != ProxySignIn::none; }
  bool operator==(const ProxyForm&) const = default;
};

/// What does not hold, under the fields' names: "proxy_url", "proxy_sign_in", "proxy_user", "proxy_trust_pem".
std::vector<FieldProblem> check_form(const ProxyForm& form);
/// Without outer white space; without a URL nothing is left.
ProxyForm trimmed(ProxyForm form);
/// What its password is sealed for, beside the connection: where it goes, and as whom. Errors: invalid_form.
Result<std::string> proxy_destination(const ProxyForm& form);

}  // namespace mailward::connections
