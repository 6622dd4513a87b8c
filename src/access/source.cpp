#include "access/source.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace mailward::access {

namespace {

constexpr std::size_t kAgentShown = 200;

}  // namespace

By Source::by(std::string_view request_id, audit::Actor actor) const {
  return {.actor = std::move(actor), .source = address, .token = {}, .request_id = std::string(request_id)};
}

std::string Source::details() const {
  const nlohmann::json details{{"user_agent", printable(user_agent, kAgentShown)}};
  return details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

}  // namespace mailward::access
