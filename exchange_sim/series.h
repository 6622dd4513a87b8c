#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "exchange_sim/item_values.h"
#include "exchange_sim/time_zones.h"

/// Recurring appointments: a series is one item, the master; its occurrences are made when somebody looks, but for
/// those that differ from it (exceptions), which the master keeps.
namespace mailward::exchange_sim {

/// The zone of an appointment: by its wall clock a series always begins at the same hour. UTC where it names none that
/// is known.
const TimeZone& zone_of(const Item& appointment);

/// Whether the item is a series' master.
bool is_master(const Item& item);

struct SeriesDate {
  std::size_t index = 0;  ///< from 1 on, deleted ones counted
  Timestamp original{};   ///< when it begins by the series
  const SeriesException* exception = nullptr;
};
/// From when to when.
struct SeriesSpan {
  Timestamp from = Timestamp::min();
  Timestamp until{};
};
/// In the order of the series, those that begin by it within the time, its ends included, at most so many; deleted ones
/// are among them.
std::vector<SeriesDate> series_dates(const Item& master, SeriesSpan span, std::size_t most);
/// The one that begins at that moment by the series; none where none does.
std::optional<SeriesDate> find_series_date(const Item& master, Timestamp original);
std::optional<SeriesDate> find_series_date(const Item& master, std::size_t index);

/// The occurrence as an item, with an id of its own and its master's folder; it must not be deleted.
std::unique_ptr<Item> make_occurrence(const Item& master, const SeriesDate& date);
/// Keeps a changed occurrence, or (null) that it is no more. The caller notes the master's change.
void keep_exception(Item& master, Timestamp original, std::unique_ptr<Item> changed);

/// Those that overlap with the time, with exceptions where they were moved to.
std::vector<std::unique_ptr<Item>> occurrences_within(const Item& master, Timestamp from, Timestamp until,
                                                      std::size_t most);

}  // namespace mailward::exchange_sim
