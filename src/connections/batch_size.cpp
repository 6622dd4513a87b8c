#include "connections/batch_size.h"

#include <algorithm>

namespace mailward::connections {
namespace {

/// The weight of the newest answer among those before it.
constexpr double kNewest = 0.3;

}  // namespace

BatchSize::BatchSize(const Bounds& bounds) : bounds_(bounds), size_(static_cast<double>(bounds.first)) {}

std::size_t BatchSize::next() const {
  const std::scoped_lock lock(mutex_);
  return std::clamp(static_cast<std::size_t>(size_), std::max<std::size_t>(bounds_.least, 1), bounds_.most);
}

void BatchSize::went_well(std::size_t items, const ews::Evidence& evidence, const Hindrance& met) {
  if (items == 0) return;
  const std::scoped_lock lock(mutex_);
  const auto count = static_cast<double>(items);
  const double milliseconds = static_cast<double>(evidence.times.total.count()) / 1000 / count;
  const double bytes = static_cast<double>(evidence.body_bytes) / count;
  const double weight = measured_ ? kNewest : 1;
  item_ms_ += (milliseconds - item_ms_) * weight;
  item_bytes_ += (bytes - item_bytes_) * weight;
  measured_ = true;
  if (met.throttled > 0 || met.lost > 0) {
    shrink(items);
    return;
  }
  // A last batch that was smaller says nothing of larger ones.
  if (count + 1 > size_) size_ = careful_ ? std::max(size_ * 1.1, size_ + 1) : size_ * 2;
  const double by_time = static_cast<double>(bounds_.time.count()) / std::max(item_ms_, 0.001);
  const double by_bytes = static_cast<double>(bounds_.bytes) / std::max(item_bytes_, 1.0);
  const double affordable = std::min({by_time, by_bytes, static_cast<double>(bounds_.most)});
  if (size_ > affordable) {
    size_ = std::max(affordable, static_cast<double>(bounds_.least));
    careful_ = true;
  }
}

bool BatchSize::failed(std::size_t items, const ews::Failure& failure) {
  using enum ews::EwsError;
  const bool too_much = failure.is(timed_out) || failure.is(truncated) || failure.is(answer_too_large) ||
                        failure.is(xml_limit) || failure.is(closed) || failure.is(throttled) ||
                        failure.is(server_unavailable);
  if (!too_much) return false;
  const std::scoped_lock lock(mutex_);
  shrink(items);
  return items > bounds_.least;
}

void BatchSize::shrink(std::size_t items) {
  // Others may have made it smaller meanwhile.
  size_ = std::max(std::min(size_, static_cast<double>(items) / 2), static_cast<double>(bounds_.least));
  careful_ = true;
}

}  // namespace mailward::connections
