#include "ews/operations/notification.h"

#include <array>
#include <utility>

namespace mailward::ews {
namespace {

using Named = std::pair<Event::Kind, std::string_view>;
constexpr std::array kNames{
    Named{Event::Kind::copied, "CopiedEvent"},
    Named{Event::Kind::created, "CreatedEvent"},
    Named{Event::Kind::deleted, "DeletedEvent"},
    Named{Event::Kind::modified, "ModifiedEvent"},
    Named{Event::Kind::moved, "MovedEvent"},
    Named{Event::Kind::new_mail, "NewMailEvent"},
    Named{Event::Kind::free_busy_changed, "FreeBusyChangedEvent"},
    Named{Event::Kind::status, "StatusEvent"},
};

std::optional<Event::Kind> kind_of(std::string_view name) {
  for (const auto& [kind, known] : kNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

std::variant<std::monostate, ItemId, FolderId> read_object(XmlElement item, XmlElement folder) {
  if (item) return read_item_id(item);
  if (folder) return read_folder_id(folder);
  return std::monostate();
}

Event read_event(XmlElement element, Event::Kind kind) {
  Event event;
  event.kind = kind;
  event.watermark = element.child("Watermark").text();
  event.time = element.child("TimeStamp").text();
  event.object = read_object(element.child("ItemId"), element.child("FolderId"));
  event.old_object = read_object(element.child("OldItemId"), element.child("OldFolderId"));
  if (XmlElement parent = element.child("ParentFolderId")) event.parent = read_folder_id(parent);
  if (XmlElement parent = element.child("OldParentFolderId")) event.old_parent = read_folder_id(parent);
  event.unread = element.child("UnreadCount").integer();
  return event;
}

}  // namespace

std::string_view event_name(Event::Kind kind) {
  for (const auto& [known, name] : kNames) {
    if (known == kind) return name;
  }
  return "StatusEvent";
}

Notification read_notification(XmlElement element) {
  Notification notification{.subscription = element.child("SubscriptionId").text(),
                            .previous_watermark = element.child("PreviousWatermark").text(),
                            .more = element.child("MoreEvents").boolean().value_or(false),
                            .events = {}};
  for (XmlElement at = element.first_child(); at; at = at.next_sibling()) {
    if (auto kind = kind_of(at.name())) notification.events.push_back(read_event(at, *kind));
  }
  return notification;
}

}  // namespace mailward::ews
