#include "connections/proxy_form.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/tls.h"
#include "connections/error.h"
#include "connections/form.h"
#include "connections/text.h"

namespace mailward::connections {
namespace {

constexpr std::uint16_t kUsualPort = 3128;
constexpr std::size_t kUserLimit = 256;
constexpr std::string_view kHttp = "http://";
constexpr std::string_view kHttps = "https://";

std::unexpected<Error> bad(std::string message) {
  return fail(ConnectionsError::invalid_form, std::move(message));
}

}  // namespace

std::string_view name_of(ProxySignIn way) {
  switch (way) {
    case ProxySignIn::none:
      return "none";
    case ProxySignIn::basic:
      return "basic";
    case ProxySignIn::ntlm:
      return "ntlm";
    case ProxySignIn::negotiate:
      return "negotiate";
  }
  return "";
}

Result<ProxySignIn> parse_proxy_sign_in(std::string_view name) {
  using enum ProxySignIn;
  for (const ProxySignIn way : {none, basic, ntlm, negotiate}) {
    if (name == name_of(way)) return way;
  }
  return bad("only \"none\", \"basic\", \"ntlm\" and \"negotiate\" are known");
}

Result<ProxyUrl> ProxyUrl::parse(std::string_view text) {
  const std::string lower = lower_case(text);
  ProxyUrl url;
  url.tls = lower.starts_with(kHttps);
  if (!url.tls && !lower.starts_with(kHttp)) return bad("the proxy's URL begins with http:// or https://");
  text.remove_prefix(url.tls ? kHttps.size() : kHttp.size());
  if (text.ends_with('/')) text.remove_suffix(1);
  if (text.contains('@'))
    return bad("the proxy's URL may hold neither user nor password: they have fields of their own");
  if (text.find_first_of("/?#\\") != std::string_view::npos) return bad("the proxy's URL has neither path nor query");
  auto endpoint = Endpoint::parse(text, url.tls ? 443 : kUsualPort);
  if (!endpoint) return bad(endpoint.error().message());
  url.host = std::move(endpoint->host);
  url.port = endpoint->port;
  return url;
}

std::string ProxyUrl::text() const {
  return std::string(tls ? kHttps : kHttp) + Endpoint{.host = host, .port = port}.text();
}

std::vector<FieldProblem> check_form(const ProxyForm& form) {
  std::vector<FieldProblem> problems;
  const auto add = [&](std::string_view field, std::string problem) {
    problems.push_back({std::string(field), std::move(problem)});
  };
  if (!form.is_set()) return problems;
  const auto url = ProxyUrl::parse(form.url);
  if (!url) add("proxy_url", url.error().message());
  if (auto problem = text_problem(form.user, kUserLimit)) add("proxy_user", "the proxy's user " + *problem);
  if (form.signs_in() && form.user.empty()) add("proxy_user", "whoever signs in to the proxy needs a name there");
  if (form.sign_in == ProxySignIn::basic && form.user.contains(':')) {
    add("proxy_user", "Basic carries no name with a colon");
  }
  if (form.sign_in == ProxySignIn::ntlm && url && url->tls) {
    add("proxy_sign_in", "NTLM is possible with a proxy at http:// only: take Negotiate or Basic inside TLS");
  }
  if (!trimmed_text(form.trust_pem).empty()) {
    if (auto trust = CertificateTrust::from_pem(form.trust_pem); !trust) {
      add("proxy_trust_pem", "the issuing authorities' certificates are expected as PEM: " + trust.error().message());
    }
  }
  return problems;
}

ProxyForm trimmed(ProxyForm form) {
  for (std::string* text : {&form.url, &form.user, &form.trust_pem}) *text = std::string(trimmed_text(*text));
  if (!form.is_set()) return {};
  if (!form.signs_in()) form.user.clear();
  if (!form.trust_pem.empty()) form.trust_pem += "\n";
  return form;
}

Result<std::string> proxy_destination(const ProxyForm& form) {
  MW_TRY(const auto url, ProxyUrl::parse(form.url));
  const auto trust = trimmed_text(form.trust_pem).empty() ? Result<CertificateTrust>(CertificateTrust::system())
                                                          : CertificateTrust::from_pem(form.trust_pem);
  if (!trust) return bad("the proxy's certificates do not hold: " + trust.error().message());
  // Each part stands on a line of its own: what could forge one is refused.
  if (text_problem(form.user, kUserLimit)) return bad("the stored user of the proxy does not hold");
  return "proxy=" + url.text() + "\nproxy_trust=" + (url.tls ? trust->identity() : "none") +
         "\nproxy_sign_in=" + std::string(name_of(form.sign_in)) + "\nproxy_user=" + form.user + "\n";
}

}  // namespace mailward::connections
