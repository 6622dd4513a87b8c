#include <array>

#include "base/bytes.h"
#include "exchange_sim/shapes.h"
#include "exchange_sim/store_ids.h"

namespace mailward::exchange_sim {
namespace {

struct Writing {
  XmlWriter& xml;
  const Mailbox& mailbox;
  const Item& item;
  const Shape& shape;
};

void write_mailbox(XmlWriter& xml, const Address& address) {
  xml.open("t:Mailbox");
  xml.text("t:Name", address.name);
  xml.text("t:EmailAddress", address.smtp);
  xml.text("t:RoutingType", "SMTP");
  xml.text("t:MailboxType", "Mailbox");
  xml.close("t:Mailbox");
}

std::string html_of(const Item& item) {
  return "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head><body><div>" +
         escape_text(item.body) + "</div></body></html>";
}

/// Which base shape brings a property, and where FindItem leaves it out.
enum class Level { id, standard, all, asked_only };
struct Property {
  std::string_view field;
  Level level;
  bool in_find;
  void (*write)(const Writing& w);
};

void write_rights(const Writing& w) {
  w.xml.raw(
      "<t:EffectiveRights><t:CreateAssociated>false</t:CreateAssociated><t:CreateContents>false</t:CreateContents>"
      "<t:CreateHierarchy>false</t:CreateHierarchy><t:Delete>true</t:Delete><t:Modify>true</t:Modify>"
      "<t:Read>true</t:Read></t:EffectiveRights>");
}

void write_body(const Writing& w) {
  if (w.shape.text_body) {
    w.xml.text("t:Body", w.item.body, {{"BodyType", "Text"}});
  } else {
    w.xml.text("t:Body", html_of(w.item), {{"BodyType", "HTML"}});
  }
}

void write_recipients(const Writing& w) {
  w.xml.open("t:ToRecipients");
  for (const Address& address : w.item.to) write_mailbox(w.xml, address);
  w.xml.close("t:ToRecipients");
}

/// In the order of ItemType and MessageType.
constexpr auto kProperties = std::to_array<Property>({
    {"item:ItemId", Level::id, true,
     [](const Writing& w) { w.xml.empty("t:ItemId", {{"Id", w.item.id}, {"ChangeKey", w.item.change_key}}); }},
    {"item:ParentFolderId", Level::all, true,
     [](const Writing& w) {
       w.xml.empty("t:ParentFolderId", {{"Id", w.item.folder_id}, {"ChangeKey", "AQAAAA=="}});
     }},
    {"item:ItemClass", Level::all, true, [](const Writing& w) { w.xml.text("t:ItemClass", "IPM.Note"); }},
    {"item:Subject", Level::standard, true, [](const Writing& w) { w.xml.text("t:Subject", w.item.subject); }},
    {"item:Sensitivity", Level::standard, true, [](const Writing& w) { w.xml.text("t:Sensitivity", "Normal"); }},
    {"item:Body", Level::standard, false, write_body},
    {"item:DateTimeReceived", Level::all, true,
     [](const Writing& w) { w.xml.text("t:DateTimeReceived", ews_time(w.item.received)); }},
    {"item:Size", Level::standard, true,
     [](const Writing& w) { w.xml.number("t:Size", static_cast<long long>(w.item.mime().size()) + 1200); }},
    {"item:Importance", Level::all, true, [](const Writing& w) { w.xml.text("t:Importance", "Normal"); }},
    {"item:IsSubmitted", Level::all, true, [](const Writing& w) { w.xml.boolean("t:IsSubmitted", false); }},
    {"item:IsDraft", Level::all, true, [](const Writing& w) { w.xml.boolean("t:IsDraft", w.item.draft); }},
    {"item:IsFromMe", Level::all, true, [](const Writing& w) { w.xml.boolean("t:IsFromMe", false); }},
    {"item:IsResend", Level::all, true, [](const Writing& w) { w.xml.boolean("t:IsResend", false); }},
    {"item:IsUnmodified", Level::all, true, [](const Writing& w) { w.xml.boolean("t:IsUnmodified", false); }},
    {"item:DateTimeSent", Level::standard, true,
     [](const Writing& w) { w.xml.text("t:DateTimeSent", ews_time(w.item.received)); }},
    {"item:DateTimeCreated", Level::standard, true,
     [](const Writing& w) { w.xml.text("t:DateTimeCreated", ews_time(w.item.received)); }},
    {"item:ResponseObjects", Level::all, false,
     [](const Writing& w) {
       w.xml.raw("<t:ResponseObjects><t:ReplyToItem/><t:ReplyAllToItem/><t:ForwardItem/></t:ResponseObjects>");
     }},
    {"item:ReminderIsSet", Level::all, true, [](const Writing& w) { w.xml.boolean("t:ReminderIsSet", false); }},
    {"item:ReminderMinutesBeforeStart", Level::all, true,
     [](const Writing& w) { w.xml.number("t:ReminderMinutesBeforeStart", 0); }},
    {"item:DisplayCc", Level::all, true, [](const Writing& w) { w.xml.text("t:DisplayCc", ""); }},
    {"item:DisplayTo", Level::all, true,
     [](const Writing& w) { w.xml.text("t:DisplayTo", w.item.to.empty() ? "" : w.item.to.front().name); }},
    {"item:HasAttachments", Level::standard, true, [](const Writing& w) { w.xml.boolean("t:HasAttachments", false); }},
    {"item:Culture", Level::all, true, [](const Writing& w) { w.xml.text("t:Culture", "en-US"); }},
    {"item:EffectiveRights", Level::all, true, write_rights},
    {"item:LastModifiedName", Level::all, true,
     [](const Writing& w) { w.xml.text("t:LastModifiedName", w.item.from.name); }},
    {"item:LastModifiedTime", Level::all, true,
     [](const Writing& w) { w.xml.text("t:LastModifiedTime", ews_time(w.item.received)); }},
    {"item:IsAssociated", Level::all, true, [](const Writing& w) { w.xml.boolean("t:IsAssociated", false); }},
    {"item:ConversationId", Level::all, true,
     [](const Writing& w) { w.xml.empty("t:ConversationId", {{"Id", w.item.conversation_id}}); }},
    {"message:Sender", Level::all, true,
     [](const Writing& w) {
       w.xml.open("t:Sender");
       write_mailbox(w.xml, w.item.from);
       w.xml.close("t:Sender");
     }},
    {"message:ToRecipients", Level::standard, false, write_recipients},
    {"message:IsReadReceiptRequested", Level::standard, true,
     [](const Writing& w) { w.xml.boolean("t:IsReadReceiptRequested", false); }},
    {"message:IsDeliveryReceiptRequested", Level::standard, true,
     [](const Writing& w) { w.xml.boolean("t:IsDeliveryReceiptRequested", false); }},
    {"message:ConversationTopic", Level::all, true,
     [](const Writing& w) { w.xml.text("t:ConversationTopic", w.item.subject); }},
    {"message:From", Level::standard, true,
     [](const Writing& w) {
       w.xml.open("t:From");
       write_mailbox(w.xml, w.item.from);
       w.xml.close("t:From");
     }},
    {"message:InternetMessageId", Level::all, true,
     [](const Writing& w) { w.xml.text("t:InternetMessageId", w.item.internet_message_id); }},
    {"message:IsRead", Level::standard, true, [](const Writing& w) { w.xml.boolean("t:IsRead", w.item.read); }},
});

bool wanted(const Property& property, const Shape& shape, ItemDetail detail) {
  if (detail == ItemDetail::found && !property.in_find) return false;
  if (shape.asks(property.field)) return true;
  switch (property.level) {
    case Level::id:
      return true;
    case Level::standard:
      return shape.base != BaseShape::id_only;
    case Level::all:
      return shape.base == BaseShape::all;
    case Level::asked_only:
      break;
  }
  return false;
}

}  // namespace

void write_item(XmlWriter& xml, const Mailbox& mailbox, const Item& item, const Shape& shape, ItemDetail detail) {
  const Writing writing{.xml = xml, .mailbox = mailbox, .item = item, .shape = shape};
  xml.open("t:Message");
  if (detail == ItemDetail::whole && (shape.mime || shape.asks("item:MimeContent"))) {
    xml.text("t:MimeContent", to_base64(as_bytes(item.mime())), {{"CharacterSet", "UTF-8"}});
  }
  for (const Property& property : kProperties) {
    if (wanted(property, shape, detail)) property.write(writing);
  }
  xml.close("t:Message");
}

std::string item_field(const Item& item, std::string_view field) {
  if (field == "item:Subject" || field == "message:ConversationTopic") return item.subject;
  if (field == "item:ItemClass") return "IPM.Note";
  if (field == "item:DateTimeReceived" || field == "item:DateTimeSent" || field == "item:DateTimeCreated" ||
      field == "item:LastModifiedTime") {
    return ews_time(item.received);
  }
  if (field == "item:Size") return std::to_string(item.mime().size() + 1200);
  if (field == "item:Body") return item.body;
  if (field == "message:InternetMessageId") return item.internet_message_id;
  if (field == "message:IsRead") return item.read ? "true" : "false";
  if (field == "message:From" || field == "message:Sender") return item.from.smtp;
  if (field == "item:ItemId") return item.id;
  return {};
}

}  // namespace mailward::exchange_sim
