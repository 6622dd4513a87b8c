#include "ews/request_check.h"

#include <algorithm>
#include <vector>

#include "base/bytes.h"

namespace mailward::ews {
namespace {

bool fits_in_a_head(std::string_view text) {
  return std::ranges::none_of(text,
                              [](char letter) { return static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f; });
}

bool has_nul(std::string_view text) {
  return text.find('\0') != std::string_view::npos;
}

}  // namespace

Status check_request(const HttpRequest& request, std::string_view path, std::string_view user_agent) {
  if (!path.starts_with('/') || path.find(' ') != std::string_view::npos || !fits_in_a_head(path)) {
    return fail(EwsError::invalid_request, "the path of the URL cannot be sent: " + printable(path));
  }
  std::vector<std::string_view> values{request.anchor_mailbox, request.request_id, request.question, request.cookie,
                                       user_agent};
  values.insert(values.end(), request.fields.begin(), request.fields.end());
  for (std::string_view value : values) {
    if (!fits_in_a_head(value)) {
      return fail(EwsError::invalid_request, "this cannot stand in an HTTP head: " + printable(value));
    }
  }
  return {};
}

Status check_credential(const Credential& credential) {
  if (credential.scheme == Scheme::negotiate) {
    if (!credential.tickets || credential.service.empty() || has_nul(credential.service)) {
      return fail(EwsError::invalid_request, "Negotiate needs Kerberos tickets and the service's name");
    }
    return {};
  }
  if (credential.user.empty() || has_nul(credential.user)) {
    return fail(EwsError::invalid_request, "the user name is empty or holds a NUL");
  }
  if (credential.password.empty() || has_nul(credential.password.reveal())) {
    return fail(EwsError::invalid_request, "the password is empty or holds a NUL");
  }
  if (credential.scheme == Scheme::basic && credential.user.find(':') != std::string::npos) {
    return fail(EwsError::invalid_request, "Basic carries no user name with a colon");
  }
  return {};
}

Status check_proxy(const Proxy& proxy) {
  if (proxy.tls && proxy.host.empty()) {
    return fail(EwsError::invalid_request, "a proxy that is spoken to by TLS needs its name");
  }
  if (!fits_in_a_head(proxy.host) || proxy.host.find_first_of(" /@") != std::string::npos) {
    return fail(EwsError::invalid_request, "this is no name of a proxy: " + printable(proxy.host));
  }
  if (proxy.scheme == Scheme::ntlm && (proxy.tls || proxy.user.empty())) {
    return fail(EwsError::invalid_request, "NTLM to a proxy wants a user, and no TLS to the proxy itself");
  }
  if (proxy.scheme == Scheme::negotiate && (!proxy.tickets || proxy.service.empty())) {
    return fail(EwsError::invalid_request, "Negotiate needs Kerberos tickets and the proxy's service name");
  }
  if (has_nul(proxy.user) || has_nul(proxy.password.reveal())) {
    return fail(EwsError::invalid_request, "the proxy's user or password holds a NUL");
  }
  if (proxy.scheme == Scheme::basic && proxy.user.find(':') != std::string::npos) {
    return fail(EwsError::invalid_request, "Basic carries no user name with a colon");
  }
  return {};
}

}  // namespace mailward::ews
