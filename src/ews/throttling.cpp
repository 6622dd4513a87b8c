#include "ews/throttling.h"

#include <algorithm>
#include <charconv>

namespace mailward::ews {
namespace {

constexpr std::chrono::milliseconds kLongest{3'600'000};

std::optional<std::int64_t> number_in(std::string_view text) {
  std::int64_t value = 0;
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

Throttling::Reason reason_of(ResponseCode code) {
  switch (code) {
    case ResponseCode::ErrorExceededConnectionCount:
      return Throttling::Reason::connections;
    case ResponseCode::ErrorExceededSubscriptionCount:
      return Throttling::Reason::subscriptions;
    case ResponseCode::ErrorExceededFindCountLimit:
      return Throttling::Reason::too_much_found;
    case ResponseCode::ErrorTooManyObjectsOpened:
      return Throttling::Reason::open_objects;
    default:
      return Throttling::Reason::busy;
  }
}

/// Seconds, or a moment (RFC 9110 10.2.3).
std::optional<std::chrono::milliseconds> retry_after(std::string_view value, Timestamp now) {
  if (auto seconds = number_in(value); seconds && *seconds >= 0) {
    return std::min(kLongest, std::chrono::milliseconds(std::min<std::int64_t>(*seconds, 3600) * 1000));
  }
  auto moment = parse_http_date(value);
  if (!moment) return std::nullopt;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*moment - now);
  return std::clamp(left, std::chrono::milliseconds(0), kLongest);
}

}  // namespace

std::optional<Throttling> throttling_of(const Failure& failure, Timestamp now) {
  Throttling found;
  if (failure.is(EwsError::server_unavailable)) {
    if (failure.evidence->status != 503) return std::nullopt;
    found.back_off = retry_after(failure.evidence->head.get("Retry-After"), now);
    return found;
  }
  if (!failure.is(EwsError::throttled) || !failure.said) return std::nullopt;
  const ServerWords& said = *failure.said;
  found.shape = said.fault_code.empty() ? Throttling::Shape::response_message : Throttling::Shape::fault;
  found.reason = reason_of(said.code);
  found.back_off = said.back_off;
  if (auto policy = said.values.find("Policy"); policy != said.values.end()) found.policy = policy->second;
  if (auto limit = said.values.find("MaxConcurrencyLimit"); limit != said.values.end()) {
    found.limit = number_in(limit->second);
  }
  return found;
}

}  // namespace mailward::ews
