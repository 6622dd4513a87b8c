#include <fmt/format.h>

#include <algorithm>

#include "connections/gate_state.h"

namespace mailward::connections {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// How long a wait lasts before it looks at the rows again: another process may have changed them.
constexpr milliseconds kGlance = 50ms;
/// The same for a password that waits for a person.
constexpr milliseconds kGlanceWhileParked = 1000ms;
/// IIS closes a connection that is quiet for two minutes; one that it is about to close is not begun with.
constexpr std::chrono::seconds kLongestRest = 100s;
constexpr unsigned kMostRepeats = 3;
constexpr unsigned kWellBeforeMore = 20;

bool reached_exchange(const ews::Failure& failure) {
  return failure.said.has_value();
}

}  // namespace

/// What a passage holds on its way.
struct Gate::Passage::Inner {
  State& state;
  ConnectionId connection;
  std::string load;
  Deadline deadline;
  std::stop_token stop;
  bool again;  ///< it may be sent again where its answer was lost

  std::shared_ptr<const GateView> view;
  std::unique_ptr<ews::Session> session;
  std::vector<std::unique_ptr<ews::Session>> discarded;  ///< to be closed without the lock
  CredentialVersionId version;
  Timestamp usable_until = Timestamp::max();  ///< a session whose every request needs its ticket
  bool has_slot = false;
  bool is_lent = false;    ///< the session is counted among those in use
  bool is_stream = false;  ///< it hangs, and has given its slot back
  bool past_door = false;  ///< counted among those who sign in
  bool replaces = false;
  unsigned repeats = 0;
  MonotonicTime not_before;  ///< a repetition
  Hindrance met;
  std::optional<MonotonicTime> held_since;
  std::chrono::milliseconds held{0};

  GateLane& lane() { return state.lanes[connection]; }
  GateKeys& keys() { return state.keys[view->account.id]; }

  /// Under the lock: whether nobody may sign in now.
  bool is_shut() { return keys().closed || view->door == Door::closed || view->account.active()->refused.has_value(); }
  Status look(bool fresh);
  ews::Outcome<ews::Session*> go();
  Status wait_for_moment();
  Status wait_for_slot();
  Status wait_in_queue(std::unique_lock<std::mutex>& lock, std::uint64_t place);
  Status wait_at_door(std::unique_lock<std::mutex>& lock);
  bool take_resting();
  ews::Outcome<bool> pass_door();
  void release(bool keep);
  void count(const ews::Failure* failure);
  bool may_repeat(const ews::Failure& failure, bool was_sent);
  void lend();
  void end(const ews::Failure* failure);
  void note_throttled(std::optional<milliseconds> back_off);
  void end_sign_in();
};

Gate::Passage::Passage(Gate& gate, ConnectionId connection, std::string_view load, Deadline deadline,
                       std::stop_token stop, bool again)
    : inner_(new Inner{.state = *gate.state_,
                       .connection = connection,
                       .load = std::string(load),
                       .deadline = deadline,
                       .stop = std::move(stop),
                       .again = again,
                       .view = nullptr,
                       .session = nullptr,
                       .discarded = {},
                       .version = {}}) {
  const std::scoped_lock lock(gate.state_->mutex);
  inner_->lane().budget.earn();
}

Gate::Passage::~Passage() {
  inner_->release(false);
}

Status Gate::Passage::Inner::look(bool fresh) {
  MW_TRY(view, state.view(connection, fresh));
  if (view->connection.state == ConnectionState::disabled) {
    return fail(Error(ConnectionsError::connection_disabled, "the connection is disabled")
                    .with_remedy("mailward connection enable " + connection.text()));
  }
  if (!view->account.enabled) {
    return fail(ConnectionsError::account_disabled, "the service account " + view->account.name + " is disabled");
  }
  if (view->account.active() == nullptr) {
    return fail(Error(ConnectionsError::no_password, "no password of " + view->account.name + " has signed in yet")
                    .with_remedy("test the connection: mailward connection test " + connection.text()));
  }
  return {};
}

Status Gate::Passage::Inner::wait_for_slot() {
  std::unique_lock lock(state.mutex);
  // Whoever comes back at once stands behind those who wait already: else some would wait for ever.
  const std::uint64_t place = lane().next_place++;
  lane().queue.insert(place);
  Status got = wait_in_queue(lock, place);
  lane().queue.erase(place);
  if (!lane().queue.empty()) state.changed.notify_all();
  return got;
}

