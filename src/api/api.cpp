#include "api/api.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <nlohmann/json.hpp>

#include "api/admission.h"
#include "api/console_pages.h"
#include "api/json.h"
#include "api/route.h"
#include "base/digest.h"
#include "base/log.h"

namespace mailward::api {

namespace {

/// For what needs no sign-in: names, passwords, tokens.
constexpr std::size_t kStrangersBodyLimit = 16UL * 1024;

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
    if (std::ranges::find(names, name) != names.end()) {
      if (is_utf8(value)) continue;
      return Failure(Error(ApiError::invalid_request, name + ": it is not UTF-8"), {{name, "it is not UTF-8"}});
    }
    const std::string meant = nearest_name(name, names);
    std::string detail = "there is no such query parameter here";
    if (!meant.empty()) detail.append("; did you mean \"").append(meant).append("\"?");
    const std::string shown = printable(name, 60);
    return Failure(Error(ApiError::invalid_request, shown + ": " + detail), {{shown, detail}});
  }
  return std::nullopt;
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool hyphen = i == 8 || i == 13 || i == 18 || i == 23;
    const bool digit = (text[i] >= '0' && text[i] <= '9') || (text[i] >= 'a' && text[i] <= 'f');
    if (hyphen ? text[i] != '-' : !digit) return false;
  }
  return true;
}

/// The caller's own, where it is one, so that one id leads from the browser to Exchange's log.
std::string request_id_of(const http::Request& request) {
  const std::string_view given = request.headers.get("X-Request-Id");
  return is_uuid(given) ? std::string(given) : random_uuid();
}

/// Everything that routes share; lives as long as the router.
struct Shared {
  Shared(Parts with, const Doorkeeper& doorkeeper)
      : parts(std::move(with)), admission(parts, doorkeeper, SiteGuard(parts.site_names)) {}
  const Parts parts;
  const Admission admission;
  mutable ViewLog views{parts.clock};
};

Outcome carry_out(const std::shared_ptr<const Shared>& shared, const Route& route, const http::Request& request,
                  http::Connection& connection, const std::string& request_id, std::string& who) {
  MW_TRY(const Caller caller, shared->admission.admit(route, request, connection, request_id));
  if (caller.kind != Caller::Kind::anonymous) who = caller.actor.text();
  if (auto failure = check_query(request, route.query)) return std::unexpected(std::move(*failure));
  MW_TRY(Body body, read_body(request, route.takes));
  const auto still_admitted = [shared, &route, caller] { return shared->admission.still(route, caller); };
  Call call{shared->parts, shared->views,         request,         connection,
            caller,        caller.by(request_id), std::move(body), still_admitted};
  Outcome outcome = route.handler(call);
  if (!outcome) shared->admission.note_refusal(route, caller, request, outcome.error().error, request_id);
  return outcome;
}

http::Headers& headers_of(http::Reply& reply) {
  return std::visit([](auto& answer) -> http::Headers& { return answer.headers; }, reply);
}

int status_of(const http::Reply& reply) {
  if (const auto* response = std::get_if<http::Response>(&reply)) return response->status;
  if (const auto* streamed = std::get_if<http::StreamedResponse>(&reply)) return streamed->status;
  return 200;
}

void log_request(const http::Request& request, std::string_view route, const std::string& request_id, int status,
                 Duration took, const std::string& who) {
  log::write(status >= 500 ? log::Level::error : log::Level::info, "request",
             {{"id", request_id},
              {"method", request.method},
              {"route", std::string(route)},
              {"status", std::to_string(status)},
              {"ms", std::to_string(took.count() / 1000)},
              {"caller", who}});
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

/// What is wrong with each member: as it was found here; of a form that a room refuses ("proxy_url: …") the first.
std::vector<MemberProblem> problems_of(const Failure& failure) {
  if (!failure.problems.empty() || failure.error.name() != "invalid_form") return failure.problems;
  const std::string_view text = failure.error.message();
  const auto end = text.find_first_not_of("abcdefghijklmnopqrstuvwxyz_");
  if (end == 0 || end == std::string_view::npos || !text.substr(end).starts_with(": ")) return {};
  return {{std::string(text.substr(0, end)), std::string(text.substr(end + 2))}};
}

}  // namespace

