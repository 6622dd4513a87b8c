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
/// For a slot and a session. Who waits longer is told that nothing is heard.
constexpr std::chrono::seconds kEntering = 60s;
/// So many hanging connections does Exchange keep for an account from 2016 on (three on 2013).
constexpr unsigned kMostStreams = 10;

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

/// What no waiting helps against. All else passes by itself or by what a person does, who is told.
bool ends_listening(const ews::Failure& failure) {
  using enum ConnectionsError;
  constexpr ConnectionsError kEnds[] = {unknown_connection, connection_disabled, account_disabled, no_password};
  return failure.is(ews::EwsError::invalid_request) || failure.error.is(BaseError::invalid_argument) ||
         std::ranges::any_of(kEnds, [&](ConnectionsError one) { return failure.error.is(one); });
}

/// One of the streams that an account may have.
class StreamPlace {
 public:
  StreamPlace(Gate::State& state, AccountId account) : state_(state), account_(account) {
    const std::scoped_lock lock(state_.mutex);
    unsigned& streams = state_.keys[account_].streams;
    taken_ = streams < kMostStreams;
    if (taken_) ++streams;
  }
  ~StreamPlace() {
    if (!taken_) return;
    const std::scoped_lock lock(state_.mutex);
    --state_.keys[account_].streams;
  }
  StreamPlace(const StreamPlace&) = delete;
  StreamPlace& operator=(const StreamPlace&) = delete;
  bool is_taken() const { return taken_; }

 private:
  Gate::State& state_;
  const AccountId account_;
  bool taken_ = false;
};

}  // namespace

/// One connection of a group, from the gate to its end.
ews::Outcome<void> Gate::hear_group(ConnectionId connection, std::string_view load, GroupListening& listening,
                                    const std::stop_token& stop) {
  MW_TRY(const auto view, state_->view(connection, false));
  const StreamPlace place(*state_, view->account.id);
  if (!place.is_taken()) {
    return std::unexpected(
        gate_failure(Error(ConnectionsError::account_busy,
                           "the service account " + view->account.name + " has " + std::to_string(kMostStreams) +
                               " streams of notifications already, as many as Exchange allows")
                         .with_remedy("put more mailboxes into each group")));
  }
  Passage passage(*this, connection, load, Deadline::after(kEntering, clock()), stop, true);
  MW_TRY(ews::Session * session, passage.enter());
  const auto heard = [&](bool first) {
    if (first) {
      passage.answered();
      passage.give_back_slot();
    }
    return passage.check();
  };
  auto ended = listening.go_on(*session, heard, stop);
  const ews::Failure* failure = ended || listening.refused() ? nullptr : &ended.error();
  if (listening.was_asked()) {
    passage.leave_stream(failure);
  } else {
    passage.leave(failure, false);
  }
  return ended;
}

ews::Outcome<void> Gate::listen(ConnectionId connection, std::string_view load, const MailboxGroup& group,
                                const TakeNews& take, std::stop_token stop) {
  MW_CHECK(check_group(group));
  GroupListening listening(group, take);
  for (unsigned in_vain = 0;;) {
    const MonotonicTime begun = clock().monotonic();
    auto ended = hear_group(connection, load, listening, stop);
    if (stop.stop_requested()) return fail(ews::Failure(ews::EwsError::cancelled, "the listening was cancelled"));
    if (listening.refused() || (!ended && ends_listening(ended.error()))) return ended;
    in_vain = clock().monotonic() - begun >= kLasted ? 0 : in_vain + 1;
    if (ended && in_vain <= 1) continue;
    if (!ended) MW_CHECK(take({.kind = MailboxNews::Kind::interrupted, .failure = std::move(ended).error()}));
    const MonotonicTime until = clock().monotonic() + pause_after(in_vain);
    std::unique_lock lock(state_->mutex);
    state_->changed.wait_until(lock, stop, until, [&] { return clock().monotonic() >= until; });
  }
}

}  // namespace mailward::connections
