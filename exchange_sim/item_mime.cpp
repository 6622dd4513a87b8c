#include "exchange_sim/item_mime.h"

#include <algorithm>
#include <atomic>

#include "base/bytes.h"
#include "exchange_sim/calendar_text.h"
#include "exchange_sim/people.h"
#include "exchange_sim/store_ids.h"
#include "exchange_sim/xml_writing.h"
#include "mime/composition.h"

namespace mailward::exchange_sim {
namespace {

constexpr std::size_t kMostNested = 8;

std::vector<mime::Address> people(const Item& item, std::string_view uri) {
  std::vector<mime::Address> found;
  for (Address& each : people_in(item.find(field_id(uri)))) {
    // A name that only repeats the address is the store's, not the sender's.
    found.push_back({.name = each.name == each.smtp ? std::string() : std::move(each.name), .address = each.smtp});
  }
  return found;
}

Value people_value_of(const std::vector<mime::Address>& list) {
  std::vector<Address> found;
  for (const mime::Address& each : list) found.push_back({.name = each.name, .smtp = each.address});
  return people_value(found);
}

std::string field_text(const Item& item, std::string_view uri) {
  return one_line(plain_field(item, field_id(uri)));
}

/// Every read its own: what is made from properties has no memory of the read before.
std::uint64_t next_read() {
  static std::atomic<std::uint64_t> kReads{0};
  return kReads.fetch_add(1);
}

std::vector<std::pair<std::string, std::string>> more_headers(const Item& item) {
  std::vector<std::pair<std::string, std::string>> found;
  const std::string importance = field_text(item, "item:Importance");
  if (importance == "High" || importance == "Low") found.emplace_back("Importance", lower_case(importance));
  const std::string sensitivity = field_text(item, "item:Sensitivity");
  if (sensitivity == "Private" || sensitivity == "Personal") found.emplace_back("Sensitivity", sensitivity);
  if (sensitivity == "Confidential") found.emplace_back("Sensitivity", "Company-Confidential");
  return found;
}

enum class Contents { taken_along, left_out };

mime::Composition composition_of(
    const ItemView& view,
    Contents contents = Contents::taken_along) {  // NOLINT(misc-no-recursion): attachments have a depth
  const Item& item = view.item;
  const std::uint64_t read = next_read();
  mime::Composition made;
  made.from = people(item, "message:From");
  made.sender = people(item, "message:Sender");
  if (made.sender == made.from) made.sender.clear();
  if (made.from.empty()) made.from = {{.name = view.mailbox.display_name, .address = view.mailbox.smtp}};
  made.reply_to = people(item, "message:ReplyTo");
  made.to = people(item, "message:ToRecipients");
  made.cc = people(item, "message:CcRecipients");
  made.bcc = people(item, "message:BccRecipients");
  made.subject = field_text(item, "item:Subject");
  made.date = item.sent;
  made.message_id = field_text(item, "message:InternetMessageId");
  made.in_reply_to = field_text(item, "item:InReplyTo");
  made.references = field_text(item, "message:References");
  made.more_headers = more_headers(item);
  made.boundary_seed = view.mailbox.guid + "/" + std::to_string(read);
  made.date_first = read % 2 == 0;
  if (contents == Contents::left_out) return made;
  made.text = text_body(view);
  if (item.body && item.body->html) made.html = html_body(view);
  if (const std::string_view method = scheduling_method(item.kind); !method.empty()) {
    made.scheduling = {.method = std::string(method), .calendar = calendar_text(view)};
  }
  for (const ItemAttachment& each : item.attachments) {
    mime::Attachment attachment{.name = one_line(each.name),
                                .content_type = one_line(each.content_type),
                                .content_id = one_line(each.content_id),
                                .content_location = one_line(each.content_location),
                                .inline_part = each.inline_part};
    if (each.item) {
      attachment.message = true;
      attachment.content = mime_of({view.mailbox, *each.item});
    } else {
      attachment.content = view.mailbox.blobs.read(each.content);
    }
    made.attachments.push_back(std::move(attachment));
  }
  return made;
}

/// RFC 2426, the name and the first address.
std::string card_text(const ItemView& view) {
  std::string out = "BEGIN:VCARD\r\nVERSION:3.0\r\n";
  out += "N:" + field_text(view.item, "contacts:Surname") + ";" + field_text(view.item, "contacts:GivenName") + "\r\n";
  out += "FN:" + field_text(view.item, "contacts:DisplayName") + "\r\n";
  if (const Value* address = view.item.find_indexed(field_id("contacts:EmailAddresses"), "EmailAddress1", "")) {
    out += "EMAIL:" + one_line(plain_text(address->inner)) + "\r\n";
  }
  return out + "END:VCARD\r\n";
}

/// The message as it came, without the headers of that name.
std::string without_header(const std::string& bytes, std::string_view name) {
  std::string out;
  std::size_t at = 0;
  bool dropping = false;
  while (at < bytes.size()) {
    const auto end = bytes.find('\n', at);
    const std::size_t next = end == std::string::npos ? bytes.size() : end + 1;
    const std::string_view line = std::string_view(bytes).substr(at, next - at);
    if (line == "\r\n" || line == "\n") return out + bytes.substr(at);
    if (line.front() != ' ' && line.front() != '\t') dropping = lower_case(line.substr(0, name.size())) == name;
    if (!dropping) out += line;
    at = next;
  }
  return out;
}

Status fill(Item& item, const Mailbox& mailbox, const std::string& bytes, std::size_t depth);

Status add_attachment(Item& item, const Mailbox& mailbox, mime::Attachment& part, std::size_t depth) {
  ItemAttachment made{.number = ++item.attachments_made,
                      .name = part.name,
                      .content_type = part.content_type,
                      .content_id = part.content_id,
                      .content_location = part.content_location,
                      .inline_part = part.inline_part,
                      .modified = mailbox.now()};
  if (part.message && depth < kMostNested) {
    auto nested = std::make_unique<Item>();
    if (fill(*nested, mailbox, part.content, depth + 1)) {
      made.content_type.clear();
      made.item = std::move(nested);
    }
  }
  if (!made.item) made.content = mailbox.blobs.add(part.content);
  item.attachments.push_back(std::move(made));
  return {};
}

void set_text(Item& item, std::string_view uri, const std::string& value) {
  if (!value.empty()) item.set(field_id(uri), {.inner = escape_text(value)});
}

void set_people(Item& item, std::string_view uri, const std::vector<mime::Address>& list) {
  if (!list.empty()) item.set(field_id(uri), people_value_of(list));
}

void set_importance(Item& item, const mime::Message& message) {
  const std::string importance = lower_case(message.header("Importance"));
  const std::string priority(message.header("X-Priority").substr(0, 1));
  if (importance == "high" || priority == "1" || priority == "2") set_text(item, "item:Importance", "High");
  if (importance == "low" || priority == "4" || priority == "5") set_text(item, "item:Importance", "Low");
  const std::string sensitivity = lower_case(message.header("Sensitivity"));
  if (sensitivity == "private") set_text(item, "item:Sensitivity", "Private");
  if (sensitivity == "personal") set_text(item, "item:Sensitivity", "Personal");
  if (sensitivity == "company-confidential") set_text(item, "item:Sensitivity", "Confidential");
}

Status fill(Item& item, const Mailbox& mailbox, const std::string& bytes,
            std::size_t depth) {  // NOLINT(misc-no-recursion)
  MW_TRY(mime::Message message, mime::parse(bytes));
  item.item_class = "IPM.Note";
  item.mime = mailbox.blobs.add(bytes);
  set_text(item, "item:Subject", message.subject);
  set_people(item, "message:From", message.from);
  set_people(item, "message:Sender", message.sender.empty() ? message.from : message.sender);
  set_people(item, "message:ToRecipients", message.to);
  set_people(item, "message:CcRecipients", message.cc);
  set_people(item, "message:BccRecipients", message.bcc);
  set_people(item, "message:ReplyTo", message.reply_to);
  set_text(item, "message:InternetMessageId", message.message_id);
  set_text(item, "item:InReplyTo", message.in_reply_to);
  set_text(item, "message:References", message.references);
  set_importance(item, message);
  if (message.header("Disposition-Notification-To") != "") set_text(item, "message:IsReadReceiptRequested", "true");
  if (message.html || message.text) {
    item.body =
        Body{.html = message.html.has_value(), .text = mailbox.blobs.add(message.html ? *message.html : *message.text)};
  }
  item.created = item.modified = mailbox.now();
  item.sent = message.date.value_or(item.created);
  item.received = item.created;
  for (mime::Attachment& part : message.attachments) MW_CHECK(add_attachment(item, mailbox, part, depth));
  return {};
}

}  // namespace

std::string mime_of(const ItemView& view) {  // NOLINT(misc-no-recursion)
  const Item& item = view.item;
  if (item.mime && !view.mailbox.mime_differs) return item.transport_headers + view.mailbox.blobs.read(*item.mime);
  if (item.kind == ItemKind::calendar_item) return calendar_text(view);
  if (item.kind == ItemKind::contact) return card_text(view);
  // What clients may write holds no line end after one_line(): it can always be built.
  return item.transport_headers + mime::build(composition_of(view)).value_or(std::string());
}

std::string outgoing_mime(const ItemView& view) {
  const Item& item = view.item;
  if (item.mime) return without_header(view.mailbox.blobs.read(*item.mime), "bcc:");
  mime::Composition made = composition_of(view);
  made.bcc.clear();
  return mime::build(made).value_or(std::string());
}

Status fill_from_mime(Item& item, const Mailbox& mailbox, const std::string& bytes) {
  return fill(item, mailbox, bytes, 0);
}

std::string transport_head(const ItemView& view) {
  constexpr std::uint64_t kMostHead = 256 * 1024;
  const Item& item = view.item;
  if (item.mime) {
    std::string head = view.mailbox.blobs.read(
        {.offset = item.mime->offset, .size = std::min<std::uint64_t>(item.mime->size, kMostHead)});
    for (const std::string_view end : {"\r\n\r\n", "\n\n"}) {
      if (const auto at = head.find(end); at != std::string::npos) head.resize(at + end.size());
    }
    return item.transport_headers + head;
  }
  mime::Composition made = composition_of(view, Contents::left_out);
  return item.transport_headers + mime::build(made).value_or(std::string());
}

std::vector<InternetHeader> headers_of(const ItemView& view) {
  std::vector<InternetHeader> found;
  const auto message = mime::parse(transport_head(view));
  if (!message) return found;
  for (const mime::Header& each : message->headers) found.push_back({.name = each.name, .value = each.value});
  return found;
}

}  // namespace mailward::exchange_sim
