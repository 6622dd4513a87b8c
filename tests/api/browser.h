#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json.hpp>

#include "base/tls.h"
#include "http/client.h"
#include "tests/app/service_process.h"

namespace mailward::testing {

/// What a browser is to the API: it keeps the session's cookie, sends the CSRF token, and trusts the service's own
/// certificate. For one thread.
class Browser {
 public:
  explicit Browser(const ServiceProcess& service);

  /// `path` is below /api/v1. Throws where no answer comes.
  http::Response send(const std::string& method, const std::string& path, const nlohmann::json& body = nullptr);
  /// As it is, to any path: no cookie, no token but what `request` holds.
  http::Response raw(http::ClientRequest request);
  /// Signs in; the answer.
  http::Response sign_in(const std::string& name, const std::string& password, const std::string& code = {});

  const std::string& url() const { return url_; }
  const std::string& cookie() const { return cookie_; }
  const std::string& csrf() const { return csrf_; }
  void set_csrf(std::string csrf) { csrf_ = std::move(csrf); }
  void set_cookie(std::string cookie) { cookie_ = std::move(cookie); }
  const CertificateTrust& trust() const { return trust_; }

 private:
  std::string url_;
  CertificateTrust trust_;
  http::Client client_;
  std::string cookie_;
  std::string csrf_;
};

/// Makes a user over the local socket, with that password.
void make_user(const ServiceProcess& service, const std::string& name, const std::string& role,
               const std::string& password);
/// An API token of that user over the local socket.
std::string make_token(const ServiceProcess& service, const std::string& user, const std::string& right);

nlohmann::json json_of(const http::Response& answer);

}  // namespace mailward::testing
