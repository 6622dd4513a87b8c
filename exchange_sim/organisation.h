#pragma once

#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/clock.h"
#include "exchange_sim/journal.h"
#include "exchange_sim/mailbox.h"
#include "exchange_sim/people.h"

/// What the played organisation holds: mailboxes with their folders and items, and who may impersonate whom.
namespace mailward::exchange_sim {

/// An ApplicationImpersonation assignment with its recipient write scope.
struct ImpersonationGrant {
  std::string account;
  bool everyone = false;
  std::vector<std::string> mailboxes;  ///< primary addresses in scope
};

/// A distribution group of the directory: mail to it goes to its members.
struct DistributionList {
  std::string smtp;
  std::string name;
  std::vector<std::string> members;  ///< addresses, of other lists too
  bool rooms = false;                ///< a room list
};

/// Thread-safe by itself; what a mailbox holds is guarded by that mailbox's mutex.
class Organisation {
 public:
  /// `blobs` null: they are kept in memory.
  Organisation(std::string domain, std::vector<MailboxPlan> plans, std::vector<ImpersonationGrant> grants,
               std::unique_ptr<Blobs> blobs = nullptr, const Clock& clock = Clock::system());

  /// Before anybody asks.
  void set_lists(std::vector<DistributionList> lists) { lists_ = std::move(lists); }
  const std::vector<DistributionList>& lists() const { return lists_; }
  /// In any case; null for none.
  const DistributionList* find_list(std::string_view smtp) const;

  /// Where all public folders are; null where the organisation has none. Before anybody asks. `holders`: the addresses
  /// of whatever holds contents of theirs, mailboxes or not.
  void set_public_folders(MailboxPlan plan, std::vector<std::string> holders = {});
  /// Of those that hold contents of public folders, the address of that one, asked for by it or by GUID@domain; empty
  /// for none.
  std::string public_folder_holder(std::string_view key) const;
  Mailbox* public_folders() { return public_folders_; }
  const Mailbox* public_folders() const { return public_folders_; }

  void set_journal_rules(std::vector<JournalRule> rules);
  std::vector<JournalRule> journal_rules() const;

  const std::string& domain() const { return domain_; }
  const Clock& clock() const { return clock_; }
  /// Notified after each change in any mailbox.
  const http::StreamSignal& changed() const { return changed_; }
  /// By primary address or alias, UPN or SID, in any case; null for none. Lives as long as the organisation.
  Mailbox* find_mailbox(std::string_view key);
  const Mailbox* find_mailbox(std::string_view key) const;
  /// By "GUID@domain", as Autodiscover names servers and PidTagReplicaList mailboxes; null for none.
  const Mailbox* mailbox_of_guid_address(std::string_view address) const;
  Mailbox* mailbox_of_account(std::string_view account);
  const Mailbox* mailbox_of_account(std::string_view account) const;
  /// The mailbox whose GUID an item or folder id carries, or null.
  Mailbox* mailbox_of_id(std::string_view id);
  std::deque<Mailbox>& mailboxes() { return mailboxes_; }
  const std::deque<Mailbox>& mailboxes() const { return mailboxes_; }
  bool may_impersonate(std::string_view account, const Mailbox& mailbox) const;
  /// Whether the account has the role at all.
  bool has_impersonation(std::string_view account) const;

  /// Delegates may send in the name of the mailbox's owner. Both by primary address.
  bool may_send_for(std::string_view delegate, std::string_view owner) const;
  void let_send_for(std::string_view delegate, std::string_view owner, bool may);

  MailboxPlace place(const Mailbox& mailbox) const;
  bool ews_enabled(const Mailbox& mailbox) const;
  bool set_place(std::string_view smtp, MailboxPlace place);
  bool set_ews_enabled(std::string_view smtp, bool enabled);
  /// FullAccess: whoever has it may do everything in the mailbox, and still not send in its name. By account or
  /// address.
  bool has_full_access(const Mailbox& mailbox, std::string_view account, std::string_view smtp) const;
  std::vector<std::string> full_access(const Mailbox& mailbox) const;
  bool set_full_access(std::string_view smtp, std::vector<std::string> who);
  /// An address or an https URL to which Autodiscover sends whoever asks for the mailbox; empty: it answers itself.
  std::string autodiscover_target(const Mailbox& mailbox) const;
  bool set_autodiscover_target(std::string_view smtp, std::string target);
  /// Replaces the account's grant; no mailboxes and not everyone takes it away.
  void set_grant(ImpersonationGrant grant);

 private:
  struct State {
    MailboxPlace place = MailboxPlace::here;
    bool ews_enabled = true;
    std::vector<std::string> full_access{};
    std::string autodiscover{};
  };
  const Mailbox* look_up(std::string_view key) const;
  Mailbox& add(MailboxPlan plan);

  std::string domain_;
  const Clock& clock_;
  http::StreamSignal changed_;
  std::unique_ptr<Blobs> blobs_;
  std::deque<Mailbox> mailboxes_;
  std::unordered_map<std::string, Mailbox*> by_key_;  ///< addresses, UPNs and SIDs, lower case
  std::unordered_map<std::string, Mailbox*> by_account_;
  std::unordered_map<std::string, Mailbox*> by_guid_;
  std::vector<DistributionList> lists_;
  Mailbox* public_folders_ = nullptr;
  std::vector<std::string> public_folder_holders_;
  mutable std::mutex mutex_;
  std::vector<JournalRule> journal_rules_;
  std::vector<ImpersonationGrant> grants_;
  std::set<std::pair<std::string, std::string>> send_for_;  ///< delegate and owner, lower case
  std::unordered_map<const Mailbox*, State> states_;
};

}  // namespace mailward::exchange_sim
