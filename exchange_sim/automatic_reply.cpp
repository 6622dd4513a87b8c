#include "exchange_sim/automatic_reply.h"

#include "base/bytes.h"
#include "base/digest.h"
#include "exchange_sim/item_values.h"
#include "exchange_sim/people.h"
#include "exchange_sim/xml_writing.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::string_view kRuleReplyClass = "IPM.Note.Rules.ReplyTemplate.Microsoft";

bool answers_itself(const Item& message) {
  const std::string item_class = lower_case(message.item_class);
  return item_class.starts_with("report.") || item_class.starts_with("ipm.note.rules.") ||
         message.kind == ItemKind::meeting_response;
}

void set_text(Item& item, std::string_view uri, const std::string& text) {
  item.set(field_id(uri), {.inner = escape_text(text)});
}

}  // namespace

std::unique_ptr<Item> begin_automatic_reply(const Mailbox& mailbox, const Item& message, const std::string& sender,
                                            const std::string& subject) {
  if (answers_itself(message) || equal_ignoring_case(sender, mailbox.smtp)) return nullptr;
  auto reply = std::make_unique<Item>();
  reply->created = reply->modified = reply->sent = reply->received = mailbox.now();
  reply->modified_by = mailbox.display_name;
  reply->read = reply->from_me = true;
  const Value owner = owner_value(mailbox);
  reply->set(field_id("message:From"), owner);
  reply->set(field_id("message:Sender"), owner);
  reply->set(field_id("message:ToRecipients"), people_value({{.name = {}, .smtp = sender}}));
  set_text(*reply, "item:Subject", subject);
  set_text(*reply, "item:InReplyTo", plain_field(message, field_id("message:InternetMessageId")));
  set_text(*reply, "message:InternetMessageId", new_message_id(mailbox.smtp));
  return reply;
}

std::unique_ptr<Item> make_rule_reply(const Mailbox& mailbox, const Item& reply_template, const Item& message,
                                      const std::string& sender) {
  const std::string subject = plain_field(reply_template, field_id("item:Subject"));
  auto reply =
      begin_automatic_reply(mailbox, message, sender, subject.empty() ? "RE: " + conversation_topic(message) : subject);
  if (!reply) return nullptr;
  reply->item_class = kRuleReplyClass;
  auto content = reply_template.clone();
  reply->body = content->body;
  reply->attachments = std::move(content->attachments);
  reply->attachments_made = content->attachments_made;
  return reply;
}

}  // namespace mailward::exchange_sim
