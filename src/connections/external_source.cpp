#include "connections/external_source.h"

#include <filesystem>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/tls.h"
#include "connections/external_command.h"
#include "connections/form.h"
#include "connections/text.h"
#include "http/client.h"

namespace mailward::connections {
namespace {

constexpr std::size_t kMostWords = 64;
constexpr std::size_t kLongestWord = 1000;
constexpr std::size_t kLongestPassword = 1024;

std::unexpected<Error> unfit(const std::string& what, const std::string& remedy) {
  return fail(Error(ConnectionsError::external_source, what).with_remedy(remedy));
}

/// Scheme, host and port of a URL that was checked.
struct Target {
  bool tls = true;
  std::string host;
  std::uint16_t port = 0;
};
std::optional<Target> target_of(std::string_view url) {
  Target target;
  for (const char letter : url) {
    if (static_cast<unsigned char>(letter) <= 0x20 || letter == 0x7f) return std::nullopt;
  }
  if (url.starts_with("https://")) {
    url.remove_prefix(8);
    target.port = 443;
  } else if (url.starts_with("http://")) {
    url.remove_prefix(7);
    target.tls = false;
    target.port = 80;
  } else {
    return std::nullopt;
  }
  std::string_view authority = url.substr(0, url.find_first_of("/?#"));
  if (authority.empty() || authority.find('@') != std::string_view::npos) return std::nullopt;
  const auto colon = authority.rfind(':');
  if (colon != std::string_view::npos && authority.back() != ']') {
    std::uint32_t port = 0;
    for (const char digit : authority.substr(colon + 1)) {
      if (digit < '0' || digit > '9') return std::nullopt;
      port = port * 10 + static_cast<std::uint32_t>(digit - '0');
      if (port > 65535) return std::nullopt;
    }
    if (port == 0) return std::nullopt;
    target.port = static_cast<std::uint16_t>(port);
    authority = authority.substr(0, colon);
  }
  target.host = std::string(authority);
  return target;
}

bool is_loopback(const IpAddress& ip) {
  constexpr std::uint8_t kLoopbackNetwork = 127;
  return ip.is_v4() ? ip.raw()[0] == kLoopbackNetwork : ip.text() == "::1";
}

/// "https://vault.example.test:8200/…"
std::string origin_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return "…";
  const auto end = url.find_first_of("/?#", scheme + 3);
  const bool is_all = end == std::string_view::npos || url.substr(end) == "/";
  return printable(url.substr(0, end), 200) + (is_all ? "" : "/…");
}

/// A password on its way: without the line end that a program's output has.
Result<SecretString> fit(std::string_view text) {
  if (text.ends_with('\n')) text.remove_suffix(1);
  if (text.ends_with('\r')) text.remove_suffix(1);
  const std::string remedy = "let it hand over the password alone, on one line";
  if (text.empty()) return unfit("nothing was handed over", remedy);
  if (text.size() > kLongestPassword) return unfit("what was handed over is longer than any password", remedy);
  for (const char letter : text) {
    if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) {
      return unfit("what was handed over has control characters in it", remedy);
    }
  }
  if (!to_utf16le(text)) return unfit("what was handed over is not UTF-8", remedy);
  return SecretString(text);
}

/// What was handed over, as text or as a JSON object with a member "password"; it is wiped. No password is a whole JSON
/// object, so that none is ever tried as one.
Result<SecretString> password_in(std::string& handed, bool must_be_json) {
  auto json = nlohmann::json::parse(handed, nullptr, false);
  if (!json.is_object() && !must_be_json) {
    auto password = fit(handed);
    wipe(handed);
    return password;
  }
  wipe(handed);
  if (!json.is_object() || !json.contains("password") || !json["password"].is_string()) {
    return unfit("what was handed over is JSON without a member \"password\"",
                 "let it hand over the password alone, or {\"password\": \"…\"}");
  }
  auto& member = json["password"].get_ref<std::string&>();
  auto password = fit(member);
  wipe(member);
  return password;
}

