#include "exchange_sim/request_log.h"

namespace mailward::exchange_sim {

namespace {
constexpr std::size_t kKept = 10'000;
}

void RequestLog::add(RequestRecord record) {
  const std::scoped_lock lock(mutex_);
  record.number = next_++;
  records_.push_back(std::move(record));
  if (records_.size() > kKept) records_.pop_front();
}

std::vector<RequestRecord> RequestLog::since(std::uint64_t number) const {
  const std::scoped_lock lock(mutex_);
  std::vector<RequestRecord> found;
  for (const RequestRecord& record : records_) {
    if (record.number > number) found.push_back(record);
  }
  return found;
}

std::uint64_t RequestLog::count() const {
  const std::scoped_lock lock(mutex_);
  return next_ - 1;
}

bool RequestLog::is_new(const std::string& name) {
  const std::scoped_lock lock(mutex_);
  return names_.insert(name).second;
}

void RequestLog::clear() {
  const std::scoped_lock lock(mutex_);
  records_.clear();
  next_ = 1;
}

}  // namespace mailward::exchange_sim
