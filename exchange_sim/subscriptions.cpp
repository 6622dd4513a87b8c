#include "exchange_sim/subscriptions.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/digest.h"

namespace mailward::exchange_sim {
namespace {

bool wants(const Subscription& subscription, const Event& event) {
  if (!subscription.kinds.contains(event.kind)) return false;
  if (subscription.all_folders) return true;
  const auto named = [&](const std::string& id) { return !id.empty() && subscription.folders.contains(id); };
  return named(event.parent_id) || named(event.old_parent_id) || (event.of_folder && named(event.id));
}

/// As Exchange's: the server's name within, so that a balancer can find it again.
std::string make_id(const Subscription& subscription) {
  const std::string domain = subscription.mailbox->smtp.substr(subscription.mailbox->smtp.find('@') + 1);
  const std::string server = "mbx01." + domain;
  Bytes raw{static_cast<std::uint8_t>(server.size()), 0x00};
  const BytesView name = as_bytes(server);
  raw.insert(raw.end(), name.begin(), name.end());
  raw.insert(raw.end(), {0x10, 0x00, 0x00, 0x00});
  const Bytes random = random_bytes(16);
  raw.insert(raw.end(), random.begin(), random.end());
  return to_base64(raw);
}

}  // namespace

void SubscriptionBook::drop_expired() {
  const MonotonicTime now = clock_.monotonic();
  std::erase_if(subscriptions_, [&](const auto& each) { return now > each.second.used + each.second.timeout; });
}

std::optional<std::string> SubscriptionBook::add(Subscription subscription, std::size_t most) {
  subscription.id = make_id(subscription);
  subscription.used = clock_.monotonic();
  const std::scoped_lock lock(mutex_);
  drop_expired();
  const auto is_of_the_same = [&](const auto& each) {
    const Subscription& other = each.second;
    return other.subscriber == subscription.subscriber &&
           (other.subscriber != nullptr || other.account == subscription.account);
  };
  if (std::cmp_greater_equal(std::ranges::count_if(subscriptions_, is_of_the_same), most)) return std::nullopt;
  std::string id = subscription.id;
  subscriptions_.emplace(id, std::move(subscription));
  return id;
}

std::optional<Subscription> SubscriptionBook::find(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  drop_expired();
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return std::nullopt;
  found->second.used = clock_.monotonic();
  return found->second;
}

void SubscriptionBook::set_told(std::string_view id, std::uint64_t change) {
  const std::scoped_lock lock(mutex_);
  const auto found = subscriptions_.find(id);
  if (found != subscriptions_.end()) found->second.told = std::max(found->second.told, change);
}

bool SubscriptionBook::set_told(std::string_view id, std::uint64_t change, std::uint64_t stream) {
  const std::scoped_lock lock(mutex_);
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end() || found->second.stream != stream) return false;
  found->second.told = std::max(found->second.told, change);
  return true;
}

std::uint64_t SubscriptionBook::begin_stream(const std::vector<std::string>& ids) {
  const std::scoped_lock lock(mutex_);
  ++streams_;
  for (const std::string& id : ids) {
    const auto found = subscriptions_.find(id);
    if (found != subscriptions_.end()) found->second.stream = streams_;
  }
  return streams_;
}

bool SubscriptionBook::remove(std::string_view id) {
  const std::scoped_lock lock(mutex_);
  const auto found = subscriptions_.find(id);
  if (found == subscriptions_.end()) return false;
  subscriptions_.erase(found);
  return true;
}

void SubscriptionBook::remove_of(const Mailbox& mailbox) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(subscriptions_, [&](const auto& each) { return each.second.mailbox == &mailbox; });
}

std::size_t SubscriptionBook::count() const {
  const std::scoped_lock lock(mutex_);
  return subscriptions_.size();
}

Told events_for(const Subscription& subscription, std::uint64_t told, std::size_t most) {
  const auto& events = subscription.mailbox->events();
  Told answer{.events = {}, .reached = std::max(told, subscription.mailbox->changes()), .more = false};
  for (auto event = std::ranges::upper_bound(events, told, {}, &Event::number); event != events.end(); ++event) {
    if (!wants(subscription, *event)) continue;
    if (answer.events.size() == most) {
      answer.more = true;
      answer.reached = answer.events.back()->number;
      break;
    }
    answer.events.push_back(&*event);
  }
  return answer;
}

}  // namespace mailward::exchange_sim
