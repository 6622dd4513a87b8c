#include "connections/group_listening.h"

#include <algorithm>

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""min;
using std::chrono_literals::operator""s;

/// After that long, mailboxes that could not be subscribed are tried again.
constexpr std::chrono::minutes kUntilAnotherTry = 5min;
constexpr std::chrono::seconds kSubscribing = 60s;
constexpr std::chrono::minutes kSubscribingAll = 10min;
/// Beyond the time agreed on, before a connection that the server does not close is given up.
constexpr std::chrono::minutes kGrace = 2min;

/// What Exchange says of one mailbox says nothing about the others.
bool concerns_mailbox(const ews::Failure& failure) {
  return failure.said && !failure.is(ews::EwsError::throttled);
}

}  // namespace

GroupListening::GroupListening(const MailboxGroup& group, const TakeNews& take)
    : group_(group), take_(take), stream_(group.mailboxes.front()), members_(group.mailboxes.size()) {}

ews::CallContext GroupListening::in_mailbox(std::size_t place) const {
  ews::CallContext context;
  context.impersonate = {.kind = ews::Impersonation::Kind::smtp_address, .value = group_.mailboxes[place]};
  return context;
}

std::size_t GroupListening::place_of(const std::string& subscription) const {
  const auto found = std::ranges::find(members_, subscription, &Member::subscription);
  return static_cast<std::size_t>(found - members_.begin());
}

ews::Outcome<void> GroupListening::tell(const MailboxNews& news) {
  auto taken = take_(news);
  if (!taken) refused_ = true;
  return taken;
}

void GroupListening::forget(const std::vector<std::string>& subscriptions) {
  lost_ = true;
  for (const std::string& one : subscriptions) {
    const std::size_t place = place_of(one);
    if (place < members_.size()) members_[place].subscription.clear();
  }
}

ews::Outcome<void> GroupListening::subscribe(ews::Session& session, const std::stop_token& stop) {
  const auto deadline = Deadline::after(kSubscribingAll);
  // With its last subscription goes what bound the group to a server.
  const auto stands = [](const Member& member) { return !member.subscription.empty(); };
  if (std::ranges::none_of(members_, stands)) stream_ = ews::NotificationStream(group_.mailboxes.front());
  timeout_ = group_.timeout;
  std::optional<ews::Failure> last;
  for (std::size_t place = 0; place < members_.size(); ++place) {
    Member& member = members_[place];
    if (stands(member)) continue;
    auto subscribed = stream_.subscribe(session, group_.what, in_mailbox(place),
                                        deadline.earlier_of(Deadline::after(kSubscribing)), stop);
    if (subscribed) {
      member = {.subscription = *std::move(subscribed), .needs_sync = true};
      continue;
    }
    if (!concerns_mailbox(subscribed.error())) return std::unexpected(std::move(subscribed).error());
    timeout_ = std::min(timeout_, kUntilAnotherTry);
    last = std::move(subscribed).error();
    MW_CHECK(tell({.kind = MailboxNews::Kind::unheard, .mailbox = place, .failure = last}));
  }
  if (std::ranges::none_of(members_, stands)) return fail(*std::move(last));
  return {};
}

ews::Outcome<void> GroupListening::ask_for_syncs() {
  for (std::size_t place = 0; place < members_.size(); ++place) {
    Member& member = members_[place];
    if (member.subscription.empty() || !member.needs_sync) continue;
    MW_CHECK(tell({.kind = MailboxNews::Kind::sync, .mailbox = place}));
    member.needs_sync = false;
  }
  return {};
}

ews::Outcome<void> GroupListening::hear(const ews::StreamEvent& event, const Heard& heard) {
  using Kind = ews::StreamEvent::Kind;
  if (event.kind == Kind::missed) {
    forget(event.subscriptions);
    // To be subscribed anew at once, not when the connection's time is over.
    return fail(ews::Failure(ews::EwsError::cancelled, "a subscription is gone"));
  }
  if (event.kind == Kind::closed) return {};
  MW_CHECK(heard(!open_));
  open_ = true;
  MW_CHECK(ask_for_syncs());
  if (event.kind != Kind::notification) return {};
  const std::size_t place = place_of(event.notification.subscription);
  if (place == members_.size()) return {};
  return tell({.kind = MailboxNews::Kind::changed, .mailbox = place, .events = event.notification.events});
}

ews::Outcome<void> GroupListening::go_on(ews::Session& session, const Heard& heard, const std::stop_token& stop) {
  asked_ = open_ = lost_ = false;
  MW_CHECK(subscribe(session, stop));
  ews::NotificationStream::Listening listening{.subscriptions = {}, .timeout = timeout_, .silence = group_.silence};
  std::optional<std::size_t> speaker;
  for (std::size_t place = 0; place < members_.size(); ++place) {
    if (members_[place].subscription.empty()) continue;
    if (!speaker) speaker = place;
    listening.subscriptions.push_back(members_[place].subscription);
  }
  asked_ = true;
  auto ended = stream_.listen(
      session, listening, in_mailbox(*speaker), [&](const ews::StreamEvent& event) { return hear(event, heard); },
      Deadline::after(timeout_ + kGrace), stop);
  if (ended && !lost_) return ended;
  // It may be the speaker's mailbox alone that is refused: subscribing it anew shows that.
  if (!ended && !open_ && concerns_mailbox(ended.error())) members_[*speaker].subscription.clear();
  // What the server had sent when the connection ended may have been lost with it.
  for (Member& member : members_) member.needs_sync = true;
  if (lost_ && !refused_ && !stop.stop_requested()) return {};
  return ended;
}

}  // namespace mailward::connections
