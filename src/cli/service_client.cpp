#include "cli/service_client.h"

#include <utility>

#include <unistd.h>

#include <nlohmann/json.hpp>

#include "http/request.h"

namespace mailward::cli {

namespace {

constexpr std::string_view kBase = "http://mailward/api/v1";
constexpr std::chrono::seconds kCallTime{30};

http::ClientOptions options_for(const std::filesystem::path& socket) {
  http::ClientOptions options;
  options.unix_socket = socket;
  options.user_agent = "mailward-cli";
  return options;
}

std::string member(const Json& json, const char* name) {
  const auto found = json.find(name);
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
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

ServiceClient::ServiceClient(std::filesystem::path socket) : socket_(std::move(socket)), http_(options_for(socket_)) {}

Result<Json> ServiceClient::call(std::string_view method, const std::string& path) {
  return send(method, path, {});
}

Result<Json> ServiceClient::call(std::string_view method, const std::string& path, const Json& body) {
  return send(method, path, body.dump(-1, ' ', false, Json::error_handler_t::replace));
}

Result<Json> ServiceClient::call(std::string_view method, const std::string& path, const Json& body,
                                 std::string_view name, const SecretString* secret) {
  if (secret == nullptr) return call(method, path, body);
  std::string quoted = Json(std::string(secret->reveal())).dump(-1, ' ', false, Json::error_handler_t::replace);
  std::string text = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  text.pop_back();
  text.reserve(text.size() + name.size() + quoted.size() + 8);
  text.append(body.empty() ? "\"" : ",\"").append(name).append("\":").append(quoted).append("}");
  wipe(quoted);
  return send(method, path, std::move(text));
}

Result<Json> ServiceClient::send(std::string_view method, const std::string& path, std::string body) {
  http::ClientRequest request{
      .method = std::string(method), .url = std::string(kBase) + path, .headers = {}, .body = {}};
  if (!body.empty()) request.headers.set("Content-Type", "application/json");
  request.body = std::move(body);
  const auto answer = http_.call(request, Deadline::after(kCallTime));
  wipe(request.body);
  if (!answer) return no_contact(answer.error());
  if (answer->status >= 400) return refusal(*answer);
  if (answer->body.empty()) return Json(nullptr);
  Json json = Json::parse(answer->body, nullptr, false);
  if (json.is_discarded()) return fail(ClientError::broken, "the service's answer is not JSON");
  return json;
}

std::unexpected<Error> ServiceClient::no_contact(const Error& error) const {
  const bool denied = access(socket_.c_str(), F_OK) == 0 && access(socket_.c_str(), R_OK | W_OK) != 0;
  return fail(Error(ClientError::unreachable, "the service does not answer on " + socket_.string())
                  .with_remedy(denied
                                   ? "this user may not use the socket: it is for root, the service's user and its "
                                     "socket_group"
                                   : "start it (mailward serve), or name its socket with --socket or MAILWARD_SOCKET")
                  .caused_by(error));
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
              .text = answer.body};
  return fail(Error(ClientError::refused, problem_.detail.empty() ? problem_.code : problem_.detail)
                  .with_remedy(problem_.remedy));
}

Status ServiceClient::follow(const std::string& run, const std::function<void(const Json&)>& on_event,
                             Deadline deadline) {
  std::string seen;
  bool ended = false;
  while (!ended) {
    http::ClientRequest request{
        .method = "GET", .url = std::string(kBase) + "/runs/" + segment(run) + "/events", .headers = {}, .body = {}};
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
    const auto read = http_.stream(request, take, deadline, {}, &other);
    if (read || ended) continue;
    if (read.error().is(http::HttpClientError::not_a_stream)) return refusal(other);
    if (!read.error().is(http::HttpClientError::interrupted)) return no_contact(read.error());
    if (deadline.expired()) return fail(BaseError::timed_out, "the run did not end in time");
  }
  return {};
}

}  // namespace mailward::cli