http::Response problem_response(const Failure& failure, std::string_view request_id, Tell tell) {
  const Error& error = failure.error;
  const int status = http_status_of(error);
  const bool plain = tell == Tell::strangers && status >= 500;
  const std::string code = std::string(error.subject()) + "." + std::string(error.name());
  Json json{{"type", "about:blank"},
            {"title", http::reason_phrase(status)},
            {"status", status},
            {"detail", plain ? "Mailward could not do this now; its log says why" : error.describe()},
            {"code", code},
            {"remedy", plain ? "" : error.remedy()},
            {"request_id", request_id}};
  if (const auto problems = problems_of(failure); !problems.empty()) {
    Json& errors = json["errors"] = Json::array();
    for (const MemberProblem& problem : problems) {
      errors.push_back({{"field", problem.field}, {"detail", problem.detail}});
    }
  }
  http::Response response = http::Response::of(status, "application/problem+json", text_of(json));
  response.headers.set("X-Request-Id", std::string(request_id));
  if (failure.retry_after.count() > 0) response.headers.set("Retry-After", std::to_string(failure.retry_after.count()));
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

std::vector<const Route*> all_routes() {
  std::vector<const Route*> all;
  for (const auto& table : {status_routes(),      connection_routes(), connection_test_routes(),
                            preparation_routes(), account_routes(),    rotation_routes(),
                            schedule_routes(),    measure_routes(),    directory_routes(),
                            run_routes(),         event_routes(),      audit_routes(),
                            key_routes(),         secret_routes(),     renewal_routes(),
                            session_routes(),     profile_routes(),    user_routes(),
                            invitation_routes(),  token_routes(),      notice_channel_routes(),
                            notice_routes(),      document_routes()}) {
    for (const Route& route : table) all.push_back(&route);
  }
  return all;
}

std::shared_ptr<const http::Router> make_router(Parts parts) {
  const Doorkeeper doorkeeper(parts.access, parts.socket_group);
  const auto shared = std::make_shared<const Shared>(std::move(parts), doorkeeper);
  auto router = std::make_shared<http::Router>();
  for (const Route* const route : all_routes()) {
    const std::string pattern = std::string(kApiPrefix) + std::string(route->pattern);
    const auto handler = [shared, route, pattern](const http::Request& request,
                                                  http::Connection& connection) -> http::Reply {
      const std::string request_id = request_id_of(request);
      const MonotonicTime began = shared->parts.clock.monotonic();
      std::string who;
      Outcome outcome = carry_out(shared, *route, request, connection, request_id, who);
      if (!outcome && http_status_of(outcome.error().error) >= 500) {
        log::failure("request failed id=" + request_id, outcome.error().error);
      }
      http::Reply reply =
          outcome ? std::move(*outcome)
                  : problem_response(outcome.error(), request_id, who.empty() ? Tell::strangers : Tell::everything);
      http::Headers& headers = headers_of(reply);
      headers.set("X-Request-Id", request_id);
      headers.set("Cache-Control", "no-store");
      if (!connection.credentials) harden(headers);
      const auto took = std::chrono::duration_cast<Duration>(shared->parts.clock.monotonic() - began);
      log_request(request, pattern, request_id, status_of(reply), took, who.empty() ? "nobody" : who);
      return reply;
    };
    const bool for_strangers = std::holds_alternative<Anybody>(route->needs);
    router->add(std::string(route->method), pattern, handler,
                {.body_limit = for_strangers ? kStrangersBodyLimit : Body::kMaxBytes});
  }
  const auto page = [shared](const http::Request& request, http::Connection& connection) -> http::Reply {
    const bool of_api = request.path == "/api" || request.path.starts_with("/api/") || connection.credentials;
    const bool reads = request.method == "GET" || request.method == "HEAD";
    http::Response answer = of_api || !reads ? page_of(404, "there is nothing at this path") : console_page(request);
    if (const auto known = shared->admission.admit_page(request, connection); !connection.credentials && !known) {
      answer = problem_response(known.error(), random_uuid());
    }
    if (!connection.credentials) harden(answer.headers);
    return answer;
  };
  router->set_fallback(page, {.body_limit = 0});
  router->set_error_page(page_of);
  return router;
}

}  // namespace mailward::api
