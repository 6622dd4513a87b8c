#include <array>

#include <nlohmann/json.hpp>

#include "api/json.h"
#include "api/route.h"
#include "api/watch.h"
#include "base/log.h"

namespace mailward::api {

namespace {

using work::RunId;

Result<RunId> named_run(Call& call) {
  auto id = RunId::parse(call.path("id"));
  if (!id) return fail(work::WorkError::unknown_run, "no run bears the id " + printable(call.path("id"), 40));
  return *id;
}

Outcome list_runs(Call& call) {
  auto limit = call.query_integer("limit", 1, 1000, 50);
  if (!limit) return std::unexpected(std::move(limit.error()));
  MW_TRY(const auto runs,
         call.parts.runs.list(call.query_text("kind"), call.query_text("subject"), static_cast<std::size_t>(*limit)));
  Json list = Json::array();
  for (const work::Run& run : runs) list.push_back(json_of(run));
  return json_response(200, {{"runs", list}});
}

Outcome get_run(Call& call) {
  MW_TRY(const RunId id, named_run(call));
  MW_TRY(const auto changes, call.parts.runs.changes_after(id, 0));
  return json_response(200, json_of(changes));
}

Status note_cancel(Call& call, const work::Run& run) {
  const Json details{{"kind", run.kind}, {"subject", run.subject}};
  const audit::Act act{.by = call.by,
                       .action = "run.cancel",
                       .object_kind = "run",
                       .object_id = run.id.text(),
                       .outcome = "ok",
                       .details = text_of(details)};
  return call.parts.database.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(call.parts.trail.append(tx, act));
    return {};
  });
}

Outcome cancel_run(Call& call) {
  MW_TRY(const RunId id, named_run(call));
  MW_TRY(const auto before, call.parts.runs.changes_after(id, 0));
  if (!work::ended(before.run.state)) {
    MW_CHECK(note_cancel(call, before.run));
    MW_CHECK(call.parts.tests.cancel(id));
  }
  MW_TRY(const auto changes, call.parts.runs.changes_after(id, 0));
  return json_response(200, json_of(changes));
}

/// What changed since, as one event; the stream ends with the run.
http::EventBatch batch_after(const work::Runs& runs, RunId id, const std::string& last_event_id) {
  const std::int64_t seen = seen_by(last_event_id).value_or(0);
  http::EventBatch batch;
  const auto changes = runs.changes_after(id, seen);
  if (!changes) {
    log::failure("run events", changes.error());
    batch.end = true;
    return batch;
  }
  if (changes->seq > seen) {
    batch.events.push_back({.id = std::to_string(changes->seq),
                            .type = seen == 0 ? "snapshot" : "change",
                            .data = text_of(json_of(*changes))});
  }
  batch.end = work::ended(changes->run.state);
  return batch;
}

Outcome run_events(Call& call) {
  MW_TRY(const RunId id, named_run(call));
  MW_TRY(const auto exists, call.parts.runs.changes_after(id, 0));
  http::EventStream stream;
  stream.signal = call.parts.runs_changed.signal();
  stream.poll = std::chrono::seconds(1);
  stream.query = [&runs = call.parts.runs, id = exists.run.id,
                  still = call.still_admitted](const std::string& last_event_id) {
    if (still()) return batch_after(runs, id, last_event_id);
    http::EventBatch ending;
    ending.end = true;
    return ending;
  };
  return stream;
}

}  // namespace

std::span<const Route> run_routes() {
  static constexpr std::array<std::string_view, 3> kFilters{"kind", "subject", "limit"};
  static constexpr std::array kRoutes{
      Route{"GET", "/runs", Right::see_runs, Takes::nothing, list_runs, kFilters},
      Route{"GET", "/runs/{id}", Right::see_runs, Takes::nothing, get_run},
      Route{"POST", "/runs/{id}/cancel", Right::cancel_runs, Takes::nothing, cancel_run},
      Route{"GET", "/runs/{id}/events", Right::see_runs, Takes::nothing, run_events},
  };
  return kRoutes;
}

}  // namespace mailward::api
