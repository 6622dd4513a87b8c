#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

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

/// Runs a route with its body as JSON; what nlohmann throws about a wrong type is the caller's mistake.
template <typename F>
http::Handler with_json(F route) {
  return [route = std::move(route)](const http::Request& request, http::Connection&) -> http::Reply {
    try {
      const nlohmann::json body = request.body.empty() ? nlohmann::json::object() : nlohmann::json::parse(request.body);
      return route(request, body);
    } catch (const nlohmann::json::exception& error) {
      return refuse(400, error.what());
    }
  };
}

}  // namespace mailward::exchange_sim
