#include "exchange_sim/organisation.h"

#include <algorithm>
#include <cctype>

#include "base/bytes.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {

std::string lower_case(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return out;
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && lower_case(a) == lower_case(b);
}

std::string Item::mime() const {
  std::string out = "From: \"" + from.name + "\" <" + from.smtp + ">\r\nTo: ";
  for (std::size_t i = 0; i < to.size(); ++i) out += (i > 0 ? ", " : "") + std::string("<") + to[i].smtp + ">";
  out +=
      "\r\nSubject: " + subject + "\r\nDate: " + mime_date(received) + "\r\nMessage-ID: " + internet_message_id +
      "\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=\"utf-8\"\r\nContent-Transfer-Encoding: 8bit\r\n\r\n";
  return out + body;
}

const Folder* Mailbox::find_folder(std::string_view id) const {
  const auto found = std::ranges::find(folders, id, &Folder::id);
  return found == folders.end() ? nullptr : &*found;
}

const Folder* Mailbox::find_distinguished(std::string_view name) const {
  const auto found = std::ranges::find(folders, name, &Folder::distinguished);
  return found == folders.end() ? nullptr : &*found;
}

std::vector<const Folder*> Mailbox::children(std::string_view id) const {
  std::vector<const Folder*> found;
  for (const Folder& folder : folders) {
    if (folder.parent_id == id && folder.id != id) found.push_back(&folder);
  }
  return found;
}

std::vector<const Folder*> Mailbox::descendants(std::string_view id) const {
  std::vector<const Folder*> found;
  std::vector<std::string_view> inside{id};
  for (const Folder& folder : folders) {
    if (folder.id == id || std::ranges::find(inside, folder.parent_id) == inside.end()) continue;
    found.push_back(&folder);
    inside.push_back(folder.id);
  }
  return found;
}

Organisation::Organisation(std::string domain, std::vector<Mailbox> mailboxes, std::vector<ImpersonationGrant> grants)
    : domain_(std::move(domain)), mailboxes_(std::move(mailboxes)), grants_(std::move(grants)) {
  for (const Mailbox& mailbox : mailboxes_) {
    states_[mailbox.smtp] = {.place = mailbox.place, .ews_enabled = mailbox.ews_enabled};
  }
}

const Mailbox* Organisation::find_mailbox(std::string_view key) const {
  const auto found = std::ranges::find_if(mailboxes_, [&](const Mailbox& mailbox) {
    return equal_ignoring_case(mailbox.smtp, key) || equal_ignoring_case(mailbox.upn, key) || mailbox.sid == key ||
           std::ranges::any_of(mailbox.aliases, [&](const auto& alias) { return equal_ignoring_case(alias, key); });
  });
  return found == mailboxes_.end() ? nullptr : &*found;
}

const Mailbox* Organisation::mailbox_of_account(std::string_view account) const {
  const auto found = std::ranges::find_if(mailboxes_, [&](const Mailbox& mailbox) {
    return !mailbox.account.empty() && equal_ignoring_case(mailbox.account, account);
  });
  return found == mailboxes_.end() ? nullptr : &*found;
}

const Mailbox* Organisation::mailbox_of_id(std::string_view id) const {
  const auto guid = mailbox_guid_of(id);
  if (!guid) return nullptr;
  const auto found = std::ranges::find(mailboxes_, *guid, &Mailbox::guid);
  return found == mailboxes_.end() ? nullptr : &*found;
}

Mailbox& Organisation::contents_of(const Mailbox& mailbox) {
  return mailboxes_.at(static_cast<std::size_t>(&mailbox - mailboxes_.data()));
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

MailboxPlace Organisation::place(const Mailbox& mailbox) const {
  const std::scoped_lock lock(mutex_);
  return states_.at(mailbox.smtp).place;
}

bool Organisation::ews_enabled(const Mailbox& mailbox) const {
  const std::scoped_lock lock(mutex_);
  return states_.at(mailbox.smtp).ews_enabled;
}

bool Organisation::set_place(std::string_view smtp, MailboxPlace place) {
  const Mailbox* mailbox = find_mailbox(smtp);
  if (mailbox == nullptr) return false;
  const std::scoped_lock lock(mutex_);
  states_[mailbox->smtp].place = place;
  return true;
}

bool Organisation::set_ews_enabled(std::string_view smtp, bool enabled) {
  const Mailbox* mailbox = find_mailbox(smtp);
  if (mailbox == nullptr) return false;
  const std::scoped_lock lock(mutex_);
  states_[mailbox->smtp].ews_enabled = enabled;
  return true;
}

void Organisation::set_grant(ImpersonationGrant grant) {
  const std::scoped_lock lock(mutex_);
  std::erase_if(grants_, [&](const auto& old) { return equal_ignoring_case(old.account, grant.account); });
  if (grant.everyone || !grant.mailboxes.empty()) grants_.push_back(std::move(grant));
}

}  // namespace mailward::exchange_sim
