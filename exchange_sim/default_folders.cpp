#include <algorithm>
#include <array>

#include "exchange_sim/mailbox.h"

namespace mailward::exchange_sim {
namespace {

enum class Made { at_once, when_asked };

struct FolderPlan {
  std::string_view distinguished;
  std::string_view name;
  std::string_view parent;  ///< the plan's key of the parent; empty for a root
  std::string_view folder_class;
  FolderKind kind = FolderKind::plain;
  Made made = Made::at_once;
};

/// A new mailbox's folders, as Exchange makes them. Some it makes only when they are first asked for.
constexpr auto kPlan = std::to_array<FolderPlan>({
    {"root", "", "", ""},
    {"msgfolderroot", "Top of Information Store", "root", "IPF.Note"},
    {"searchfolders", "Finder", "root", ""},
    {"recoverableitemsroot", "Recoverable Items", "root", ""},
    {"calendar", "Calendar", "msgfolderroot", "IPF.Appointment", FolderKind::calendar},
    {"contacts", "Contacts", "msgfolderroot", "IPF.Contact", FolderKind::contacts},
    {"conversationhistory", "Conversation History", "msgfolderroot", "IPF.Note"},
    {"deleteditems", "Deleted Items", "msgfolderroot", "IPF.Note"},
    {"drafts", "Drafts", "msgfolderroot", "IPF.Note"},
    {"inbox", "Inbox", "msgfolderroot", "IPF.Note"},
    {"journal", "Journal", "msgfolderroot", "IPF.Journal"},
    {"junkemail", "Junk Email", "msgfolderroot", "IPF.Note"},
    {"notes", "Notes", "msgfolderroot", "IPF.StickyNote"},
    {"outbox", "Outbox", "msgfolderroot", "IPF.Note"},
    {"sentitems", "Sent Items", "msgfolderroot", "IPF.Note"},
    {"tasks", "Tasks", "msgfolderroot", "IPF.Task", FolderKind::tasks},
    {"recoverableitemsdeletions", "Deletions", "recoverableitemsroot", ""},
    {"recoverableitemsversions", "Versions", "recoverableitemsroot", ""},
    {"recoverableitemspurges", "Purges", "recoverableitemsroot", ""},
    {"recoverableitemsdiscoveryholds", "DiscoveryHolds", "recoverableitemsroot", ""},
    {"adminauditlogs", "AdminAuditLogs", "recoverableitemsroot", "", FolderKind::plain, Made::when_asked},
    {"voicemail", "Voice Mail", "searchfolders", "IPF.Note.Microsoft.Voicemail", FolderKind::search, Made::when_asked},
    {"todosearch", "To-Do Search", "root", "IPF.Task", FolderKind::search, Made::when_asked},
    {"syncissues", "Sync Issues", "msgfolderroot", "IPF.Note", FolderKind::plain, Made::when_asked},
    {"conflicts", "Conflicts", "syncissues", "IPF.Note", FolderKind::plain, Made::when_asked},
    {"localfailures", "Local Failures", "syncissues", "IPF.Note", FolderKind::plain, Made::when_asked},
    {"serverfailures", "Server Failures", "syncissues", "IPF.Note", FolderKind::plain, Made::when_asked},
    {"recipientcache", "Recipient Cache", "contacts", "IPF.Contact.RecipientCache", FolderKind::contacts,
     Made::when_asked},
    {"quickcontacts", "{06967759-274D-40B2-A3EB-D7F9E73727D7}", "contacts", "IPF.Contact.MOC.QuickContacts",
     FolderKind::contacts, Made::when_asked},
    {"imcontactlist", "{A9E2BC46-B3A0-4243-B315-60D991004455}", "contacts", "IPF.Contact.MOC.ImContactList",
     FolderKind::contacts, Made::when_asked},
    {"peopleconnect", "PeopleConnect", "contacts", "IPF.Contact", FolderKind::contacts, Made::when_asked},
    {"mycontacts", "MyContacts", "root", "IPF.Contact", FolderKind::search, Made::when_asked},
    {"favorites", "Favorites", "root", "IPF.Note", FolderKind::search, Made::when_asked},
    {"archiveroot", "", "", ""},
    {"archivemsgfolderroot", "Top of Information Store", "archiveroot", "IPF.Note"},
    {"archiveinbox", "Inbox", "archivemsgfolderroot", "IPF.Note", FolderKind::plain, Made::when_asked},
    {"archivedeleteditems", "Deleted Items", "archivemsgfolderroot", "IPF.Note"},
    {"archiverecoverableitemsroot", "Recoverable Items", "archiveroot", ""},
    {"archiverecoverableitemsdeletions", "Deletions", "archiverecoverableitemsroot", ""},
    {"archiverecoverableitemsversions", "Versions", "archiverecoverableitemsroot", ""},
    {"archiverecoverableitemspurges", "Purges", "archiverecoverableitemsroot", ""},
    {"archiverecoverableitemsdiscoveryholds", "DiscoveryHolds", "archiverecoverableitemsroot", ""},
});

Folder& make_planned(Mailbox& mailbox, const FolderPlan& plan) {
  Folder* parent = plan.parent.empty() ? nullptr : mailbox.find_distinguished(plan.parent);
  return mailbox.make_folder(parent, {.name = std::string(plan.name),
                                      .folder_class = std::string(plan.folder_class),
                                      .kind = plan.kind,
                                      .distinguished = std::string(plan.distinguished)});
}

}  // namespace

void make_default_folders(Mailbox& mailbox) {
  for (const FolderPlan& plan : kPlan) {
    if (plan.made == Made::when_asked) continue;
    if (plan.distinguished.starts_with("archive") && !mailbox.archive) continue;
    make_planned(mailbox, plan);
  }
  if (!mailbox.public_folders) {
    mailbox.find_distinguished("calendar")
        ->permissions.set({.who = PermissionFor::everyone, .rights = *rights_of_level("FreeBusyTimeOnly")});
  }
  // Beside the folders that every store has, and that nobody sees of this one.
  if (mailbox.public_folders) {
    mailbox.make_folder(nullptr, {.name = "IPM_SUBTREE", .folder_class = "", .distinguished = "publicfoldersroot"});
  }
}

bool Mailbox::ensure_distinguished(std::string_view name) {  // NOLINT(misc-no-recursion): as deep as the plan
  if (find_distinguished(name) != nullptr) return true;
  const auto* plan = std::ranges::find(kPlan, name, &FolderPlan::distinguished);
  if (plan == kPlan.end() || (name.starts_with("archive") && !archive)) return false;
  if (!plan->parent.empty() && !ensure_distinguished(plan->parent)) return false;
  make_planned(*this, *plan);
  return true;
}

}  // namespace mailward::exchange_sim
