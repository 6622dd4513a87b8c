#include "exchange_sim/oof_settings.h"

#include "base/bytes.h"
#include "exchange_sim/associated_items.h"
#include "exchange_sim/automatic_reply.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_reading.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kClass = "IPM.Microsoft.OOF.UserOofSettings";
constexpr std::string_view kReplyClass = "IPM.Note.Rules.OofTemplate.Microsoft";

/// From the next full hour on, for a day.
std::string never_set(const Mailbox& mailbox) {
  const Timestamp hour = std::chrono::ceil<std::chrono::hours>(mailbox.now());
  XmlWriter xml;
  xml.text("t:OofState", "Disabled");
  xml.text("t:ExternalAudience", "All");
  xml.open("t:Duration");
  xml.text("t:StartTime", ews_time(hour));
  xml.text("t:EndTime", ews_time(hour + std::chrono::hours(24)));
  xml.close("t:Duration");
  for (const std::string_view reply : {"t:InternalReply", "t:ExternalReply"}) {
    xml.open(reply);
    xml.empty("t:Message");
    xml.close(reply);
  }
  return xml.take();
}

}  // namespace

std::string oof_settings(const Mailbox& mailbox) {
  const Item* kept = find_associated(*mailbox.find_distinguished("inbox"), kClass);
  if (kept == nullptr || !kept->body) return never_set(mailbox);
  return mailbox.blobs.read(kept->body->text);
}

void set_oof_settings(Mailbox& mailbox, const std::string& xml) {
  mailbox.oof_answered.clear();
  Folder& inbox = *mailbox.find_distinguished("inbox");
  const Body body{.html = false, .text = mailbox.blobs.add(xml)};
  if (Item* kept = find_associated(inbox, kClass)) {
    kept->body = body;
    mailbox.note_change(*kept);
    return;
  }
  auto item = new_associated(mailbox, kClass);
  item->body = body;
  mailbox.add(std::move(item), inbox, Arrival::created);
}

std::optional<std::string> oof_reply(const Mailbox& mailbox) {
  const pugi::xml_document document = parse_kept(oof_settings(mailbox));
  const auto settings = document.document_element();
  const std::string_view state = text_of(child(settings, kTypesNs, "OofState"));
  if (state == "Scheduled") {
    const auto duration = child(settings, kTypesNs, "Duration");
    const auto from = parse_ews_time(text_of(child(duration, kTypesNs, "StartTime")));
    const auto until = parse_ews_time(text_of(child(duration, kTypesNs, "EndTime")));
    if (!from || !until || mailbox.now() < *from || mailbox.now() >= *until) return std::nullopt;
  } else if (state != "Enabled") {
    return std::nullopt;
  }
  const auto reply = child(settings, kTypesNs, "InternalReply");
  return std::string(text_of(child(reply, kTypesNs, "Message")));
}

std::unique_ptr<Item> make_oof_reply(Mailbox& mailbox, const Item& message, const std::string& sender) {
  const auto text = oof_reply(mailbox);
  if (!text) return nullptr;
  auto reply = begin_automatic_reply(mailbox, message, sender,
                                     "Automatic reply: " + plain_field(message, field_id("item:Subject")));
  if (!reply || !mailbox.oof_answered.insert(lower_case(sender)).second) return nullptr;
  reply->item_class = kReplyClass;
  reply->body = Body{.html = true, .text = mailbox.blobs.add(*text)};
  return reply;
}

}  // namespace mailward::exchange_sim
