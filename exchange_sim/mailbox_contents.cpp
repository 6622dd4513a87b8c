#include <array>

#include "exchange_sim/organisation.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

struct FolderPlan {
  std::string_view distinguished;
  std::string_view name;
  std::string_view parent;  ///< the plan's key of the parent; empty for the root
  std::string_view folder_class;
  FolderKind kind = FolderKind::plain;
};

/// A new mailbox's folders, as Exchange makes them. An ordinary folder's key is its name.
constexpr std::array<FolderPlan, 24> kPlan{{
    {"root", "", "", "", FolderKind::plain},
    {"msgfolderroot", "Top of Information Store", "root", "IPF.Note", FolderKind::plain},
    {"searchfolders", "Finder", "root", "", FolderKind::plain},
    {"recoverableitemsroot", "Recoverable Items", "root", "", FolderKind::plain},
    {"calendar", "Calendar", "msgfolderroot", "IPF.Appointment", FolderKind::calendar},
    {"contacts", "Contacts", "msgfolderroot", "IPF.Contact", FolderKind::contacts},
    {"conversationhistory", "Conversation History", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"deleteditems", "Deleted Items", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"drafts", "Drafts", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"inbox", "Inbox", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"journal", "Journal", "msgfolderroot", "IPF.Journal", FolderKind::plain},
    {"junkemail", "Junk Email", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"notes", "Notes", "msgfolderroot", "IPF.StickyNote", FolderKind::plain},
    {"outbox", "Outbox", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"sentitems", "Sent Items", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"tasks", "Tasks", "msgfolderroot", "IPF.Task", FolderKind::tasks},
    {"recoverableitemsdeletions", "Deletions", "recoverableitemsroot", "", FolderKind::plain},
    {"recoverableitemsversions", "Versions", "recoverableitemsroot", "", FolderKind::plain},
    {"recoverableitemspurges", "Purges", "recoverableitemsroot", "", FolderKind::plain},
    {"", "Projects", "inbox", "IPF.Note", FolderKind::plain},
    {"", "Harbour Bridge", "Projects", "IPF.Note", FolderKind::plain},
    {"", "Suppliers", "inbox", "IPF.Note", FolderKind::plain},
    {"", "Travel", "msgfolderroot", "IPF.Note", FolderKind::plain},
    {"", "Reminders", "root", "Outlook.Reminder", FolderKind::search},
}};

constexpr std::array<std::string_view, 6> kSubjects{
    "Minutes of Monday's meeting", "Invoice 2025-0147",   "Réunion d'équipe: salle 3 & café",
    "Re: Harbour Bridge drawings", "Your parking permit", "Lunch on Thursday?",
};

Item make_item(const Mailbox& mailbox, const Folder& folder, std::size_t number) {
  using namespace std::chrono;
  const std::string seed = mailbox.smtp + "/item/" + std::to_string(number);
  const std::string domain = mailbox.smtp.substr(mailbox.smtp.find('@') + 1);
  Item item;
  item.id = make_store_id(mailbox.guid, StoreIdKind::item, seed);
  item.change_key = make_change_key(seed);
  item.folder_id = folder.id;
  item.subject = kSubjects[number % kSubjects.size()];
  item.body =
      "Hello,\r\n\r\nthis is message " + std::to_string(number + 1) + " <of the sample>.\r\n\r\nBest regards\r\n";
  item.from = {.name = "Facilities", .smtp = "facilities@" + domain};
  item.to = {{.name = mailbox.display_name, .smtp = mailbox.smtp}};
  item.internet_message_id = "<" + make_guid(seed) + "@" + domain + ">";
  item.conversation_id = make_store_id(mailbox.guid, StoreIdKind::conversation, seed);
  item.received = Timestamp(sys_days(2025y / September / 1d)) + hours(9) + minutes(37 * static_cast<int>(number));
  item.read = number % 3 != 0;
  return item;
}

}  // namespace

Mailbox make_mailbox(std::string smtp, std::string display_name, std::string account, std::size_t messages) {
  Mailbox mailbox;
  mailbox.smtp = std::move(smtp);
  mailbox.display_name = std::move(display_name);
  mailbox.account = std::move(account);
  mailbox.upn = mailbox.smtp;
  mailbox.guid = make_guid(mailbox.smtp);
  mailbox.sid = "S-1-5-21-1004336348-1177238915-682003330-" +
                std::to_string(1200 + std::hash<std::string>{}(mailbox.smtp) % 8000);
  std::map<std::string_view, std::string> ids;
  for (const FolderPlan& plan : kPlan) {
    const std::string_view key = plan.distinguished.empty() ? plan.name : plan.distinguished;
    const std::string seed = mailbox.smtp + "/folder/" + std::string(key);
    Folder folder;
    folder.id = make_store_id(mailbox.guid, StoreIdKind::folder, seed);
    folder.change_key = make_change_key(seed);
    folder.parent_id = plan.parent.empty() ? folder.id : ids[plan.parent];
    folder.distinguished = plan.distinguished;
    folder.name = plan.name;
    folder.folder_class = plan.folder_class;
    folder.kind = plan.kind;
    ids[key] = folder.id;
    if (plan.distinguished == "inbox") {
      for (std::size_t i = 0; i < messages; ++i) folder.items.push_back(make_item(mailbox, folder, i));
    }
    mailbox.folders.push_back(std::move(folder));
  }
  return mailbox;
}

}  // namespace mailward::exchange_sim
