#include "tests/ews/support/answer_lines.h"

#include <functional>
#include <map>
#include <optional>

#include "ews/operations/archive_item.h"
#include "ews/operations/convert_id.h"
#include "ews/operations/copy_item.h"
#include "ews/operations/create_attachment.h"
#include "ews/operations/create_folder.h"
#include "ews/operations/create_item.h"
#include "ews/operations/delete_attachment.h"
#include "ews/operations/delete_folder.h"
#include "ews/operations/delete_item.h"
#include "ews/operations/empty_folder.h"
#include "ews/operations/expand_dl.h"
#include "ews/operations/export_items.h"
#include "ews/operations/find_conversation.h"
#include "ews/operations/find_folder.h"
#include "ews/operations/find_item.h"
#include "ews/operations/get_attachment.h"
#include "ews/operations/get_delegate.h"
#include "ews/operations/get_events.h"
#include "ews/operations/get_folder.h"
#include "ews/operations/get_inbox_rules.h"
#include "ews/operations/get_item.h"
#include "ews/operations/get_mail_tips.h"
#include "ews/operations/get_password_expiration_date.h"
#include "ews/operations/get_server_time_zones.h"
#include "ews/operations/get_streaming_events.h"
#include "ews/operations/get_user_configuration.h"
#include "ews/operations/get_user_oof_settings.h"
#include "ews/operations/mark_as_junk.h"
#include "ews/operations/move_folder.h"
#include "ews/operations/move_item.h"
#include "ews/operations/resolve_names.h"
#include "ews/operations/send_item.h"
#include "ews/operations/subscribe.h"
#include "ews/operations/sync_folder_hierarchy.h"
#include "ews/operations/sync_folder_items.h"
#include "ews/operations/unsubscribe.h"
#include "ews/operations/update_folder.h"
#include "ews/operations/update_inbox_rules.h"
#include "ews/operations/update_item.h"
#include "ews/operations/upload_items.h"

