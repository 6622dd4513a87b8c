#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "exchange_sim/known_keys.h"
#include "http/router.h"

/// What the control API's routes have in common.
namespace mailward::exchange_sim {

inline http::Response answer(int status, const nlohmann::json& body) {
  return http::Response::of(status, "application/json",
                            body.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
}

inline http::Response refuse(int status, const std::string& why) {
  return answer(status, {{"error", why}});
}

/// Runs a route with its body as JSON; none is an empty object.
template <typename F>
http::Handler with_json(F route) {
  return [route = std::move(route)](const http::Request& request, http::Connection&) -> http::Reply {
    try {
      const nlohmann::json body = request.body.empty() ? nlohmann::json::object() : nlohmann::json::parse(request.body);
      return route(request, body);
    } catch (const nlohmann::json::parse_error& error) {
      return refuse(400, "the body is no JSON: it goes wrong at byte " + std::to_string(error.byte));
    } catch (const nlohmann::json::exception&) {
      return refuse(400, "a value in the body has a wrong type: exchange_sim/README.md shows what is taken");
    }
  };
}

/// The refusal of a body that is no object with these keys; none: it is one.
inline std::optional<http::Response> refusal_of(const nlohmann::json& body, std::span<const KnownKey> keys) {
  if (!body.is_object()) return refuse(400, "the body must be a JSON object");
  const auto complaint = complaint_about(body, keys);
  return complaint ? std::optional(refuse(400, complaint->what)) : std::nullopt;
}

/// The same for a route whose body is an object of these keys, which last as long as the program.
template <typename F>
http::Handler with_json(std::span<const KnownKey> keys, F route) {
  return with_json([keys, route = std::move(route)](const http::Request& request, const nlohmann::json& body) {
    if (auto refusal = refusal_of(body, keys)) return *std::move(refusal);
    return route(request, body);
  });
}

}  // namespace mailward::exchange_sim