/// Under the lock, which it lets go while it waits.
Status Gate::Passage::Inner::wait_in_queue(std::unique_lock<std::mutex>& lock, std::uint64_t place) {
  const auto is_free = [&] {
    GateLane& at = lane();
    return *at.queue.begin() == place && at.in_flight < at.limit && state.parts.clock.monotonic() >= at.rests_until;
  };
  for (;;) {
    GateLane& at = lane();
    const MonotonicTime now = state.parts.clock.monotonic();
    if (is_free()) {
      ++at.in_flight;
      has_slot = true;
      return {};
    }
    if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
    if (deadline.expired(state.parts.clock)) {
      return fail(BaseError::timed_out, now < at.rests_until
                                            ? "the server asked for a pause that is longer than the call's time"
                                            : "other calls of this connection took all the time");
    }
    const MonotonicTime until = now < at.rests_until ? at.rests_until : deadline.moment();
    state.changed.wait_until(lock, stop, std::min(until, deadline.moment()), is_free);
  }
}

/// Under the lock. A session at rest of the version in force; else one of an older one, unless it is this call's turn
/// to replace it. One whose every request carries the credential serves only with the version in force and an open
/// door.
bool Gate::Passage::Inner::take_resting() {
  GateLane& at = lane();
  const CredentialVersion& active = *view->account.active();
  const bool shut = is_shut();
  const auto serves = [&](const RestingSession& one) {
    return one.session->signed_in() || (one.version == active.id && !shut);
  };
  const MonotonicTime now = state.parts.clock.monotonic();
  const auto gone = std::ranges::find_if(at.resting, [&](const RestingSession& one) {
    return !one.session->connected() || now - one.since > kLongestRest ||
           (!one.session->signed_in() && (one.version != active.id || state.parts.clock.now() >= one.usable_until));
  });
  if (gone != at.resting.end()) {
    discarded.push_back(std::move(gone->session));
    at.resting.erase(gone);
    return take_resting();
  }
  auto found = std::ranges::find_if(at.resting,
                                    [&](const RestingSession& one) { return one.version == active.id && serves(one); });
  if (found == at.resting.end()) found = std::ranges::find_if(at.resting, serves);
  if (found == at.resting.end()) return false;
  session = std::move(found->session);
  version = found->version;
  usable_until = found->usable_until;
  at.resting.erase(found);
  if (version != active.id && !shut && !at.replacing) {
    at.replacing = replaces = true;
    discarded.push_back(std::move(session));
    return false;
  }
  if (!session->signed_in()) {
    ++keys().signing_in;
    past_door = true;
  }
  return true;
}

/// Under the lock, which it lets go: until something has changed. Errors: gate_timeout, account_parked, cancelled,
/// timed_out.
Status Gate::Passage::Inner::wait_at_door(std::unique_lock<std::mutex>& lock) {
  const MonotonicTime now = state.parts.clock.monotonic();
  const bool parked = view->account.active()->refused.has_value();
  if (!held_since) held_since = now;
  held = std::chrono::duration_cast<milliseconds>(now - *held_since);
  if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
  if (parked && deadline.expired(state.parts.clock)) {
    return fail(Error(ConnectionsError::account_parked, "the password of " + view->account.name + " was refused (" +
                                                            view->account.active()->refusal +
                                                            ") and is not used any more")
                    .with_remedy("type the new one: mailward account password " + view->account.id.text()));
  }
  if (!parked && held >= state.parts.hold_limit) {
    return fail(ConnectionsError::gate_timeout,
                fmt::format("the call waited {} ms at the sign-in door of {}, whose password is being renewed",
                            held.count(), view->account.name));
  }
  if (deadline.expired(state.parts.clock))
    return fail(BaseError::timed_out, "the call's time ended at the sign-in door");
  const milliseconds glance = parked ? kGlanceWhileParked : kGlance;
  state.changed.wait_until(lock, stop, std::min(deadline.moment(), now + glance), [] { return false; });
  return {};
}

