#include "exchange_sim/whole_days.h"

#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/series.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

using namespace std::chrono;

std::optional<local_seconds> local_time(const Item& item, FieldId field, const TimeZone& zone) {
  const auto time = parse_ews_time(plain_field(item, field));
  if (!time) return std::nullopt;
  return to_local(zone, floor<seconds>(sys_time<microseconds>(time->time_since_epoch())));
}

void set_time(Item& item, FieldId field, const TimeZone& zone, local_days day) {
  const sys_seconds utc = to_utc(zone, local_seconds(day));
  item.set(field, {.inner = ews_time(from_micros(duration_cast<microseconds>(utc.time_since_epoch()).count()))});
}

}  // namespace

void settle_whole_days(Item& item) {
  static const FieldId kStart = field_id("calendar:Start");
  static const FieldId kEnd = field_id("calendar:End");
  if (item.kind != ItemKind::calendar_item) return;
  if (plain_field(item, field_id("calendar:IsAllDayEvent")) != "true") return;
  const TimeZone& zone = zone_of(item);
  const auto start = local_time(item, kStart, zone);
  const auto end = local_time(item, kEnd, zone);
  if (!start || !end || *end < *start) return;
  const auto first = floor<days>(*start);
  set_time(item, kStart, zone, first);
  set_time(item, kEnd, zone, std::max(ceil<days>(*end), first + days(1)));
}

}  // namespace mailward::exchange_sim
