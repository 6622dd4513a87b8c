#pragma once

#include <cstdint>
#include <map>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// What the played organisation holds: mailboxes with their folders and items, and who may impersonate whom.
namespace mailward::exchange_sim {

enum class FolderKind { plain, calendar, contacts, tasks, search };

struct Address {
  std::string name;
  std::string smtp;
};

/// A message. The simulator's first storey has no other items.
struct Item {
  std::string id;  ///< as sent
  std::string change_key;
  std::string folder_id;
  std::string subject;
  std::string body;  ///< plain text, line ends CR LF
  Address from;
  std::vector<Address> to;
  std::string internet_message_id;
  std::string conversation_id;
  Timestamp received{};
  bool read = true;
  bool draft = false;

  /// The message as MIME, made from the rest.
  std::string mime() const;
};

struct Folder {
  std::string id;
  std::string change_key;
  std::string parent_id;
  std::string distinguished;  ///< "inbox"; empty for an ordinary folder
  std::string name;
  std::string folder_class;  ///< "IPF.Note"; empty for roots
  FolderKind kind = FolderKind::plain;
  bool hidden = false;  ///< PidTagAttributeHidden
  std::vector<Item> items;
};

enum class MailboxPlace { here, exchange_online };

struct Mailbox {
  std::string smtp;
  std::vector<std::string> aliases;
  std::string display_name;
  std::string upn;
  std::string sid;
  std::string guid;
  std::string account;  ///< the account that owns it, "EXAMPLE\usera"; empty for none
  MailboxPlace place = MailboxPlace::here;
  bool ews_enabled = true;
  std::vector<Folder> folders;  ///< parents before children; the first is the store's root
  std::uint64_t changes = 0;    ///< counts what was made or moved here, so that each has an id of its own

  const Folder* find_folder(std::string_view id) const;
  const Folder* find_distinguished(std::string_view name) const;
  std::vector<const Folder*> children(std::string_view id) const;
  /// Everything below, parents first.
  std::vector<const Folder*> descendants(std::string_view id) const;
};

/// An ApplicationImpersonation assignment with its recipient write scope.
struct ImpersonationGrant {
  std::string account;
  bool everyone = false;
  std::vector<std::string> mailboxes;  ///< primary addresses in scope
};

/// Filled at the start. Afterwards `place` and `ews_enabled` change by the control API, and what mailboxes hold by
/// operations that write: whoever looks at folders and items holds contents_mutex(), shared, and who changes them holds
/// it alone. All else is thread-safe by itself.
class Organisation {
 public:
  Organisation(std::string domain, std::vector<Mailbox> mailboxes, std::vector<ImpersonationGrant> grants);

  const std::string& domain() const { return domain_; }
  /// By primary address or alias, UPN or SID, in any case; null for none. Lives as long as the organisation.
  const Mailbox* find_mailbox(std::string_view key) const;
  const Mailbox* mailbox_of_account(std::string_view account) const;
  /// The mailbox whose GUID an item or folder id carries, or null.
  const Mailbox* mailbox_of_id(std::string_view id) const;
  const std::vector<Mailbox>& mailboxes() const { return mailboxes_; }
  std::shared_mutex& contents_mutex() const { return contents_mutex_; }
  /// The mailbox to be changed. `mailbox` is of this organisation.
  Mailbox& contents_of(const Mailbox& mailbox);
  bool may_impersonate(std::string_view account, const Mailbox& mailbox) const;
  /// Whether the account has the role at all.
  bool has_impersonation(std::string_view account) const;

  MailboxPlace place(const Mailbox& mailbox) const;
  bool ews_enabled(const Mailbox& mailbox) const;
  bool set_place(std::string_view smtp, MailboxPlace place);
  bool set_ews_enabled(std::string_view smtp, bool enabled);
  /// Replaces the account's grant; no mailboxes and not everyone takes it away.
  void set_grant(ImpersonationGrant grant);

 private:
  struct State {
    MailboxPlace place = MailboxPlace::here;
    bool ews_enabled = true;
  };
  std::string domain_;
  std::vector<Mailbox> mailboxes_;
  mutable std::shared_mutex contents_mutex_;
  mutable std::mutex mutex_;
  std::vector<ImpersonationGrant> grants_;
  std::map<std::string, State, std::less<>> states_;
};

/// Builds a mailbox with Exchange's default folders, two of the organisation's own below the inbox, and `messages`
/// messages in the inbox. Ids, keys and dates follow from the address, so that two starts give the same.
Mailbox make_mailbox(std::string smtp, std::string display_name, std::string account, std::size_t messages);

bool equal_ignoring_case(std::string_view a, std::string_view b);
std::string lower_case(std::string_view text);

}  // namespace mailward::exchange_sim
