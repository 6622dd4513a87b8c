#include "exchange_sim/fault_keys.h"

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

#include "exchange_sim/certificates.h"

namespace mailward::exchange_sim {
namespace {

using nlohmann::json;
using enum ValueKind;

constexpr std::int64_t kDayMs = 24LL * 3'600'000;
constexpr std::int64_t kLongestSkewMs = 36'525 * kDayMs;

/// Beside `front_end`, which all take, and `every` and `limit`.
constexpr auto kOwn = std::to_array<std::pair<FaultKind, KnownKey>>({
    {FaultKind::tls_inspection, {.name = "value", .one_of = "same_issuer"}},
    {FaultKind::forms_login, {.name = "status", .kind = whole, .one_of = "440 302"}},
    {FaultKind::redirect, {.name = "value", .kind = url, .needed = true}},
    {FaultKind::token_too_large, {.name = "bytes", .kind = whole}},
    {FaultKind::token_too_large, {.name = "status", .kind = whole, .one_of = "400 413 431"}},
    {FaultKind::http_status, {.name = "status", .kind = whole, .needed = true, .least = 400, .most = 599}},
    {FaultKind::latency, {.name = "milliseconds", .kind = whole, .needed = true, .least = 1, .most = kDayMs}},
    {FaultKind::latency, {.name = "values", .kind = operations}},
    {FaultKind::reset_answer, {.name = "values", .kind = operations}},
    {FaultKind::truncated_answer, {.name = "bytes", .kind = whole}},
    {FaultKind::truncated_answer, {.name = "values", .kind = operations}},
    {FaultKind::malformed_answer, {.name = "value", .one_of = "xml head"}},
    {FaultKind::malformed_answer, {.name = "values", .kind = operations}},
    {FaultKind::clock_skew,
     {.name = "milliseconds", .kind = whole, .needed = true, .least = -kLongestSkewMs, .most = kLongestSkewMs}},
    {FaultKind::user_agent_blocked, {.name = "values", .kind = texts, .needed = true}},
    {FaultKind::user_agent_not_allowed, {.name = "values", .kind = texts, .needed = true}},
    {FaultKind::server_busy, {.name = "value", .one_of = "fault response"}},
    {FaultKind::server_busy, {.name = "milliseconds", .kind = whole, .most = kDayMs}},
    {FaultKind::operation_refused, {.name = "values", .kind = operations, .needed = true}},
    {FaultKind::operation_refused, {.name = "value", .kind = code}},
});

/// Those that are a state and not something that a request meets: nothing is counted.
bool is_state(FaultKind kind) {
  constexpr auto kStates =
      std::to_array({FaultKind::refused, FaultKind::hang, FaultKind::reset, FaultKind::tls_inspection,
                     FaultKind::negotiate_ntlm_only, FaultKind::reencrypting_balancer, FaultKind::user_agent_blocked,
                     FaultKind::user_agent_not_allowed, FaultKind::ews_disabled, FaultKind::server_too_old});
  return is_tls_fault(kind) || std::ranges::find(kStates, kind) != kStates.end();
}

}  // namespace

std::vector<KnownKey> keys_of_fault(FaultKind kind) {
  std::vector<KnownKey> keys{{.name = "front_end"}};
  if (!is_state(kind)) {
    keys.push_back({.name = "every", .kind = whole, .least = 1});
    keys.push_back({.name = "limit", .kind = whole});
  }
  for (const auto& [owner, key] : kOwn) {
    if (owner == kind) keys.push_back(key);
  }
  return keys;
}

std::vector<std::string_view> all_fault_names() {
  std::vector<std::string_view> names;
  for (const auto& [kind, name] : fault_names()) names.push_back(name);
  return names;
}

FaultSetting fault_setting_of(const json& parameters) {
  return {.front_end = parameters.value("front_end", ""),
          .milliseconds = parameters.value("milliseconds", std::int64_t{0}),
          .every = parameters.value("every", 1U),
          .status = parameters.value("status", 0),
          .bytes = parameters.value("bytes", std::size_t{0}),
          .value = parameters.value("value", ""),
          .values = parameters.value("values", std::vector<std::string>{}),
          .limit = parameters.value("limit", 0U)};
}

json to_json(FaultKind kind, const FaultSetting& setting) {
  const json all{{"front_end", setting.front_end}, {"milliseconds", setting.milliseconds},
                 {"every", setting.every},         {"status", setting.status},
                 {"bytes", setting.bytes},         {"value", setting.value},
                 {"values", setting.values},       {"limit", setting.limit}};
  json known = json::object();
  for (const KnownKey& key : keys_of_fault(kind)) known[std::string(key.name)] = all.at(std::string(key.name));
  return known;
}

}  // namespace mailward::exchange_sim