/// True: this call may sign in, and is counted among those who do. False: it has a session by now.
ews::Outcome<bool> Gate::Passage::Inner::pass_door() {
  bool fresh = false;
  for (;;) {
    MW_CHECK(look(fresh));
    std::unique_lock lock(state.mutex);
    if (take_resting()) return false;
    const bool shut = is_shut();
    if (!shut && fresh) {
      ++keys().signing_in;
      past_door = true;
      return true;
    }
    fresh = true;
    if (shut) MW_CHECK(wait_at_door(lock));
  }
}

/// The pause before a repetition.
Status Gate::Passage::Inner::wait_for_moment() {
  std::unique_lock lock(state.mutex);
  const auto is_over = [&] { return state.parts.clock.monotonic() >= not_before; };
  while (!is_over()) {
    if (stop.stop_requested()) return fail(BaseError::cancelled, "cancelled");
    if (deadline.expired(state.parts.clock))
      return fail(BaseError::timed_out, "the call's time ended before a repetition");
    state.changed.wait_until(lock, stop, std::min(deadline.moment(), not_before), is_over);
  }
  return {};
}

ews::Outcome<ews::Session*> Gate::Passage::Inner::go() {
  MW_CHECK(wait_for_moment());
  MW_CHECK(look(false));
  MW_CHECK(wait_for_slot());
  MW_TRY(const bool alone, pass_door());
  const auto end_hold = [&] {
    if (held_since) held = std::chrono::duration_cast<milliseconds>(state.parts.clock.monotonic() - *held_since);
    held_since.reset();
  };
  end_hold();
  if (alone) {
    version = view->account.active()->id;
    MW_TRY(session, state.sign_in(*view, deadline, stop));
  }
  const std::scoped_lock lock(state.mutex);
  if (alone) {
    usable_until = keys().tickets ? keys().tickets->expires() - kTicketReserve : Timestamp::max();
  }
  lend();
  // Where each request carries the credential, the call itself is a sign-in: the door counts it until it ends.
  if (past_door && session->signed_in()) {
    --keys().signing_in;
    past_door = false;
  }
  if (replaces) lane().replacing = replaces = false;
  state.changed.notify_all();
  return session.get();
}

ews::Outcome<ews::Session*> Gate::Passage::enter() {
  for (;;) {
    auto entered = inner_->go();
    if (entered) return entered;
    inner_->release(false);
    if (!inner_->may_repeat(entered.error(), false)) {
      inner_->count(&entered.error());
      return entered;
    }
  }
}

void Gate::Passage::Inner::release(bool keep) {
  {
    const std::scoped_lock lock(state.mutex);
    if (is_lent) --(is_stream ? lane().lent[version].streams : lane().lent[version].calls);
    is_lent = is_stream = false;
    if (session && keep && session->connected()) {
      const CredentialVersion* active = lane().view ? lane().view->account.active() : nullptr;
      const bool current = active != nullptr && active->id == version;
      const bool old_is_needed = lane().resting.size() < lane().limit;
      const bool is_retired = lane().only && version != *lane().only;
      if (!is_retired && (current || old_is_needed)) {
        lane().resting.push_back({std::move(session), version, state.parts.clock.monotonic(), usable_until});
      }
    }
    if (session) discarded.push_back(std::move(session));
    if (past_door) --keys().signing_in;
    if (replaces) lane().replacing = false;
    if (has_slot) --lane().in_flight;
    has_slot = past_door = replaces = false;
  }
  discarded.clear();
  state.changed.notify_all();
}

/// The call has ended.
void Gate::Passage::Inner::count(const ews::Failure* failure) {
  if (!view) return;
  const std::scoped_lock lock(state.mutex);
  LoadReport& report = keys().loads[load];
  report.load = load;
  ++report.calls;
  if (held.count() > 0) ++report.held;
  report.longest_hold = std::max(report.longest_hold, held);
  if (failure == nullptr || reached_exchange(*failure)) return;
  ++report.failed;
  report.last_failure = failure->error.describe();
  if (failure->error.is(ConnectionsError::gate_timeout)) ++report.gate_timeouts;
}

void Gate::Passage::Inner::note_throttled(std::optional<milliseconds> back_off) {
  state.rest(connection, back_off);
  ++met.throttled;
  if (!view) return;
  const std::scoped_lock lock(state.mutex);
  LoadReport& report = keys().loads[load];
  report.load = load;
  ++report.throttled;
}

