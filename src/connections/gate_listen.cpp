#include <algorithm>

#include "connections/gate_state.h"
#include "connections/group_listening.h"

namespace mailward::connections {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

/// A connection that lasted so long was no failure to connect.
constexpr std::chrono::seconds kLasted = 60s;
constexpr milliseconds kLongestPause = 60s;

Status check_group(const MailboxGroup& group) {
  if (group.mailboxes.empty() || group.mailboxes.size() > MailboxGroup::kMost) {
    return fail(BaseError::invalid_argument, "a group has 1 to " + std::to_string(MailboxGroup::kMost) +
                                                 " mailboxes, not " + std::to_string(group.mailboxes.size()));
  }
  if (group.timeout < 1min || group.timeout > 30min) {
    return fail(BaseError::invalid_argument, "a streaming connection lasts 1 to 30 minutes");
  }
  return {};
}

/// The `number`th connection in a row (from 1) that came to nothing: longer each time.
milliseconds pause_after(unsigned number) {
  return std::min(kLongestPause, pause_before(number) * number);
}

bool may_go_well_later(const ews::Failure& failure, Timestamp now) {
  return is_passing(failure, now) || failure.is(ews::EwsError::timed_out) ||
         failure.error.is(ConnectionsError::gate_timeout);
}

}  // namespace

/// One connection of a group, from the gate to its end. `goes_on`: whether another is to follow.
ews::Outcome<void> Gate::hear_group(ConnectionId connection, std::string_view load, GroupListening& listening,
                                    std::chrono::minutes timeout, const std::stop_token& stop, bool& goes_on) {
  const auto deadline = Deadline::after(timeout + 2min, clock());
  Passage passage(*this, connection, load, deadline, stop, true);
  for (;;) {
    auto entered = passage.enter();
    if (!entered) {
      goes_on = may_go_well_later(entered.error(), now());
      return std::unexpected(std::move(entered).error());
    }
    const auto heard = [&](bool first) {
      if (first) {
        passage.answered();
        passage.give_back_slot();
      }
      return passage.check();
    };
    auto ended = listening.go_on(**entered, heard, deadline, stop);
    goes_on = !listening.refused();
    if (ended || listening.refused()) {
      passage.leave(nullptr);
      return ended;
    }
    if (passage.leave(&ended.error(), !listening.was_open())) continue;
    goes_on = listening.was_open() || may_go_well_later(ended.error(), now());
    return ended;
  }
}

ews::Outcome<void> Gate::listen(ConnectionId connection, std::string_view load, const MailboxGroup& group,
                                const TakeNews& take, std::stop_token stop) {
  MW_CHECK(check_group(group));
  GroupListening listening(group, take);
  for (unsigned in_vain = 0;;) {
    const MonotonicTime begun = clock().monotonic();
    bool goes_on = true;
    auto ended = hear_group(connection, load, listening, group.timeout, stop, goes_on);
    if (stop.stop_requested()) return fail(ews::Failure(ews::EwsError::cancelled, "the listening was cancelled"));
    if (!goes_on) return ended;
    in_vain = clock().monotonic() - begun >= kLasted ? 0 : in_vain + 1;
    if (ended && in_vain <= 1) continue;
    if (!ended) MW_CHECK(take({.kind = MailboxNews::Kind::interrupted, .failure = std::move(ended).error()}));
    const MonotonicTime until = clock().monotonic() + pause_after(in_vain);
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_until(lock, stop, until, [&] { return clock().monotonic() >= until; });
  }
}

}  // namespace mailward::connections
