#include "access/refusal_lines.h"

#include <algorithm>
#include <utility>
#include <vector>

#include <nlohmann/json.hpp>

#include "access/audit_lines.h"
#include "base/bytes.h"
#include "base/log.h"

namespace mailward::access {

namespace {

constexpr std::chrono::minutes kMinute{1};
constexpr std::size_t kSourcesShown = 20;

/// The busiest, at most kSourcesShown; the rest in one number.
nlohmann::json busiest(const std::map<std::string, std::int64_t>& counted, std::int64_t all) {
  std::vector<std::pair<std::int64_t, std::string>> order;
  order.reserve(counted.size());
  for (const auto& [source, count] : counted) order.emplace_back(count, source);
  std::ranges::sort(order, std::greater());
  nlohmann::json shown = nlohmann::json::object();
  for (std::size_t i = 0; i < std::min(order.size(), kSourcesShown); ++i) {
    shown[order[i].second] = order[i].first;
    all -= order[i].first;
  }
  if (all > 0) shown["others"] = all;
  return shown;
}

}  // namespace

RefusalLines::RefusalLines(db::Database& database, const audit::Trail& trail, const Clock& clock)
    : database_(database), trail_(trail), clock_(clock) {
  minute_.began = clock_.monotonic();
  minute_.since = clock_.now();
}

RefusalLines::~RefusalLines() {
  if (minute_.counted == 0) return;
  if (const Status written = write_count(std::move(minute_)); !written) {
    log::failure("refusals not written down", written.error());
  }
}

Status RefusalLines::add(const Refusal& refusal, const By& by) {
  std::optional<Minute> over;
  bool write = false;
  {
    const std::scoped_lock lock(mutex_);
    over = close_minute();
    const std::string from = by.source.empty() ? "local" : printable(by.source, 64);
    const bool kept = minute_.seen_from.size() < kSourcesKept || minute_.seen_from.contains(from);
    const std::int64_t seen = kept ? ++minute_.seen_from[from] : kPerSource + 1;
    write = seen <= kPerSource && minute_.written < kInAll;
    if (write) {
      ++minute_.written;
    } else {
      ++minute_.counted;
      ++minute_.counted_for[std::string(refusal.reason)];
      if (kept) ++minute_.counted_from[from];
    }
  }
  const Status counted = over ? write_count(std::move(*over)) : Status();
  if (!write) return counted;
  auto details = nlohmann::json::parse(refusal.details);
  details["reason"] = refusal.reason;
  const std::string user = refusal.user ? refusal.user->text() : "";
  MW_CHECK(database_.transaction([&](db::Transaction& tx) {
    return audit_lines::append(tx, trail_, by, {refusal.action, "user", user, details, "refused"});
  }));
  return counted;
}

Status RefusalLines::flush() {
  std::optional<Minute> over;
  {
    const std::scoped_lock lock(mutex_);
    over = close_minute();
  }
  return over ? write_count(std::move(*over)) : Status();
}

std::optional<RefusalLines::Minute> RefusalLines::close_minute() {
  const MonotonicTime now = clock_.monotonic();
  if (now - minute_.began < kMinute) return std::nullopt;
  Minute over = std::exchange(minute_, Minute{.began = now, .since = clock_.now()});
  if (over.counted == 0) return std::nullopt;
  return over;
}

Status RefusalLines::write_count(Minute minute) {
  nlohmann::json details = {
      {"since", format_timestamp(minute.since)},
      {"count", minute.counted},
      {"reasons", minute.counted_for},
      {"sources", busiest(minute.counted_from, minute.counted)},
  };
  const Status written = database_.transaction([&](db::Transaction& tx) {
    return audit_lines::append(tx, trail_, audit_lines::by_itself(),
                               {"session.refusals", "user", {}, details, "refused"});
  });
  if (written) return {};
  const std::scoped_lock lock(mutex_);
  minute_.since = std::min(minute_.since, minute.since);
  minute_.counted += minute.counted;
  for (const auto& [reason, count] : minute.counted_for) minute_.counted_for[reason] += count;
  for (const auto& [source, count] : minute.counted_from) {
    if (minute_.counted_from.size() < kSourcesKept) minute_.counted_from[source] += count;
  }
  return written;
}

}  // namespace mailward::access
