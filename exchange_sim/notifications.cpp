#include "exchange_sim/notifications.h"

#include <algorithm>
#include <array>

#include "exchange_sim/store_ids.h"
#include "exchange_sim/sync_states.h"

namespace mailward::exchange_sim {
namespace {

constexpr auto kNames = std::to_array<std::pair<EventKind, std::string_view>>({
    {EventKind::created, "CreatedEvent"},
    {EventKind::deleted, "DeletedEvent"},
    {EventKind::modified, "ModifiedEvent"},
    {EventKind::moved, "MovedEvent"},
    {EventKind::copied, "CopiedEvent"},
    {EventKind::new_mail, "NewMailEvent"},
    {EventKind::free_busy_changed, "FreeBusyChangedEvent"},
});

void write_event(XmlWriter& xml, const Event& event, Watermarks watermarks) {
  const std::string name =
      "t:" + std::string(std::ranges::find(kNames, event.kind, &std::pair<EventKind, std::string_view>::first)->second);
  xml.open(name);
  if (watermarks == Watermarks::told) xml.text("t:Watermark", write_watermark(event.number));
  xml.text("t:TimeStamp", ews_time(event.at));
  const std::string_view id = event.of_folder ? "t:FolderId" : "t:ItemId";
  xml.empty(id, {{"Id", event.id}, {"ChangeKey", event.change_key}});
  xml.empty("t:ParentFolderId", {{"Id", event.parent_id}, {"ChangeKey", bare_folder_key()}});
  if (!event.old_id.empty()) {
    xml.empty(event.of_folder ? "t:OldFolderId" : "t:OldItemId",
              {{"Id", event.old_id}, {"ChangeKey", event.change_key}});
    xml.empty("t:OldParentFolderId", {{"Id", event.old_parent_id}, {"ChangeKey", bare_folder_key()}});
  }
  if (event.unread >= 0) xml.number("t:UnreadCount", event.unread);
  xml.close(name);
}

}  // namespace

void write_events(XmlWriter& xml, const Told& told, Watermarks watermarks) {
  for (const Event* event : told.events) write_event(xml, *event, watermarks);
  if (!told.events.empty()) return;
  xml.open("t:StatusEvent");
  if (watermarks == Watermarks::told) xml.text("t:Watermark", write_watermark(told.reached));
  xml.close("t:StatusEvent");
}

std::optional<EventKind> event_kind_from(std::string_view name) {
  const auto* found = std::ranges::find(kNames, name, &std::pair<EventKind, std::string_view>::second);
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

ResponseError no_such_subscription() {
  return {.code = "ErrorSubscriptionNotFound", .text = "The subscription could not be found.", .values = {}};
}

}  // namespace mailward::exchange_sim
