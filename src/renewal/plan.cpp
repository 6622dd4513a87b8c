#include "renewal/plan.h"

#include <algorithm>
#include <tuple>

#include <nlohmann/json.hpp>

#include "base/bytes.h"

namespace mailward::renewal {

namespace {

Status check_kinds(const std::vector<HeldSecret>& held, std::span<const std::string> only) {
  for (const std::string& kind : only) {
    const bool is_held = std::ranges::any_of(held, [&](const HeldSecret& one) { return one.record.kind == kind; });
    if (is_held || info_of_kind(kind).kind == kind) continue;
    std::string known;
    for (const KindInfo& one : kinds()) known += (known.empty() ? "" : ", ") + std::string(one.kind);
    return fail(Error(RenewalError::invalid_form, "no kind of secret is called '" + printable(kind, 40) + "'")
                    .with_remedy("the kinds are: " + known));
  }
  return {};
}

RenewalItem item_of(const HeldSecret& held, Timestamp now) {
  RenewalItem item;
  item.kind = held.record.kind;
  item.secret = held.record.id;
  item.opens = held.record.opens;
  item.reason = held.kind->reason;
  take_way(item, held);
  item.before = description_of(held, now);
  return item;
}

}  // namespace

void take_way(RenewalItem& item, const HeldSecret& held) {
  item.way = held.way;
  item.times = held.way == Way::by_itself ? held.kind->times : 1;
  item.how = held.how;
  if (held.way == Way::by_person && held.kind->times > 1) {
    item.how += " Set it twice in a row, and type the second one: Active Directory takes the previous one for a while.";
  }
  item.command = held.command;
  item.page = held.page;
}

std::string description_of(const HeldSecret& held, Timestamp now) {
  nlohmann::ordered_json json;
  json["created"] = format_timestamp_exactly(held.record.created);
  json["age_days"] = std::chrono::duration_cast<std::chrono::days>(now - held.record.created).count();
  if (held.version > 0) json["version"] = held.version;
  json["set_by"] = held.record.set_by;
  if (held.record.last_used) json["last_used"] = format_timestamp(*held.record.last_used);
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

bool is_another(const HeldSecret& held, const std::string& before, Timestamp since) {
  const auto json = nlohmann::json::parse(before, nullptr, false);
  const auto version = json.is_object() ? json.value("version", std::int64_t{0}) : 0;
  // Of a service account the next version, set in Active Directory after the one before: its age is by that clock. The
  // same one typed again was set when it was.
  if (version > 0) {
    const auto before_made = parse_timestamp(json.value("created", ""));
    return held.version > version && (!before_made || held.record.created > *before_made);
  }
  return held.record.created > since;
}

Result<std::vector<RenewalItem>> make_plan(const std::vector<HeldSecret>& held, std::span<const std::string> only,
                                           Timestamp now) {
  MW_CHECK(check_kinds(held, only));
  std::vector<const HeldSecret*> chosen;
  for (const HeldSecret& one : held) {
    if (only.empty() || std::ranges::find(only, one.record.kind) != only.end()) chosen.push_back(&one);
  }
  if (chosen.empty()) {
    return fail(RenewalError::nothing_to_renew,
                only.empty() ? "no secret is held" : "no secret of the kinds asked for is held");
  }
  std::ranges::sort(chosen, {}, [](const HeldSecret* one) {
    return std::tuple(one->kind->rank, one->way, one->record.opens, one->record.id);
  });
  std::vector<RenewalItem> items;
  for (const HeldSecret* one : chosen) {
    items.push_back(item_of(*one, now));
    items.back().position = static_cast<std::int64_t>(items.size());
  }
  return items;
}

}  // namespace mailward::renewal
