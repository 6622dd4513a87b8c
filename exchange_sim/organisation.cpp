#include "exchange_sim/organisation.h"

#include <algorithm>

#include "base/bytes.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {

Organisation::Organisation(std::string domain, std::vector<MailboxPlan> plans, std::vector<ImpersonationGrant> grants,
                           std::unique_ptr<Blobs> blobs, const Clock& clock)
    : domain_(std::move(domain)),
      clock_(clock),
      blobs_(blobs ? std::move(blobs) : Blobs::in_memory()),
      grants_(std::move(grants)) {
  for (MailboxPlan& plan : plans) add(std::move(plan));
}

Mailbox& Organisation::add(MailboxPlan plan) {
  std::vector<std::string> full_access = std::move(plan.full_access);
  Mailbox& made = mailboxes_.emplace_back(std::move(plan), *blobs_, clock_);
  made.changed_signal = changed_;
  by_key_.emplace(lower_case(made.smtp), &made);
  by_key_.emplace(lower_case(made.upn), &made);
  by_key_.emplace(lower_case(made.sid), &made);
  for (const std::string& alias : made.aliases) by_key_.emplace(lower_case(alias), &made);
  if (!made.account.empty()) by_account_.emplace(lower_case(made.account), &made);
  by_guid_.emplace(made.guid, &made);
  states_[&made] = {.place = made.first_place,
                    .ews_enabled = made.first_ews_enabled,
                    .full_access = std::move(full_access),
                    .autodiscover = made.first_autodiscover};
  return made;
}

void Organisation::set_public_folders(MailboxPlan plan, std::vector<std::string> holders) {
  plan.public_folders = true;
  public_folders_ = &add(std::move(plan));
  public_folder_holders_ = std::move(holders);
}

std::string Organisation::public_folder_holder(std::string_view key) const {
  const auto found = std::ranges::find_if(public_folder_holders_, [&](const std::string& address) {
    return equal_ignoring_case(key, address) || equal_ignoring_case(key.substr(0, key.find('@')), make_guid(address));
  });
  return found == public_folder_holders_.end() ? std::string() : *found;
}

const Mailbox* Organisation::mailbox_of_guid_address(std::string_view address) const {
  const auto found = by_guid_.find(lower_case(address.substr(0, address.find('@'))));
  return found == by_guid_.end() ? nullptr : found->second;
}

const Mailbox* Organisation::look_up(std::string_view key) const {
  const auto found = by_key_.find(lower_case(key));
  return found == by_key_.end() ? nullptr : found->second;
}

const Mailbox* Organisation::find_mailbox(std::string_view key) const {
  return look_up(key);
}

Mailbox* Organisation::find_mailbox(std::string_view key) {
  const auto found = by_key_.find(lower_case(key));
  return found == by_key_.end() ? nullptr : found->second;
}

Mailbox* Organisation::mailbox_of_account(std::string_view account) {
  const auto found = by_account_.find(lower_case(account));
  return found == by_account_.end() ? nullptr : found->second;
}

const Mailbox* Organisation::mailbox_of_account(std::string_view account) const {
  const auto found = by_account_.find(lower_case(account));
  return found == by_account_.end() ? nullptr : found->second;
}

Mailbox* Organisation::mailbox_of_id(std::string_view id) {
  const auto guid = mailbox_guid_of(id);
  if (!guid) return nullptr;
  const auto found = by_guid_.find(*guid);
  return found == by_guid_.end() ? nullptr : found->second;
}

bool Organisation::may_impersonate(std::string_view account, const Mailbox& mailbox) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(grants_, [&](const ImpersonationGrant& grant) {
    if (!equal_ignoring_case(grant.account, account)) return false;
    return grant.everyone || std::ranges::any_of(grant.mailboxes, [&](const std::string& smtp) {
             return equal_ignoring_case(smtp, mailbox.smtp);
           });
  });
}

bool Organisation::has_impersonation(std::string_view account) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(
      grants_, [&](const ImpersonationGrant& grant) { return equal_ignoring_case(grant.account, account); });
}

bool Organisation::may_send_for(std::string_view delegate, std::string_view owner) const {
  const std::scoped_lock lock(mutex_);
  return send_for_.contains({lower_case(delegate), lower_case(owner)});
}

void Organisation::let_send_for(std::string_view delegate, std::string_view owner, bool may) {
  const std::scoped_lock lock(mutex_);
  const std::pair pair(lower_case(delegate), lower_case(owner));
  if (may) {
    send_for_.insert(pair);
  } else {
    send_for_.erase(pair);
  }
}

const DistributionList* Organisation::find_list(std::string_view smtp) const {
  const auto found =
      std::ranges::find_if(lists_, [&](const DistributionList& list) { return equal_ignoring_case(list.smtp, smtp); });
  return found == lists_.end() ? nullptr : &*found;
}

void Organisation::set_journal_rules(std::vector<JournalRule> rules) {
  const std::scoped_lock lock(mutex_);
  journal_rules_ = std::move(rules);
}

std::vector<JournalRule> Organisation::journal_rules() const {
  const std::scoped_lock lock(mutex_);
  return journal_rules_;
}

MailboxPlace Organisation::place(const Mailbox& mailbox) const {
  const std::scoped_lock lock(mutex_);
  return states_.at(&mailbox).place;
}

bool Organisation::ews_enabled(const Mailbox& mailbox) const {
  const std::scoped_lock lock(mutex_);
  return states_.at(&mailbox).ews_enabled;
}

std::string Organisation::autodiscover_target(const Mailbox& mailbox) const {
  const std::scoped_lock lock(mutex_);
  return states_.at(&mailbox).autodiscover;
}

bool Organisation::set_autodiscover_target(std::string_view smtp, std::string target) {
  const Mailbox* mailbox = look_up(smtp);
  if (mailbox == nullptr) return false;
  const std::scoped_lock lock(mutex_);
  states_[mailbox].autodiscover = std::move(target);
  return true;
}

bool Organisation::set_place(std::string_view smtp, MailboxPlace place) {
  const Mailbox* mailbox = look_up(smtp);
  if (mailbox == nullptr) return false;
  const std::scoped_lock lock(mutex_);
  states_[mailbox].place = place;
  return true;
}

bool Organisation::set_ews_enabled(std::string_view smtp, bool enabled) {
  const Mailbox* mailbox = look_up(smtp);
  if (mailbox == nullptr) return false;
  const std::scoped_lock lock(mutex_);
  states_[mailbox].ews_enabled = enabled;
  return true;
}

bool Organisation::has_full_access(const Mailbox& mailbox, std::string_view account, std::string_view smtp) const {
  const std::scoped_lock lock(mutex_);
  return std::ranges::any_of(states_.at(&mailbox).full_access, [&](const std::string& who) {
    return equal_ignoring_case(who, account) || equal_ignoring_case(who, smtp);
  });
}

std::vector<std::string> Organisation::full_access(const Mailbox& mailbox) const {
  const std::scoped_lock lock(mutex_);
  return states_.at(&mailbox).full_access;
}

bool Organisation::set_full_access(std::string_view smtp, std::vector<std::string> who) {
  const Mailbox* mailbox = look_up(smtp);
  if (mailbox == nullptr) return false;
  const std::scoped_lock lock(mutex_);
  states_[mailbox].full_access = std::move(who);
  return true;
}

void Organisation::set_grant(ImpersonationGrant grant) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(grants_, [&](const auto& old) { return equal_ignoring_case(old.account, grant.account); });
  if (grant.everyone || !grant.mailboxes.empty()) grants_.push_back(std::move(grant));
}

}  // namespace mailward::exchange_sim
