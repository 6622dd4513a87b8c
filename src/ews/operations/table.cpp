#include "ews/operations/table.h"

#include <algorithm>

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

namespace mailward::ews {
namespace {

template <typename Value>
concept HasFound = requires(const Value& value) { value.found.size(); };
template <typename Value>
concept HasChanges = requires(const Value& value) { value.changes.size(); };
template <typename Value>
concept HasMembers = requires(const Value& value) { value.members.size(); };
template <typename Value>
concept HasItems = requires(const Value& value) { value.items.size(); };
template <typename Value>
concept HasRules = requires(const Value& value) { value.rules.size(); };
template <typename Value>
concept HasMistakes = requires(const Value& value) { value.mistakes.size(); };
template <typename Value>
concept HasDelegates = requires(const Value& value) { value.delegates.size(); };
template <typename Value>
concept HasEvents = requires(const Value& value) { value.events.size(); };
template <typename Value>
concept HasNotifications = requires(const Value& value) { value.notifications.size(); };

template <typename Value>
std::size_t count_of(const std::vector<Value>& values) {
  return values.size();
}

std::size_t count_of(const Nothing&) {
  return 0;
}

/// Of a list as many as it has; any other value is one.
template <typename Value>
std::size_t count_of(const Value& value) {
  if constexpr (HasFound<Value>) {
    return value.found.size();
  } else if constexpr (HasChanges<Value>) {
    return value.changes.size();
  } else if constexpr (HasMembers<Value>) {
    return value.members.size();
  } else if constexpr (HasItems<Value>) {
    return value.items.size();
  } else if constexpr (HasRules<Value>) {
    return value.rules.size();
  } else if constexpr (HasMistakes<Value>) {
    return value.mistakes.size();
  } else if constexpr (HasDelegates<Value>) {
    return value.delegates.size();
  } else if constexpr (HasEvents<Value>) {
    return value.events.size();
  } else if constexpr (HasNotifications<Value>) {
    return value.notifications.size();
  } else {
    return 1;
  }
}

template <typename Operation>
Outcome<std::vector<MessageSummary>> summarise(XmlElement payload) {
  MW_TRY(auto response, Operation::read(payload));
  std::vector<MessageSummary> summaries;
  for (auto& message : response.messages) {
    std::size_t values = message.status.ok() ? count_of(message.value) : 0;
    summaries.push_back({.status = std::move(message.status), .values = values});
  }
  return summaries;
}

template <typename Operation>
constexpr OperationEntry entry(Repetition repetition) {
  return {.name = Operation::kName, .repetition = repetition, .read = &summarise<Operation>};
}

using enum Repetition;

// An UpdateItem may append or send, an UpdateFolder append, an UpdateInboxRules make a rule twice; a Subscribe leaves a
// subscription that nobody uses.
constexpr OperationEntry kOperations[] = {
    entry<ArchiveItem>(converges),
    entry<ConvertId>(harmless),
    entry<CopyItem>(doubles),
    entry<CreateAttachment>(doubles),
    entry<CreateFolder>(converges),
    entry<CreateItem>(doubles),
    entry<DeleteAttachment>(converges),
    entry<DeleteFolder>(converges),
    entry<DeleteItem>(converges),
    entry<EmptyFolder>(converges),
    entry<ExpandDL>(harmless),
    entry<ExportItems>(harmless),
    entry<FindConversation>(harmless),
    entry<FindFolder>(harmless),
    entry<FindItem>(harmless),
    entry<GetAttachment>(harmless),
    entry<GetDelegate>(harmless),
    entry<GetEvents>(harmless),
    entry<GetFolder>(harmless),
    entry<GetInboxRules>(harmless),
    entry<GetItem>(harmless),
    entry<GetMailTips>(harmless),
    entry<GetPasswordExpirationDate>(harmless),
    entry<GetServerTimeZones>(harmless),
    entry<GetStreamingEvents>(harmless),
    entry<GetUserConfiguration>(harmless),
    entry<GetUserOofSettings>(harmless),
    entry<MarkAsJunk>(converges),
    entry<MoveFolder>(converges),
    entry<MoveItem>(converges),
    entry<ResolveNames>(harmless),
    entry<SendItem>(doubles),
    entry<Subscribe>(doubles),
    entry<SyncFolderHierarchy>(harmless),
    entry<SyncFolderItems>(harmless),
    entry<Unsubscribe>(converges),
    entry<UpdateFolder>(doubles),
    entry<UpdateInboxRules>(doubles),
    entry<UpdateItem>(doubles),
    entry<UploadItems>(doubles),
};

}  // namespace

std::string_view repetition_name(Repetition repetition) {
  switch (repetition) {
    case harmless:
      return "harmless";
    case converges:
      return "converges";
    case doubles:
      return "doubles";
  }
  return "";
}

std::span<const OperationEntry> operations() {
  return kOperations;
}

const OperationEntry* find_operation(std::string_view name) {
  const auto* found = std::ranges::find(kOperations, name, &OperationEntry::name);
  return found == std::end(kOperations) ? nullptr : found;
}

}  // namespace mailward::ews
