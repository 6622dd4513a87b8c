#include "exchange_sim/submission.h"

#include <algorithm>
#include <array>

#include "exchange_sim/item_mime.h"
#include "exchange_sim/organisation.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::array<std::string_view, 3> kRecipientFields{"message:ToRecipients", "message:CcRecipients",
                                                           "message:BccRecipients"};

std::vector<Address> recipients_of(const Item& item) {
  std::vector<Address> found;
  for (const std::string_view uri : kRecipientFields) {
    for (Address& each : people_in(item.find(field_id(uri)))) {
      const bool known =
          std::ranges::any_of(found, [&](const Address& other) { return equal_ignoring_case(other.smtp, each.smtp); });
      if (!known) found.push_back(std::move(each));
    }
  }
  return found;
}

}  // namespace

bool has_sound_recipients(const Item& item) {
  const bool reachable = std::ranges::all_of(
      kRecipientFields, [&](std::string_view uri) { return all_reachable(item.find(field_id(uri))); });
  return reachable && !recipients_of(item).empty();
}

Submission submission_of(const Mailbox& mailbox, const Item& item) {
  Submission made{.item = item.clone(), .sender = mailbox.smtp, .recipients = recipients_of(item)};
  made.item->creator.clear();
  if (item.mime) made.item->mime = mailbox.blobs.add(outgoing_mime({mailbox, item}));
  for (const std::string_view uri : {"message:BccRecipients", "item:Categories", "item:Flag", "item:ReminderIsSet",
                                     "item:ReminderDueBy", "item:ReminderMinutesBeforeStart"}) {
    made.item->erase(field_id(uri));
  }
  return made;
}

}  // namespace mailward::exchange_sim
