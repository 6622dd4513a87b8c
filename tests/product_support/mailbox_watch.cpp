#include "tests/product_support/mailbox_watch.h"

#include <stdexcept>

#include "ews/operations/create_item.h"
#include "ews/operations/sync_folder_items.h"
#include "tests/support/wait_until.h"

namespace mailward::testing {
namespace {

using connections::MailboxNews;
using namespace std::chrono_literals;

ews::CallContext in_mailbox(const std::string& mailbox) {
  ews::CallContext context;
  context.impersonate = {.kind = ews::Impersonation::Kind::smtp_address, .value = mailbox};
  return context;
}

}  // namespace

MailboxWatch::MailboxWatch(connections::Gate& gate, connections::ConnectionId connection,
                           connections::MailboxGroup group)
    : gate_(gate), connection_(connection), group_(std::move(group)), states_(group_.mailboxes.size()) {
  thread_ = std::thread([this] {
    ended_ = gate_.listen(
        connection_, "watch", group_, [this](const MailboxNews& news) { return take(news); }, stop_.get_token());
    is_over_ = true;
  });
}

ews::Outcome<void> MailboxWatch::take(const MailboxNews& news) {
  switch (news.kind) {
    case MailboxNews::Kind::sync: {
      auto synced = sync(news.mailbox);
      if (synced) ++syncs_;
      return synced;
    }
    case MailboxNews::Kind::changed:
      for (const ews::Event& event : news.events) {
        if (event.kind != ews::Event::Kind::created) continue;
        const auto* item = std::get_if<ews::ItemId>(&event.object);
        if (item != nullptr && note(item->id)) ++hints_;
      }
      return {};
    case MailboxNews::Kind::unheard: {
      const std::scoped_lock lock(mutex_);
      unheard_[news.mailbox] = news.failure->error.describe();
      return {};
    }
    case MailboxNews::Kind::interrupted:
      ++interruptions_;
      return {};
  }
  return {};
}

ews::Outcome<void> MailboxWatch::sync(std::size_t mailbox) {
  for (bool last = false; !last;) {
    ews::SyncFolderItems operation;
    operation.shape.base = ews::BaseShape::id_only;
    operation.folder = ews::DistinguishedFolder{"inbox", {}};
    operation.state = states_[mailbox];
    MW_TRY(auto reply, gate_.call(connection_, "watch", operation, in_mailbox(group_.mailboxes[mailbox]),
                                  Deadline::after(30s), stop_.get_token()));
    if (auto failure = reply.response.first_error()) return fail(*std::move(failure));
    auto& changes = reply.response.messages.front().value;
    for (const auto& change : changes.changes) {
      if (note(change.item.id.id)) ++synced_;
    }
    states_[mailbox] = changes.state;
    last = changes.last;
  }
  return {};
}

bool MailboxWatch::note(const std::string& id) {
  const std::scoped_lock lock(mutex_);
  return known_.insert(id).second;
}

void MailboxWatch::await_syncs(std::size_t many) const {
  if (!wait_until([&] { return syncs_ >= many; }, 30s)) {
    throw std::runtime_error("asked to sync " + std::to_string(syncs_) + " times, not " + std::to_string(many));
  }
}

void MailboxWatch::await_items(const std::set<std::string>& ids) const {
  if (!wait_until([&] { return unknown(ids).empty(); }, 30s)) {
    throw std::runtime_error("of " + std::to_string(ids.size()) + " items " + std::to_string(unknown(ids).size()) +
                             " were never heard of");
  }
}

std::vector<std::string> MailboxWatch::unknown(const std::set<std::string>& ids) const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::string> unknown;
  for (const std::string& id : ids) {
    if (!known_.contains(id)) unknown.push_back(id);
  }
  return unknown;
}

std::map<std::size_t, std::string> MailboxWatch::unheard() const {
  const std::scoped_lock lock(mutex_);
  return unheard_;
}

ews::Outcome<void> MailboxWatch::stop() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
  return ended_;
}

ItemMaker::ItemMaker(connections::Gate& gate, connections::ConnectionId connection, std::vector<std::string> mailboxes,
                     std::chrono::milliseconds pause)
    : gate_(gate), connection_(connection) {
  thread_ = std::thread([this, mailboxes = std::move(mailboxes), pause] {
    for (std::size_t next = 0; !stop_.stop_requested(); ++next) {
      make(mailboxes[next % mailboxes.size()]);
      std::unique_lock lock(mutex_);
      rest_.wait_for(lock, stop_.get_token(), pause, [] { return false; });
    }
  });
}

void ItemMaker::make(const std::string& mailbox) {
  ews::CreateItem operation;
  operation.folder = ews::DistinguishedFolder{"inbox", {}};
  operation.messages = {{.subject = "made", .text = "made"}};
  const auto reply = gate_.call(connection_, "maker", operation, in_mailbox(mailbox), Deadline::after(30s));
  if (!reply || reply->response.first_error()) return;
  const std::scoped_lock lock(mutex_);
  made_.insert(reply->response.messages.front().value.front().id.id);
}

void ItemMaker::await_more(std::size_t many) const {
  const auto count = [&] {
    const std::scoped_lock lock(mutex_);
    return made_.size();
  };
  const std::size_t wanted = count() + many;
  if (!wait_until([&] { return count() >= wanted; }, 30s)) throw std::runtime_error("no more items are made");
}

std::set<std::string> ItemMaker::stop() {
  stop_.request_stop();
  if (thread_.joinable()) thread_.join();
  return made_;
}

}  // namespace mailward::testing