Result<SecretString> ask_url(const ExternalAsk& ask, const std::stop_token& stop) {
  const ExternalSourceForm& form = ask.source.form;
  const auto target = target_of(form.url);
  if (!target) return unfit("the address " + origin_of(form.url) + " is none", "mailward account source --url");
  const Deadline deadline = Deadline::after(ask.within);
  MW_TRY(const auto addresses, ask.resolver.resolve(target->host, deadline));
  http::ClientOptions options;
  options.answer_limit = kMostExternalBytes;
  for (const IpAddress& one : addresses) {
    const SocketAddress address{.ip = one, .port = target->port};
    MW_CHECK(ask.destinations.check(address));
    if (!options.address) options.address = address;
  }
  if (!target->tls && !is_loopback(options.address->ip)) {
    return unfit("a password is never fetched over plain HTTP from another machine", "use https://");
  }
  if (!form.trust_pem.empty()) {
    MW_TRY(options.trust, CertificateTrust::from_pem(form.trust_pem));
  }
  http::ClientRequest request{.url = form.url};
  request.headers.set("Accept", "application/json, text/plain");
  if (!ask.token.empty()) request.headers.set("Authorization", "Bearer " + std::string(ask.token.reveal()));
  http::Client client(std::move(options));
  auto answer = client.call(request, deadline, stop);
  if (!answer) {
    return fail(Error(ConnectionsError::external_source, "the address " + origin_of(form.url) + " cannot be asked")
                    .with_remedy(answer.error().remedy())
                    .caused_by(answer.error()));
  }
  if (answer->status != 200) {
    wipe(answer->body);
    return unfit("the address " + origin_of(form.url) + " answered with status " + std::to_string(answer->status),
                 answer->status == 401 || answer->status == 403 ? "give it a token that is allowed to read it"
                                                                : "see to what the address answers");
  }
  std::string type = lower_case(answer->headers.get("Content-Type"));
  type = trimmed_text(type.substr(0, type.find(';')));
  const bool is_json = type == "application/json" || type.ends_with("+json");
  if (!is_json && !type.empty() && type != "text/plain") {
    wipe(answer->body);
    return unfit(
        "the address " + origin_of(form.url) + " answered with " + printable(type, 60) + ", which is no password",
        "see to what the address answers: text/plain or application/json");
  }
  return password_in(answer->body, is_json);
}

}  // namespace

ExternalSourceForm without_secrets(const ExternalSourceForm& form) {
  ExternalSourceForm told = form;
  if (told.command.size() > 1) told.command = {told.command.front(), "…"};
  if (!told.url.empty()) told.url = origin_of(told.url);
  return told;
}

Status check_external(const ExternalSourceForm& form) {
  std::vector<FieldProblem> problems;
  if (form.command.empty() == form.url.empty()) {
    problems.push_back({"command", "name a program or an address, one of the two"});
  }
  if (!form.command.empty()) {
    if (!std::filesystem::path(form.command.front()).is_absolute()) {
      problems.push_back({"command", "the program is named by its absolute path"});
    }
    if (form.command.size() > kMostWords) problems.push_back({"command", "at most 64 words"});
    for (const std::string& word : form.command) {
      if (word.size() > kLongestWord || word.find('\0') != std::string::npos) {
        problems.push_back({"command", "a word of it is too long, or has a NUL in it"});
        break;
      }
    }
  }
  if (!form.url.empty()) {
    const auto target = target_of(form.url);
    if (!target || form.url.size() > kLongestWord) {
      problems.push_back({"url", "an address that begins with https://, without a user name in it"});
    }
    if (!form.trust_pem.empty() && !CertificateTrust::from_pem(form.trust_pem)) {
      problems.push_back({"trust_pem", "no certificates in PEM"});
    }
  }
  return problems.empty() ? Status() : Status(fail(form_error(problems)));
}

Result<SecretString> fetch_external(const ExternalAsk& ask, const std::stop_token& stop) {
  if (!ask.source.form.url.empty()) return ask_url(ask, stop);
  const std::vector<std::string> environment{"PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                                             "MAILWARD_ACCOUNT=" + ask.account_name};
  MW_TRY(const SecretString output,
         output_of(ask.source.form.command, environment, kMostExternalBytes, Deadline::after(ask.within), stop));
  std::string handed(output.reveal());
  return password_in(handed, false);
}

}  // namespace mailward::connections
