#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/xml.h"

namespace mailward::ews {

/// One thing that a subscription noticed (MS-OXWSNTIF 2.2.4). A hint: what really changed, a sync says. One deletion
/// yields several, and change keys in them are shorter than elsewhere.
struct Event {
  enum class Kind { copied, created, deleted, modified, moved, new_mail, free_busy_changed, status };
  Kind kind = Kind::status;
  std::string watermark;  ///< of a pull subscription
  std::string time;       ///< xs:dateTime
  std::variant<std::monostate, ItemId, FolderId> object;
  std::variant<std::monostate, ItemId, FolderId> old_object;  ///< of moved and copied
  std::optional<FolderId> parent;
  std::optional<FolderId> old_parent;
  std::optional<std::int64_t> unread;  ///< of a modified folder
};
/// "CreatedEvent" …, as EventType and as the element's name.
std::string_view event_name(Event::Kind kind);

struct Notification {
  std::string subscription;
  std::string previous_watermark;
  bool more = false;  ///< of a pull subscription: there is more already
  std::vector<Event> events;
};
Notification read_notification(XmlElement element);

}  // namespace mailward::ews