namespace mailward::testing {
namespace {

using namespace ews;
using Lines = std::vector<std::string>;

std::string shown(std::string_view text) {
  std::string out;
  for (char letter : text) {
    if (letter == '\\') {
      out += "\\\\";
    } else if (letter == '\n') {
      out += "\\n";
    } else if (letter == '\r') {
      out += "\\r";
    } else {
      out += letter;
    }
  }
  return out;
}
std::string shown(const std::string& text) {
  return shown(std::string_view(text));
}
std::string shown(const char* text) {
  return text;
}
std::string shown(bool value) {
  return value ? "True" : "False";
}
std::string shown(std::size_t value) {
  return std::to_string(value);
}
std::string shown(std::int64_t value) {
  return std::to_string(value);
}
/// As XML has it, not as Python has its own.
std::string shown(const std::optional<bool>& value) {
  return !value ? "-" : *value ? "true" : "false";
}
template <typename T>
std::string shown(const std::optional<T>& value) {
  return value ? shown(*value) : "-";
}

std::string line(std::string_view kind, const auto&... values) {
  std::string out = std::string(kind) + " ";
  bool first = true;
  const auto add = [&](const std::string& text) {
    if (!first) out += '|';
    first = false;
    out += text;
  };
  (add(shown(values)), ...);
  return out;
}

std::string joined(const std::vector<std::string>& texts) {
  std::string out;
  for (const auto& text : texts) out += (out.empty() ? "" : ",") + text;
  return out;
}

std::optional<std::size_t> size_of(const std::optional<std::string>& text) {
  return text ? std::optional(text->size()) : std::nullopt;
}

}  // namespace

std::string item_line(const Item& item) {
  return line("I", item.kind, item.id.id, item.id.change_key, item.item_class, item.subject, item.size, item.received,
              item.has_attachments, item.internet_message_id,
              item.from ? std::optional(item.from->address) : std::nullopt, item.to.size(), item.cc.size(),
              size_of(item.body), size_of(item.mime_content), joined(item.categories), item.is_read, item.importance,
              item.flag, item.attachments.size(), item.internet_headers.size(), item.extended.size());
}

namespace {

std::string folder_line(const Folder& folder) {
  return line("F", folder.kind, folder.id.id, folder.id.change_key, folder.parent ? folder.parent->id : std::string(),
              folder.folder_class, folder.display_name, folder.total_count, folder.child_folder_count,
              folder.unread_count, folder.extended.size());
}

std::string mailbox_line(const Mailbox& mailbox, const std::optional<std::string>& more) {
  return line("N", mailbox.name, mailbox.address, mailbox.routing_type, mailbox.mailbox_type, more);
}

Lines describe(const Item& item) {
  return {item_line(item)};
}
Lines describe(const Folder& folder) {
  return {folder_line(folder)};
}
Lines describe(const Nothing&) {
  return {};
}
Lines describe(const ItemId& id) {
  return {line("R", id.id, id.change_key)};
}
Lines describe(const std::optional<ItemId>& id) {
  return id ? describe(*id) : Lines{};
}
Lines describe(const Attachment& attachment) {
  constexpr std::string_view kKinds[] = {"FileAttachment", "ItemAttachment", "ReferenceAttachment"};
  Lines lines{line("A", kKinds[static_cast<std::size_t>(attachment.kind)], attachment.id, attachment.root_item_id,
                   attachment.name, attachment.content_type, attachment.content_id, attachment.size,
                   attachment.is_inline, size_of(attachment.content))};
  if (attachment.item) lines.push_back(item_line(*attachment.item));
  return lines;
}
// Named before the templates that use them.
Lines describe(const Notification& notification);
Lines describe(const GetServerTimeZones::TimeZone& zone);

template <typename One>
Lines describe(const std::vector<One>& several) {
  Lines lines;
  for (const One& one : several) {
    for (auto& text : describe(one)) lines.push_back(std::move(text));
  }
  return lines;
}
template <typename Found>
Lines describe(const Page<Found>& page) {
  Lines lines{line("P", page.total, page.next_offset, page.last)};
  for (const Found& one : page.found) {
    for (auto& text : describe(one)) lines.push_back(std::move(text));
  }
  return lines;
}
Lines describe(const UpdateItem::Updated& updated) {
  return describe(updated.items);
}
Lines describe(const SyncFolderItems::Changes& changes) {
  constexpr std::string_view kKinds[] = {"Create", "Update", "Delete", "ReadFlagChange", "unknown"};
  Lines lines{line("S", changes.state, changes.last)};
  for (const auto& change : changes.changes) {
    lines.push_back(line("C", kKinds[static_cast<std::size_t>(change.kind)], change.is_read));
    bool whole = change.kind < SyncFolderItems::Change::Kind::deleted;
    lines.push_back(whole ? item_line(change.item) : describe(change.item.id).front());
  }
  return lines;
}
Lines describe(const SyncFolderHierarchy::Changes& changes) {
  constexpr std::string_view kKinds[] = {"Create", "Update", "Delete", "unknown"};
  Lines lines{line("S", changes.state, changes.last)};
  for (const auto& change : changes.changes) {
    lines.push_back(line("C", kKinds[static_cast<std::size_t>(change.kind)], false));
    bool whole = change.kind < SyncFolderHierarchy::Change::Kind::deleted;
    const FolderId& id = change.folder.id;
    lines.push_back(whole ? folder_line(change.folder) : line("R", id.id, id.change_key));
  }
  return lines;
}
Lines describe(const ResolveNames::Resolutions& resolutions) {
  Lines lines{line("P", resolutions.total, std::optional<std::string>(), resolutions.last)};
  for (const auto& one : resolutions.found) lines.push_back(mailbox_line(one.mailbox, one.display_name));
  return lines;
}
Lines describe(const ExpandDL::Expansion& expansion) {
  Lines lines{line("P", expansion.total, std::optional<std::string>(), expansion.last)};
  for (const auto& member : expansion.members) lines.push_back(mailbox_line(member, std::nullopt));
  return lines;
}
Lines describe(const ExportItems::Exported& exported) {
  return {line("X", exported.id.id, exported.id.change_key, exported.data.size())};
}
Lines describe(const Subscribe::Subscribed& subscribed) {
  return {line("U", subscribed.id, subscribed.watermark)};
}
std::pair<std::string, std::string> identity(const std::variant<std::monostate, ItemId, FolderId>& object) {
  if (const auto* item = std::get_if<ItemId>(&object)) return {item->id, item->change_key};
  if (const auto* folder = std::get_if<FolderId>(&object)) return {folder->id, folder->change_key};
  return {};
}
Lines describe(const Notification& notification) {
  Lines lines{line("B", notification.subscription, notification.previous_watermark, notification.more)};
  for (const Event& event : notification.events) {
    const auto [id, key] = identity(event.object);
    const auto [old_id, old_key] = identity(event.old_object);
    lines.push_back(line("E", event_name(event.kind), event.time, id, key, old_id, old_key,
                         event.parent ? event.parent->id : std::string(), event.unread));
  }
  return lines;
}
Lines describe(const GetStreamingEvents::Told& told) {
  Lines lines = describe(told.notifications);
  std::optional<std::string> status;
  if (told.connection == GetStreamingEvents::Connection::ok) status = "OK";
  if (told.connection == GetStreamingEvents::Connection::closed) status = "Closed";
  lines.push_back(line("K", status, joined(told.lost)));
  return lines;
}
Lines describe(const FindConversation::Conversations& conversations) {
  Lines lines;
  for (const auto& one : conversations.found) {
    lines.push_back(line("V", one.id, one.topic, one.messages, one.unread, one.items.size()));
  }
  return lines;
}
Lines describe(const GetUserConfiguration::Configuration& configuration) {
  Lines lines{line("G", configuration.id.id, configuration.id.change_key, size_of(configuration.xml),
                   size_of(configuration.binary))};
  for (const auto& entry : configuration.dictionary) {
    lines.push_back(line("g", entry.key, entry.type, joined(entry.values)));
  }
  return lines;
}
std::string names_of(const std::vector<RuleClause>& clauses) {
  std::vector<std::string> names;
  for (const auto& clause : clauses) names.push_back(clause.name);
  return joined(names);
}
Lines describe(const GetInboxRules::Rules& rules) {
  Lines lines;
  for (const auto& rule : rules.rules) {
    lines.push_back(line("L", rule.id, rule.name, rule.priority, rule.enabled, names_of(rule.conditions),
                         names_of(rule.exceptions), names_of(rule.actions)));
  }
  return lines;
}
Lines describe(const UpdateInboxRules::Done& done) {
  Lines lines;
  for (const auto& mistake : done.mistakes) lines.push_back(line("!", mistake.operation, mistake.field, mistake.code));
  return lines;
}
Lines describe(const GetPasswordExpirationDate::Expiry& expiry) {
  return {line("W", expiry.date)};
}
Lines describe(const ConvertId::AlternateId& id) {
  constexpr std::string_view kFormats[] = {"EwsLegacyId", "EwsId", "EntryId", "HexEntryId", "StoreId", "OwaId"};
  return {line("Z", kFormats[static_cast<std::size_t>(id.format)], id.id, id.mailbox)};
}
Lines describe(const GetServerTimeZones::TimeZone& zone) {
  return {line("Y", zone.id, zone.name, zone.periods)};
}
Lines describe(const GetUserOofSettings::Settings& settings) {
  constexpr std::string_view kStates[] = {"Disabled", "Enabled", "Scheduled"};
  return {line("O", kStates[static_cast<std::size_t>(settings.state)], settings.audience, settings.start, settings.end,
               settings.internal_reply.size(), settings.external_reply.size())};
}
Lines describe(const GetMailTips::Tips& tips) {
  std::string pending;
  for (const auto& tip : tips.pending) pending += (pending.empty() ? "" : " ") + tip;
  const Mailbox& to = tips.recipient;
  return {line("T", to.name, to.address, to.routing_type, to.mailbox_type, pending, tips.mailbox_full, tips.members,
               tips.max_message_size, tips.invalid)};
}
Lines describe(const GetDelegate::Delegates& delegates) {
  constexpr std::string_view kClasses[] = {"Success", "Warning", "Error"};
  Lines lines{line("M", "", delegates.meeting_requests)};
  for (const auto& one : delegates.delegates) {
    std::vector<std::string> levels;
    for (const auto& [folder, level] : one.value.levels) levels.push_back(folder + "=" + level);
    lines.push_back(line("D", kClasses[static_cast<std::size_t>(one.status.response_class)], one.value.address,
                         one.value.sid, joined(levels)));
  }
  return lines;
}

template <typename Operation>
Lines lines_of(XmlElement payload) {
  constexpr std::string_view kClasses[] = {"Success", "Warning", "Error"};
  auto response = Operation::read(payload);
  if (!response) return {"not read: " + response.error().error.message()};
  Lines lines;
  for (const auto& message : response->messages) {
    lines.push_back(
        line("M", kClasses[static_cast<std::size_t>(message.status.response_class)], message.status.said.code_text));
    if (!message.status.ok()) continue;
    for (auto& text : describe(message.value)) lines.push_back(std::move(text));
  }
  return lines;
}

template <typename... Operations>
std::map<std::string_view, Lines (*)(XmlElement)> table_of() {
  return {{Operations::kName, &lines_of<Operations>}...};
}

}  // namespace

std::vector<std::string> answer_lines(std::string_view operation, XmlElement payload) {
  static const auto kTable =
      table_of<ArchiveItem, ConvertId, CopyItem, CreateAttachment, CreateFolder, CreateItem, DeleteAttachment,
               DeleteFolder, DeleteItem, EmptyFolder, ExpandDL, ExportItems, FindConversation, FindFolder, FindItem,
               GetAttachment, GetDelegate, GetEvents, GetFolder, GetInboxRules, GetItem, GetMailTips,
               GetPasswordExpirationDate, GetServerTimeZones, GetStreamingEvents, GetUserConfiguration,
               GetUserOofSettings, MarkAsJunk, MoveFolder, MoveItem, ResolveNames, SendItem, Subscribe,
               SyncFolderHierarchy, SyncFolderItems, Unsubscribe, UpdateFolder, UpdateInboxRules, UpdateItem,
               UploadItems>();
  auto found = kTable.find(operation);
  return found == kTable.end() ? std::vector<std::string>{"no such operation"} : found->second(payload);
}

}  // namespace mailward::testing
