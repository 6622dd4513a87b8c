#include "api/api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/route.h"
#include "base/digest.h"
#include "base/log.h"

namespace mailward::api {

namespace {

constexpr std::string_view kPrefix = "/api/v1";

/// The media type alone, in lower case: "Application/JSON; charset=utf-8" is "application/json".
std::string media_type(std::string_view header) {
  std::string type(header.substr(0, header.find(';')));
  while (!type.empty() && type.back() == ' ') type.pop_back();
  std::ranges::transform(type, type.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return type;
}

Result<Body> read_body(const http::Request& request, Takes takes) {
  if (takes == Takes::nothing) {
    if (!request.body.empty()) return fail(ApiError::malformed_body, "this request takes no body");
    return Body();
  }
  if (request.body.empty() && takes == Takes::optional_object) return Body();
  if (media_type(request.headers.get("Content-Type")) != "application/json") {
    return fail(Error(ApiError::unsupported_media_type, "the body must be JSON")
                    .with_remedy("send the header Content-Type: application/json"));
  }
  auto body = Body::parse(request.body);
  // It may hold a password, which has been taken out of it. The request is the server's own object, and this is its
  // only reader.
  wipe(const_cast<std::string&>(request.body));  // NOLINT(cppcoreguidelines-pro-type-const-cast)
  return body;
}

std::optional<Failure> check_query(const http::Request& request, std::span<const std::string_view> known) {
  const std::vector<std::string> names(known.begin(), known.end());
  for (const auto& [name, value] : request.query) {
    if (std::ranges::find(names, name) != names.end()) continue;
    const std::string meant = nearest_name(name, names);
    std::string detail = "there is no such query parameter here";
    if (!meant.empty()) detail.append("; did you mean \"").append(meant).append("\"?");
    const std::string shown = printable(name, 60);
    return Failure(Error(ApiError::invalid_request, shown + ": " + detail), {{shown, detail}});
  }
  return std::nullopt;
}

Outcome carry_out(const Parts& parts, const Doorkeeper& doorkeeper, const Route& route, const http::Request& request,
                  http::Connection& connection, const std::string& request_id) {
  MW_TRY(const Caller caller, doorkeeper.admit(connection));
  if (!caller.may(route.right)) {
    return fail(ApiError::forbidden, "this needs the right " + std::string(name_of(route.right)));
  }
  if (auto failure = check_query(request, route.query)) return std::unexpected(std::move(*failure));
  MW_TRY(Body body, read_body(request, route.takes));
  Call call{parts, request, connection, {caller.actor, request_id}, std::move(body)};
  return route.handler(call);
}

http::Headers& headers_of(http::Reply& reply) {
  return std::visit([](auto& answer) -> http::Headers& { return answer.headers; }, reply);
}

int status_of(const http::Reply& reply) {
  if (const auto* response = std::get_if<http::Response>(&reply)) return response->status;
  if (const auto* streamed = std::get_if<http::StreamedResponse>(&reply)) return streamed->status;
  return 200;
}

void log_request(const http::Request& request, const http::Connection& connection, const Route& route,
                 const std::string& request_id, int status, Duration took) {
  const std::string caller =
      connection.credentials ? audit::Actor::local(connection.credentials->uid).text() : std::string("unknown");
  log::write(status >= 500 ? log::Level::error : log::Level::info, "request",
             {{"id", request_id},
              {"method", request.method},
              {"route", std::string(kPrefix) + std::string(route.pattern)},
              {"status", std::to_string(status)},
              {"ms", std::to_string(took.count() / 1000)},
              {"caller", caller}});
}

http::Response page_of(int status, std::string_view explanation) {
  const ApiError code = status == 404   ? ApiError::no_such_resource
                        : status == 405 ? ApiError::method_not_allowed
                        : status == 413 ? ApiError::too_large
                        : status == 503 ? ApiError::overloaded
                        : status >= 500 ? ApiError::internal
                                        : ApiError::invalid_request;
  http::Response response = problem_response(Error(code, std::string(explanation)), random_uuid());
  response.status = status;
  return response;
}

}  // namespace

http::Response problem_response(const Failure& failure, std::string_view request_id) {
  const Error& error = failure.error;
  const int status = http_status_of(error);
  const std::string code = std::string(error.subject()) + "." + std::string(error.name());
  Json json{{"type", "about:blank"},
            {"title", http::reason_phrase(status)},
            {"status", status},
            {"detail", error.describe()},
            {"code", code},
            {"remedy", error.remedy()},
            {"request_id", request_id}};
  if (!failure.problems.empty()) {
    Json& errors = json["errors"] = Json::array();
    for (const MemberProblem& problem : failure.problems) {
      errors.push_back({{"field", problem.field}, {"detail", problem.detail}});
    }
  }
  http::Response response = http::Response::of(status, "application/problem+json", text_of(json));
  response.headers.set("X-Request-Id", std::string(request_id));
  return response;
}

std::expected<std::int64_t, Failure> Call::query_integer(std::string_view name, std::int64_t least, std::int64_t most,
                                                         std::int64_t otherwise) const {
  const auto text = request.query_value(name);
  if (!text) return otherwise;
  std::int64_t value = 0;
  const auto [end, code] = std::from_chars(text->data(), text->data() + text->size(), value);
  if (code == std::errc() && end == text->data() + text->size() && value >= least && value <= most) return value;
  const std::string detail =
      "a whole number from " + std::to_string(least) + " to " + std::to_string(most) + " is expected";
  return std::unexpected(
      Failure(Error(ApiError::invalid_request, std::string(name) + ": " + detail), {{std::string(name), detail}}));
}

std::string Call::query_text(std::string_view name) const {
  return std::string(request.query_value(name).value_or(""));
}

std::shared_ptr<const http::Router> make_router(Parts parts) {
  struct Shared {
    Parts parts;
    Doorkeeper doorkeeper;
  };
  const Doorkeeper doorkeeper(parts.socket_group);
  const auto shared = std::make_shared<const Shared>(Shared{std::move(parts), doorkeeper});
  auto router = std::make_shared<http::Router>();
  for (const auto& table : {status_routes(), connection_routes(), connection_test_routes(), account_routes(),
                            directory_routes(), run_routes(), audit_routes(), key_routes()}) {
    for (const Route& route : table) {
      const auto handler = [shared, &route](const http::Request& request, http::Connection& connection) -> http::Reply {
        const std::string request_id = random_uuid();
        const MonotonicTime began = shared->parts.clock.monotonic();
        Outcome outcome = carry_out(shared->parts, shared->doorkeeper, route, request, connection, request_id);
        if (!outcome && http_status_of(outcome.error().error) >= 500) {
          log::failure("request failed id=" + request_id, outcome.error().error);
        }
        http::Reply reply = outcome ? std::move(*outcome) : problem_response(outcome.error(), request_id);
        headers_of(reply).set("X-Request-Id", request_id);
        headers_of(reply).set("Cache-Control", "no-store");
        const auto took = std::chrono::duration_cast<Duration>(shared->parts.clock.monotonic() - began);
        log_request(request, connection, route, request_id, status_of(reply), took);
        return reply;
      };
      router->add(std::string(route.method), std::string(kPrefix) + std::string(route.pattern), handler,
                  {.body_limit = Body::kMaxBytes});
    }
  }
  router->set_error_page(page_of);
  return router;
}

}  // namespace mailward::api
