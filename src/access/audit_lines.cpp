#include "access/audit_lines.h"

#include <nlohmann/json.hpp>

namespace mailward::access::audit_lines {

nlohmann::json of(const User& user) {
  return {
      {"name", user.name},           {"display_name", user.display_name},
      {"roles", user.roles.names()}, {"reads_content", user.reads_content},
      {"enabled", user.enabled},
  };
}

nlohmann::json change(const nlohmann::json& before, const nlohmann::json& after) {
  nlohmann::json differing = {{"before", nlohmann::json::object()}, {"after", nlohmann::json::object()}};
  for (const auto& [field, value] : after.items()) {
    const auto old = before.find(field);
    if (old != before.end() && *old == value) continue;
    if (old != before.end()) differing["before"][field] = *old;
    differing["after"][field] = value;
  }
  return differing;
}

Status append(db::Transaction& tx, const audit::Trail& trail, const By& by, const Line& line) {
  MW_CHECK(trail.append(tx, {.by = by,
                             .action = std::string(line.action),
                             .object_kind = std::string(line.kind),
                             .object_id = line.id,
                             .outcome = std::string(line.outcome),
                             .details = line.details.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace)}));
  return {};
}

By by_itself() {
  return {.actor = audit::Actor::system("access"), .source = {}, .token = {}, .request_id = {}};
}

}  // namespace mailward::access::audit_lines