/// Under the lock.
void Gate::Passage::Inner::lend() {
  auto& lent = lane().lent;
  // What was retired is of no interest once nobody uses it.
  std::erase_if(lent, [](const auto& one) { return one.second.calls == 0 && one.second.streams == 0; });
  ++lent[version].calls;
  is_lent = true;
}

/// Whether the failure leaves anything to try, and the pause that it asks for is noted. `was_sent`: it is the call's
/// own, and not of the sign-in before it.
bool Gate::Passage::Inner::may_repeat(const ews::Failure& failure, bool was_sent) {
  using enum ews::EwsError;
  const auto throttling = ews::throttling_of(failure, state.parts.clock.now());
  const bool later = throttling ? waiting_helps(*throttling) : failure.is(server_unavailable);
  if (later) note_throttled(throttling ? throttling->back_off : std::nullopt);
  const bool refused = failure.is(ews::EwsError::throttled) && later;
  const bool not_executed = !was_sent || refused || failure.is(closed_before_sending) || failure.is(unauthorized) ||
                            failure.evidence->sent != ews::Sent::request;
  const bool out_of_time = stop.stop_requested() || deadline.expired(state.parts.clock);
  // The deadline has not passed: it is the server that fell silent.
  const bool silent = failure.is(timed_out) && failure.evidence->sent == ews::Sent::request && !out_of_time;
  const bool passing = silent || is_passing(failure, state.parts.clock.now());
  if (passing && !not_executed) ++met.lost;
  // To the door, where it waits.
  const bool door =
      failure.error.is(ConnectionsError::account_busy) || failure.error.is(ConnectionsError::account_parked);
  if (door && !deadline.expired(state.parts.clock)) return true;
  if (!passing || out_of_time) return false;
  if (!not_executed && !again) return false;
  if (later) return true;  // as long as the deadline allows
  if (++repeats > kMostRepeats) return false;
  if (not_executed) return true;
  const std::scoped_lock lock(state.mutex);
  not_before = state.parts.clock.monotonic() + pause_before(repeats);
  return lane().budget.spend();
}

void Gate::Passage::answered() {
  inner_->end_sign_in();
}

void Gate::Passage::give_back_slot() {
  {
    const std::scoped_lock lock(inner_->state.mutex);
    if (!inner_->has_slot) return;
    --inner_->lane().in_flight;
    inner_->has_slot = false;
    Lent& lent = inner_->lane().lent[inner_->version];
    --lent.calls;
    ++lent.streams;
    inner_->is_stream = true;
  }
  inner_->state.changed.notify_all();
}

Status Gate::Passage::check() {
  return inner_->look(false);
}

const Hindrance& Gate::Passage::met() const {
  return inner_->met;
}

/// What carried the credential was taken: a door that waits for it need not wait for the rest of the answer.
void Gate::Passage::Inner::end_sign_in() {
  {
    const std::scoped_lock lock(state.mutex);
    if (!past_door) return;
    --keys().signing_in;
    past_door = false;
  }
  state.changed.notify_all();
}

void Gate::Passage::Inner::end(const ews::Failure* failure) {
  // The request carried the password, and it was refused. A 401 on a connection that is signed in says nothing of it.
  const bool was_refused = failure != nullptr && failure->is(ews::EwsError::unauthorized) && session && view &&
                           showed_password(*failure->evidence);
  if (was_refused) state.doubt(*view, version);
  const bool keep = failure == nullptr || reached_exchange(*failure);
  if (failure == nullptr) {
    const std::scoped_lock lock(state.mutex);
    GateLane& at = lane();
    at.pause = milliseconds(0);
    const unsigned most = at.view ? at.view->connection.form.concurrency : at.limit;
    if (at.limit < most && ++at.went_well >= kWellBeforeMore) {
      ++at.limit;
      at.went_well = 0;
    }
  }
  release(keep);
}

bool Gate::Passage::leave(const ews::Failure* failure, bool may_go_again) {
  inner_->end(failure);
  if (failure != nullptr && inner_->may_repeat(*failure, true) && may_go_again) return true;
  inner_->count(failure);
  return false;
}

void Gate::Passage::leave_stream(const ews::Failure* failure) {
  inner_->end(failure);
  inner_->count(failure);
}

}  // namespace mailward::connections
