#include "connections/repetition.h"

#include <algorithm>

#include "base/digest.h"
#include "ews/operations/table.h"

namespace mailward::connections {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kFirstPause{50};
constexpr unsigned kMostDoublings = 5;

}  // namespace

bool may_send_again(std::string_view operation, Repeat repeat) {
  const ews::OperationEntry* known = ews::find_operation(operation);
  if (known == nullptr) return false;
  switch (known->repetition) {
    case ews::Repetition::harmless:
      return repeat != Repeat::never;
    case ews::Repetition::converges:
      return repeat == Repeat::converging;
    case ews::Repetition::doubles:
      return false;
  }
  return false;
}

bool waiting_helps(const ews::Throttling& throttling) {
  using enum ews::Throttling::Reason;
  return throttling.reason != too_much_found && throttling.reason != subscriptions;
}

bool is_passing(const ews::Failure& failure, Timestamp now) {
  using enum ews::EwsError;
  if (const auto throttling = ews::throttling_of(failure, now)) return waiting_helps(*throttling);
  // A proxy that could not be reached may be restarting; what it has answered it means.
  if (failure.proxy) return failure.proxy->status == 0 && !failure.proxy->tls;
  constexpr ews::EwsError kPassing[] = {server_unavailable, closed_before_sending, closed,      truncated,
                                        unauthorized,       connect_refused,       unreachable, connect_timed_out};
  return std::ranges::find(kPassing, failure.code) != std::end(kPassing);
}

milliseconds pause_before(unsigned number) {
  const milliseconds most = kFirstPause * (1U << std::min(number > 0 ? number - 1 : 0, kMostDoublings));
  return most / 2 + milliseconds(random_below(static_cast<std::uint32_t>(most.count() / 2 + 1)));
}

void RepetitionBudget::earn() {
  saved_ = std::min(saved_ + 1, kMost);
}

bool RepetitionBudget::spend() {
  if (saved_ < kPrice) return false;
  saved_ -= kPrice;
  return true;
}

}  // namespace mailward::connections
