#include "tests/api/browser.h"

#include <fstream>
#include <sstream>
#include <stdexcept>

namespace mailward::testing {

namespace {

CertificateTrust trust_of(const ServiceProcess& service) {
  std::ostringstream pem;
  pem << std::ifstream(service.state() / "tls" / "self-signed.crt").rdbuf();
  return CertificateTrust::from_pem(pem.str()).value();
}

http::ClientOptions options_for(const CertificateTrust& trust) {
  http::ClientOptions options;
  options.trust = trust;
  options.user_agent = "A browser of the tests";
  return options;
}

void must(const Ended& ended) {
  if (ended.code != 0) throw std::runtime_error(ended.err);
}

}  // namespace

nlohmann::json json_of(const http::Response& answer) {
  return nlohmann::json::parse(answer.body, nullptr, false);
}

Browser::Browser(const ServiceProcess& service)
    : url_(service.console_url()), trust_(trust_of(service)), client_(options_for(trust_)) {}

http::Response Browser::raw(http::ClientRequest request) {
  auto answer = client_.call(request, Deadline::after(std::chrono::seconds(30)));
  if (!answer) throw std::runtime_error(answer.error().describe());
  return std::move(*answer);
}

http::Response Browser::send(const std::string& method, const std::string& path, const nlohmann::json& body) {
  http::ClientRequest request{.method = method, .url = url_ + "/api/v1" + path, .headers = {}, .body = {}};
  request.headers.set("Origin", url_);
  request.headers.set("Sec-Fetch-Site", "same-origin");
  if (!cookie_.empty()) request.headers.set("Cookie", cookie_);
  if (!csrf_.empty()) request.headers.set("X-CSRF-Token", csrf_);
  if (!body.is_null()) {
    request.headers.set("Content-Type", "application/json");
    request.body = body.dump();
  }
  http::Response answer = raw(std::move(request));
  if (const std::string* set = answer.headers.find("Set-Cookie")) cookie_ = set->substr(0, set->find(';'));
  return answer;
}

http::Response Browser::sign_in(const std::string& name, const std::string& password, const std::string& code) {
  nlohmann::json body{{"name", name}, {"password", password}};
  if (!code.empty()) body["code"] = code;
  http::Response answer = send("POST", "/session", body);
  if (answer.status == 201) csrf_ = json_of(answer).at("csrf_token").get<std::string>();
  return answer;
}

void make_user(const ServiceProcess& service, const std::string& name, const std::string& role,
               const std::string& password) {
  must(service.cli({"user", "create", name, "--role", role, "--password-fd", "3"}, {.on_fd_3 = password + "\n"}));
}

std::string make_token(const ServiceProcess& service, const std::string& user, const std::string& right) {
  const Ended made = service.cli({"token", "create", user, "--description", "of a test", "--right", right});
  must(made);
  return made.out.substr(0, made.out.find('\n'));
}

}  // namespace mailward::testing
