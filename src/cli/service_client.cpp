#include "cli/service_client.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "http/request.h"

namespace mailward::cli {

namespace {

constexpr const char* kStartIt =
    "start the service (mailward serve --state-dir DIR, or --config FILE), or name its socket with --socket PATH or "
    "MAILWARD_SOCKET";
constexpr const char* kDenied = "it is for root, the service's user and its socket_group: run this as one of them";

http::ClientOptions options_for(const ServicePlace& place) {
  http::ClientOptions options;
  if (place.server.empty()) {
    options.unix_socket = place.socket;
  } else {
    options.trust = place.trust;
  }
  options.user_agent = "mailward-cli";
  return options;
}

std::string member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

/// What a person wrote to fill in that member: "--ews-url" for "ews_url", "--front-end" for "front_ends[1]".
std::string option_of(std::string_view field) {
  constexpr std::array<std::pair<std::string_view, std::string_view>, 21> kOptions{{
      {"description", "--description"},
      {"ews_url", "--ews-url"},
      {"master_mailbox", "--master-mailbox"},
      {"authentication", "--authentication"},
      {"trust_pem", "--trust-file"},
      {"mailbox_check", "--mailbox-check"},
      {"refused_mailbox", "--refused-mailbox"},
      {"front_ends", "--front-end"},
      {"products", "--product"},
      {"concurrency", "--concurrency"},
      {"user_agent", "--user-agent"},
      {"heartbeat_seconds", "--heartbeat"},
      {"autodiscover", "--autodiscover"},
      {"proxy_url", "--proxy-url"},
      {"proxy_sign_in", "--proxy-sign-in"},
      {"proxy_user", "--proxy-user"},
      {"proxy_trust_pem", "--proxy-trust-file"},
      {"proxy_password", "--ask-proxy-password"},
      {"confirmed", "--confirm"},
      {"directory", "--directory"},
      {"try_again", "--try-again"},
  }};
  const std::string_view whole = field.substr(0, field.find('['));
  const auto found = std::ranges::find(kOptions, whole, &std::pair<std::string_view, std::string_view>::first);
  return std::string(found == kOptions.end() ? field : found->second);
}

}  // namespace

std::string_view error_subject(ClientError) {
  return "cli";
}

std::string_view error_name(ClientError code) {
  switch (code) {
    case ClientError::unreachable:
      return "unreachable";
    case ClientError::broken:
      return "broken";
    case ClientError::refused:
      return "refused";
  }
  std::unreachable();
}

std::string segment(std::string_view text) {
  return http::percent_encode(text);
}

ServiceClient::ServiceClient(ServicePlace place, std::chrono::milliseconds patience)
    : place_(std::move(place)), patience_(patience), http_(options_for(place_)) {}

http::ClientRequest ServiceClient::request_for(std::string_view method, const std::string& path) const {
  const std::string base = place_.server.empty() ? "http://mailward" : place_.server;
  http::ClientRequest request{.method = std::string(method), .url = base + "/api/v1" + path, .headers = {}, .body = {}};
  if (!place_.token.empty()) request.headers.set("Authorization", "Bearer " + std::string(place_.token.reveal()));
  return request;
}

Result<std::string> ServiceClient::fetch(const std::string& path) {
  const auto answer = http_.call(request_for("GET", path), Deadline::after(patience_));
  if (!answer) return no_contact(answer.error());
  if (answer->status >= 400) return refusal(*answer);
  return answer->body;
}

Result<Json> ServiceClient::call(std::string_view method, const std::string& path) {
  return send(method, path, {});
}

Result<Json> ServiceClient::call(std::string_view method, const std::string& path, const Json& body) {
  return send(method, path, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<Json> ServiceClient::call(std::string_view method, const std::string& path, const Json& body,
                                 std::string_view name, const SecretString* secret) {
  return call(method, path, body, {{name, secret}});
}

Result<Json> ServiceClient::call(std::string_view method, const std::string& path, const Json& body,
                                 NamedSecrets secrets) {
  std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  bool any = !body.empty();
  for (const auto& [name, secret] : secrets) {
    if (secret == nullptr) continue;
    std::string quoted = Json(std::string(secret->reveal())).dump(-1, ' ', false, Json::error_handler_t::replace);
    std::string longer;
    longer.reserve(text.size() + name.size() + quoted.size() + 8);
    longer.append(text, 0, text.size() - 1)
        .append(any ? ",\"" : "\"")
        .append(name)
        .append("\":")
        .append(quoted)
        .append("}");
    any = true;
    wipe(quoted);
    wipe(text);
    text = std::move(longer);
  }
  return send(method, path, std::move(text));
}

Result<Json> ServiceClient::send(std::string_view method, const std::string& path, std::string body) {
  http::ClientRequest request = request_for(method, path);
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  const auto answer = http_.call(request, Deadline::after(patience_));
  wipe(request.body);
  if (!answer) return no_contact(answer.error());
  if (answer->status >= 400) return refusal(*answer);
  if (answer->body.empty()) return Json(nullptr);
  Json json = Json::parse(answer->body, nullptr, false);
  if (json.is_discarded()) return fail(ClientError::broken, "the service's answer is not JSON");
  return json;
}

std::unexpected<Error> ServiceClient::no_contact(const Error& error) const {
  if (place_.server.empty()) return no_contact_by_socket(error);
  Error why(ClientError::unreachable, "the service at " + place_.server + " cannot be reached");
  if (error.is(http::HttpClientError::tls)) {
    why = std::move(why).with_remedy(
        "if its certificate vouches for itself, take STATE_DIR/tls/self-signed.crt from the server by a way that you "
        "trust and name it with --server-ca");
  }
  return fail(std::move(why).caused_by(error));
}

std::unexpected<Error> ServiceClient::no_contact_by_socket(const Error& error) const {
  const auto say = [](std::string what, const char* remedy) {
    return fail(Error(ClientError::unreachable, std::move(what)).with_remedy(remedy));
  };
  const std::string at = place_.socket.string();
  if (error.is(http::HttpClientError::timed_out)) {
    return say("the service at " + at + " does not answer within " + std::to_string(patience_.count()) + " ms",
               "look into its log, and restart it if it hangs");
  }
  struct stat status{};
  if (::stat(place_.socket.c_str(), &status) != 0) {
    if (errno == ENOENT || errno == ENOTDIR) return say("there is no socket at " + at, kStartIt);
    return say("the socket " + at + " cannot be looked at: " + std::strerror(errno), kDenied);
  }
  if (!S_ISSOCK(status.st_mode)) return say(at + " is no socket", "name the service's socket: --socket PATH");
  if (::access(place_.socket.c_str(), R_OK | W_OK) != 0) return say("this user may not use the socket " + at, kDenied);
  if (error.is(http::HttpClientError::connect)) {
    return say("nobody listens on the socket " + at + ": the service that made it has ended", kStartIt);
  }
  return fail(
      Error(ClientError::unreachable, "the service does not answer on " + at).with_remedy(kStartIt).caused_by(error));
}

std::unexpected<Error> ServiceClient::refusal(const http::Response& answer) {
  const Json json = Json::parse(answer.body, nullptr, false);
  if (json.is_discarded() || !json.is_object()) {
    return fail(ClientError::broken, "the service answered " + std::to_string(answer.status) + " without saying why");
  }
  problem_ = {.status = answer.status,
              .code = member(json, "code"),
              .detail = member(json, "detail"),
              .remedy = member(json, "remedy"),
              .fields = {},
              .text = answer.body};
  std::string message;
  if (const auto errors = json.find("errors"); errors != json.end() && errors->is_array()) {
    for (const Json& one : *errors) {
      if (!one.is_object()) continue;
      problem_.fields.emplace_back(member(one, "field"), member(one, "detail"));
      const auto& [field, detail] = problem_.fields.back();
      message += (message.empty() ? "" : "\n") + option_of(field) + ": " + detail;
    }
  }
  if (message.empty()) message = problem_.detail.empty() ? problem_.code : problem_.detail;
  return fail(Error(ClientError::refused, message).with_remedy(problem_.remedy));
}

Status ServiceClient::follow(const std::string& run, const std::function<void(const Json&)>& on_event,
                             Deadline deadline, const std::stop_token& stop) {
  std::string seen;
  bool ended = false;
  while (!ended) {
    http::ClientRequest request = request_for("GET", "/runs/" + segment(run) + "/events");
    if (!seen.empty()) request.headers.set("Last-Event-ID", seen);
    http::Response other;
    const auto take = [&](const http::StreamEvent& event) {
      seen = event.id;
      const Json json = Json::parse(event.data, nullptr, false);
      if (json.is_discarded() || !json.is_object()) return true;
      on_event(json);
      const std::string state = member(json, "state");
      ended = state != "queued" && state != "running";
      return !ended;
    };
    const auto read = http_.stream(request, take, deadline, stop, &other);
    if (read || ended) continue;
    if (read.error().is(http::HttpClientError::not_a_stream)) return refusal(other);
    if (read.error().is(http::HttpClientError::cancelled)) return fail(BaseError::cancelled, "interrupted");
    if (read.error().is(http::HttpClientError::timed_out)) break;
    if (!read.error().is(http::HttpClientError::interrupted)) return no_contact(read.error());
    if (deadline.expired()) break;
  }
  if (ended) return {};
  return fail(Error(BaseError::timed_out, "the run " + run + " did not end in time")
                  .with_remedy("it goes on: mailward run show " + run));
}

}  // namespace mailward::cli
