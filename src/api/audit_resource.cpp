#include <array>
#include <limits>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/route.h"

namespace mailward::api {

namespace {

Outcome list_audit(Call& call) {
  auto after = call.query_integer("after", 0, std::numeric_limits<std::int64_t>::max(), 0);
  if (!after) return std::unexpected(std::move(after.error()));
  auto limit = call.query_integer("limit", 1, 1000, 100);
  if (!limit) return std::unexpected(std::move(limit.error()));
  MW_TRY(const auto entries, call.parts.database.read([&](db::Session& session) {
    return audit::Trail::list(session, *after, static_cast<std::size_t>(*limit));
  }));
  Json list = Json::array();
  for (const audit::Entry& entry : entries) {
    const Json details = Json::parse(entry.act.details, nullptr, false);
    list.push_back({{"number", entry.number},
                    {"at", format_timestamp(entry.at)},
                    {"actor", entry.act.actor.text()},
                    {"action", entry.act.action},
                    {"object_kind", entry.act.object_kind},
                    {"object_id", entry.act.object_id},
                    {"outcome", entry.act.outcome},
                    {"request_id", entry.act.request_id},
                    {"details", details.is_discarded() ? Json(nullptr) : details}});
  }
  return json_response(200, {{"entries", list}});
}

}  // namespace

std::span<const Route> audit_routes() {
  static constexpr std::array<std::string_view, 2> kPaging{"after", "limit"};
  static constexpr std::array kRoutes{
      Route{"GET", "/audit", Right::see_audit, Takes::nothing, list_audit, kPaging},
  };
  return kRoutes;
}

}  // namespace mailward::api
