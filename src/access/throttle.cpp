#include "access/throttle.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/net.h"

namespace mailward::access {

namespace {

constexpr std::size_t kSourcesKept = 20'000;
constexpr std::size_t kNamesKept = 20'000;
constexpr std::size_t kPairsKept = 5'000;
constexpr std::chrono::seconds kLongestOfSource{15 * 60};
constexpr std::chrono::seconds kLongestOfName{30};
constexpr std::chrono::seconds kForgets{60};
constexpr unsigned kFree = 10;
/// Wrong codes after a right password: 5 at once, then at most one in 15 minutes, so that guessing one of a million
/// takes years, and a person who mistypes waits for seconds.
constexpr unsigned kFreeCodes = 5;
/// The delay doubles until it is cut to the longest.
constexpr unsigned kDoublings = 12;

std::string pair_of(const Throttle::Keys& keys) {
  return keys.source + "\n" + keys.name;
}
/// Codes of known sources and of strangers are counted apart, so that a thief of the password cannot keep its owner
/// out.
std::string code_key(const Throttle::Keys& keys) {
  return keys.known ? pair_of(keys) : "\n" + keys.name;
}

std::chrono::seconds in_seconds(std::chrono::nanoseconds wait) {
  return std::chrono::ceil<std::chrono::seconds>(wait);
}

}  // namespace

std::string source_key(std::string_view address) {
  if (address.empty()) return "local";
  const auto ip = IpAddress::parse(address);
  if (!ip) return "malformed";
  const IpAddress network = ip->network();
  return network.is_v4() ? network.text() : network.text() + "/64";
}

unsigned FailureTable::failures_at(const Line& line, MonotonicTime now) const {
  if (now <= line.quiet_from) return line.failures;
  const auto forgotten = (now - line.quiet_from) / budget_.forgets_one_each;
  return forgotten >= line.failures ? 0 : line.failures - static_cast<unsigned>(forgotten);
}

std::chrono::nanoseconds FailureTable::wait(const std::string& key, MonotonicTime now) const {
  const auto found = lines_.find(key);
  if (found == lines_.end()) return {};
  return std::max(found->second->blocked_until - now, MonotonicTime::duration::zero());
}

void FailureTable::charge(const std::string& key, MonotonicTime now) {
  const auto found = lines_.find(key);
  if (found == lines_.end()) {
    by_age_.push_front({.key = key, .failures = 0, .quiet_from = now, .blocked_until = now});
    lines_.emplace(by_age_.front().key, by_age_.begin());
  } else {
    by_age_.splice(by_age_.begin(), by_age_, found->second);
  }
  Line& line = by_age_.front();
  line.failures = std::min(failures_at(line, now) + 1, budget_.free + kDoublings);
  line.blocked_until = now;
  if (line.failures > budget_.free) {
    const auto delay = std::chrono::seconds(1) * (1U << (line.failures - budget_.free - 1));
    line.blocked_until += std::min<std::chrono::seconds>(delay, budget_.longest);
  }
  line.quiet_from = line.blocked_until;
  if (lines_.size() > capacity_) {
    lines_.erase(by_age_.back().key);
    by_age_.pop_back();
  }
}

void FailureTable::take_back(const std::string& key, MonotonicTime now) {
  const auto found = lines_.find(key);
  if (found == lines_.end()) return;
  Line& line = *found->second;
  line.failures -= std::min(line.failures, 1U);
  line.blocked_until = std::min(line.blocked_until, now);
  if (line.failures > 0) return;
  const auto at = found->second;
  lines_.erase(found);
  by_age_.erase(at);
}

Throttle::Throttle(const Clock& clock)
    : clock_(clock),
      sources_({.free = kFree, .longest = kLongestOfSource, .forgets_one_each = kForgets}, kSourcesKept),
      names_({.free = kFree, .longest = kLongestOfName, .forgets_one_each = kForgets}, kNamesKept),
      pairs_({.free = kFree, .longest = kLongestOfName, .forgets_one_each = kForgets}, kPairsKept),
      codes_({.free = kFreeCodes, .longest = kLongestOfSource, .forgets_one_each = kLongestOfSource}, kPairsKept) {}

Throttle::Keys Throttle::keys(std::string_view address, std::string_view name, bool known) {
  return {.source = source_key(address), .name = std::string(name), .known = known};
}

std::chrono::seconds Throttle::admit(const Keys& keys) {
  const std::scoped_lock lock(mutex_);
  const MonotonicTime now = clock_.monotonic();
  if (keys.known) {
    const std::string pair = pair_of(keys);
    const auto wait = in_seconds(pairs_.wait(pair, now));
    if (wait == wait.zero()) pairs_.charge(pair, now);
    return wait;
  }
  const auto wait = in_seconds(std::max(sources_.wait(keys.source, now), names_.wait(keys.name, now)));
  if (wait != wait.zero()) return wait;
  sources_.charge(keys.source, now);
  names_.charge(keys.name, now);
  return wait;
}

void Throttle::take_back(const Keys& keys) {
  const std::scoped_lock lock(mutex_);
  const MonotonicTime now = clock_.monotonic();
  if (keys.known) {
    pairs_.take_back(pair_of(keys), now);
    return;
  }
  sources_.take_back(keys.source, now);
  names_.take_back(keys.name, now);
}

std::chrono::seconds Throttle::admit_code(const Keys& keys) {
  const std::scoped_lock lock(mutex_);
  const MonotonicTime now = clock_.monotonic();
  const std::string key = code_key(keys);
  const auto wait = in_seconds(codes_.wait(key, now));
  if (wait == wait.zero()) codes_.charge(key, now);
  return wait;
}

void Throttle::take_back_code(const Keys& keys) {
  const std::scoped_lock lock(mutex_);
  codes_.take_back(code_key(keys), clock_.monotonic());
}

std::size_t Throttle::size() const {
  const std::scoped_lock lock(mutex_);
  return sources_.size() + names_.size() + pairs_.size() + codes_.size();
}

}  // namespace mailward::access
