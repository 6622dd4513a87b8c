#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <string>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/route.h"
#include "api/watch.h"
#include "base/log.h"
#include "work/events.h"

namespace mailward::api {

namespace {

using connections::ServerConnection;

/// Events read at once; where more have passed, everything is told anew.
constexpr std::size_t kMostEvents = 1000;

/// What has changed since an event: these connections, or (by an account or a directory) any of them.
struct Changes {
  std::int64_t seq = 0;
  bool everything = false;
  std::set<std::string> connections;
};

Result<Changes> changes_since(db::Database& database, std::optional<std::int64_t> seen) {
  return database.read([&](db::Session& session) -> Result<Changes> {
    Changes changes;
    MW_TRY(changes.seq, work::events::last_number(session));
    if (!seen || *seen > changes.seq) {
      changes.everything = true;
      return changes;
    }
    MW_TRY(const auto events, work::events::list_after(session, *seen, kMostEvents));
    // Old events are dropped: a gap says that some were not seen.
    changes.everything =
        events.size() == kMostEvents || (events.empty() ? changes.seq > *seen : events.front().number != *seen + 1);
    for (const work::Event& event : events) {
      if (event.kind.starts_with("connection.")) changes.connections.insert(event.subject);
      if (event.kind.starts_with("account.") || event.kind.starts_with("credential.") ||
          event.kind.starts_with("directory.")) {
        changes.everything = true;
      }
    }
    return changes;
  });
}

Result<Json> told(const Parts& parts, const Changes& changes) {
  MW_TRY(const auto all, parts.ledger.connections());
  MW_TRY(const auto accounts, parts.ledger.accounts());
  Json list = Json::array();
  std::set<std::string> gone = changes.connections;
  for (const ServerConnection& connection : all) {
    gone.erase(connection.id.text());
    if (!changes.everything && !changes.connections.contains(connection.id.text())) continue;
    const auto account = std::ranges::find(accounts, connection.account, &connections::ServiceAccount::id);
    list.push_back(json_of(connection, account == accounts.end() ? nullptr : &*account));
  }
  return Json{{"seq", changes.seq}, {"complete", changes.everything}, {"connections", list}, {"deleted", gone}};
}

Result<http::EventBatch> batch_after(const Parts& parts, std::optional<std::int64_t> seen) {
  http::EventBatch batch;
  MW_TRY(const Changes changes, changes_since(parts.database, seen));
  if (changes.seq == seen) return batch;
  MW_TRY(const Json json, told(parts, changes));
  batch.events.push_back(
      {.id = std::to_string(changes.seq), .type = changes.everything ? "snapshot" : "change", .data = text_of(json)});
  return batch;
}

/// All connections, then those that change: what a page shows as it happens.
Outcome events(Call& call) {
  http::EventStream stream;
  stream.signal = call.parts.events.signal();
  stream.query = [&parts = call.parts, still = call.still_admitted](const std::string& last_event_id) {
    http::EventBatch batch;
    if (!still()) {
      batch.end = true;
      return batch;
    }
    auto found = batch_after(parts, seen_by(last_event_id));
    if (found) return std::move(*found);
    log::failure("events", found.error());
    batch.end = true;
    return batch;
  };
  return stream;
}

}  // namespace

std::span<const Route> event_routes() {
  static constexpr std::array kRoutes{
      Route{"GET", "/events", Right::see_connections, Takes::nothing, events},
  };
  return kRoutes;
}

}  // namespace mailward::api
