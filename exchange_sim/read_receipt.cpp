#include "exchange_sim/read_receipt.h"

#include "exchange_sim/automatic_reply.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/people.h"
#include "exchange_sim/sending.h"

namespace mailward::exchange_sim {
namespace {

FieldId wish() {
  static const FieldId kWish = field_id("message:IsReadReceiptRequested");
  return kWish;
}

}  // namespace

void send_read_receipt(OperationContext& context, Mailbox& mailbox, Item& message) {
  if (message.draft || message.from_me || plain_field(message, wish()) != "true") return;
  const auto sender = people_in(message.find(field_id("message:From")));
  if (sender.empty()) return;
  suppress_read_receipt(message);
  const std::string subject = plain_field(message, field_id("item:Subject"));
  auto receipt = begin_automatic_reply(mailbox, message, sender.front().smtp, "Read: " + subject);
  if (!receipt) return;
  receipt->item_class = "REPORT.IPM.Note.IPNRN";
  receipt->body = Body{.html = false,
                       .text = mailbox.blobs.add("Your message\r\n\r\n  To: " + mailbox.display_name +
                                                 "\r\n  Subject: " + subject + "\r\n\r\nwas read.\r\n")};
  send_item_now(context, mailbox, *receipt);
}

void suppress_read_receipt(Item& message) {
  message.set(wish(), {.inner = "false"});
}

}  // namespace mailward::exchange_sim
