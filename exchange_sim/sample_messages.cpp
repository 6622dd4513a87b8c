#include <array>

#include "exchange_sim/mailbox.h"
#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 6> kSubjects{
    "Minutes of Monday's meeting", "Invoice 2025-0147",   "Réunion d'équipe: salle 3 & café",
    "Re: Harbour Bridge drawings", "Your parking permit", "Lunch on Thursday?",
};

Folder& make_ordinary(Mailbox& mailbox, Folder* parent, std::string_view name) {
  return mailbox.make_folder(parent, {.name = std::string(name), .folder_class = "IPF.Note"});
}

std::unique_ptr<Item> make_message(const Mailbox& mailbox, std::size_t number) {
  using namespace std::chrono;
  const std::string domain = mailbox.smtp.substr(mailbox.smtp.find('@') + 1);
  const Address from{.name = "Facilities", .smtp = "facilities@" + domain};
  auto item = std::make_unique<Item>();
  item->item_class = "IPM.Note";
  item->received = Timestamp(sys_days(2025y / September / 1d)) + hours(9) + minutes(37 * static_cast<int>(number));
  item->sent = item->created = item->modified = item->received;
  item->modified_by = from.name;
  item->read = number % 3 != 0;
  item->unmodified = true;
  item->body = Body{.html = false,
                    .text = mailbox.blobs.add("Hello,\r\n\r\nthis is message " + std::to_string(number + 1) +
                                              " <of the sample>.\r\n\r\nBest regards\r\n")};
  item->set(field_id("item:Subject"), {.inner = escape_text(kSubjects.at(number % kSubjects.size()))});
  item->set(field_id("message:From"), people_value({from}));
  item->set(field_id("message:Sender"), people_value({from}));
  item->set(field_id("message:ToRecipients"), owner_value(mailbox));
  item->set(
      field_id("message:InternetMessageId"),
      {.inner = escape_text("<" + make_guid(mailbox.smtp + "/item/" + std::to_string(number)) + "@" + domain + ">")});
  return item;
}

}  // namespace

void fill_with_sample(Mailbox& mailbox, std::size_t messages) {
  Folder* inbox = mailbox.find_distinguished("inbox");
  Folder& projects = make_ordinary(mailbox, inbox, "Projects");
  make_ordinary(mailbox, &projects, "Harbour Bridge");
  make_ordinary(mailbox, inbox, "Suppliers");
  make_ordinary(mailbox, mailbox.find_distinguished("msgfolderroot"), "Travel");
  mailbox.make_folder(mailbox.find_distinguished("root"),
                      {.name = "Reminders", .folder_class = "Outlook.Reminder", .kind = FolderKind::search});
  for (std::size_t i = 0; i < messages; ++i) mailbox.add(make_message(mailbox, i), *inbox, Arrival::delivered);
}

}  // namespace mailward::exchange_sim
