#include "exchange_sim/series.h"

#include <algorithm>
#include <limits>

#include "exchange_sim/ews_values.h"
#include "exchange_sim/recurrence.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/time_zones.h"

namespace mailward::exchange_sim {
namespace {

/// Nobody asks for what is in two hundred years.
constexpr std::chrono::days kFurthest{366 * 200};
constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();

const FieldId& recurrence_field() {
  static const FieldId kRecurrence = field_id("calendar:Recurrence");
  return kRecurrence;
}

Timestamp time_of(const Item& item, std::string_view uri) {
  return parse_ews_time(plain_field(item, field_id(uri))).value_or(Timestamp{});
}

const SeriesException* find_exception(const Item& master, Timestamp original) {
  const auto found = std::ranges::find(master.exceptions, original, &SeriesException::original);
  return found == master.exceptions.end() ? nullptr : &*found;
}

std::chrono::local_days day_of(std::chrono::local_seconds time) {
  return std::chrono::floor<std::chrono::days>(time);
}

std::chrono::sys_seconds seconds_of(Timestamp time) {
  return std::chrono::floor<std::chrono::seconds>(time);
}

}  // namespace

const TimeZone& zone_of(const Item& appointment) {
  const Value* zone = appointment.find(field_id("calendar:StartTimeZone"));
  if (zone == nullptr) return time_zone("UTC");
  constexpr std::string_view kId = " Id=\"";
  const auto at = zone->attributes.find(kId);
  if (at == std::string::npos) return time_zone("UTC");
  const auto begin = at + kId.size();
  return time_zone(plain_text(zone->attributes.substr(begin, zone->attributes.find('"', begin) - begin)));
}

bool is_master(const Item& item) {
  return item.kind == ItemKind::calendar_item && item.series_part == SeriesPart::none &&
         item.find(recurrence_field()) != nullptr;
}

std::vector<SeriesDate> series_dates(const Item& master, SeriesSpan span, std::size_t most) {
  std::vector<SeriesDate> found;
  const Value* value = master.find(recurrence_field());
  const auto recurrence = value == nullptr ? std::nullopt : Recurrence::read(value->inner);
  if (!recurrence) return found;
  const TimeZone& zone = zone_of(master);
  const auto start = to_local(zone, seconds_of(time_of(master, "calendar:Start")));
  const auto hour = start - day_of(start);
  // A day more in front: the zone may turn the day.
  const auto from = span.from == Timestamp::min()
                        ? recurrence->first()
                        : day_of(to_local(zone, seconds_of(span.from))) - std::chrono::days(1);
  for (const auto [index, day] : recurrence->days(from, day_of(to_local(zone, seconds_of(span.until))), most)) {
    const Timestamp original = to_utc(zone, day + hour);
    if (original > span.until) break;
    if (original < span.from) continue;
    found.push_back({.index = index, .original = original, .exception = find_exception(master, original)});
  }
  return found;
}

std::optional<SeriesDate> find_series_date(const Item& master, Timestamp original) {
  if (original > master.created + kFurthest) return std::nullopt;
  const auto dates = series_dates(master, {.from = original, .until = original}, kAll);
  if (dates.empty() || dates.back().original != original) return std::nullopt;
  return dates.back();
}

std::optional<SeriesDate> find_series_date(const Item& master, std::size_t index) {
  const auto dates = series_dates(master, {.until = master.created + kFurthest}, index);
  if (index == 0 || dates.size() < index) return std::nullopt;
  return dates.back();
}

std::unique_ptr<Item> make_occurrence(const Item& master, const SeriesDate& date) {
  const bool changed = date.exception != nullptr;
  std::unique_ptr<Item> made = changed ? date.exception->item->clone() : master.clone();
  made->exceptions.clear();
  made->erase(recurrence_field());
  made->series_part = changed ? SeriesPart::exception : SeriesPart::occurrence;
  made->original_start = date.original;
  made->id = make_occurrence_id(master.id, date.original);
  made->folder = master.folder;
  made->arrived = master.arrived;
  made->changed = master.changed;
  made->read_changed = master.read_changed;
  if (!changed) {
    const auto length = time_of(master, "calendar:End") - time_of(master, "calendar:Start");
    made->set(field_id("calendar:Start"), {.inner = ews_time(date.original)});
    made->set(field_id("calendar:End"), {.inner = ews_time(date.original + length)});
  }
  return made;
}

void keep_exception(Item& master, Timestamp original, std::unique_ptr<Item> changed) {
  if (changed) {
    changed->folder = nullptr;
    changed->series_part = SeriesPart::exception;
    changed->original_start = original;
  }
  const auto known = std::ranges::find(master.exceptions, original, &SeriesException::original);
  if (known != master.exceptions.end()) {
    known->item = std::move(changed);
  } else {
    master.exceptions.push_back({.original = original, .item = std::move(changed)});
  }
  std::ranges::sort(master.exceptions, {}, &SeriesException::original);
}

std::vector<std::unique_ptr<Item>> occurrences_within(const Item& master, Timestamp from, Timestamp until,
                                                      std::size_t most) {
  std::vector<std::unique_ptr<Item>> found;
  const auto take = [&](const SeriesDate& date) {
    if (found.size() >= most || (date.exception != nullptr && date.exception->item == nullptr)) return;
    auto made = make_occurrence(master, date);
    if (time_of(*made, "calendar:Start") < until && time_of(*made, "calendar:End") > from) {
      found.push_back(std::move(made));
    }
  };
  const Timestamp first = from - (time_of(master, "calendar:End") - time_of(master, "calendar:Start"));
  // What was moved into the time from before it or from behind its end stands among the exceptions alone.
  for (const SeriesException& each : master.exceptions) {
    if (each.original < first) take({.index = 0, .original = each.original, .exception = &each});
  }
  for (const SeriesDate& date : series_dates(master, {.from = first, .until = until}, kAll)) take(date);
  for (const SeriesException& each : master.exceptions) {
    if (each.original > until) take({.index = 0, .original = each.original, .exception = &each});
  }
  return found;
}

}  // namespace mailward::exchange_sim
