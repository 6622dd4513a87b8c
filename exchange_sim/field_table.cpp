#include "exchange_sim/field_table.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <string>
#include <unordered_map>
#include <vector>

#include "base/bytes.h"

namespace mailward::exchange_sim {
namespace {

constexpr bool kFound = true;
constexpr bool kGotten = false;
constexpr bool kSettable = true;
constexpr bool kGiven = false;
constexpr Query kQueried = Query::order;
constexpr Query kUnsorted = Query::restriction;
constexpr Query kUnqueried = Query::none;

constexpr auto kFields = std::to_array<Field>({
#include "exchange_sim/field_rows.inc"
});

#include "exchange_sim/field_orders.inc"

struct Kind {
  ItemKind kind;
  std::string_view element;
  std::string_view default_class;
};
constexpr auto kKinds = std::to_array<Kind>({
    {ItemKind::item, "Item", "IPM.Note"},
    {ItemKind::message, "Message", "IPM.Note"},
    {ItemKind::calendar_item, "CalendarItem", "IPM.Appointment"},
    {ItemKind::contact, "Contact", "IPM.Contact"},
    {ItemKind::distribution_list, "DistributionList", "IPM.DistList"},
    {ItemKind::task, "Task", "IPM.Task"},
    {ItemKind::post, "PostItem", "IPM.Post"},
    {ItemKind::meeting_message, "MeetingMessage", "IPM.Schedule.Meeting"},
    {ItemKind::meeting_request, "MeetingRequest", "IPM.Schedule.Meeting.Request"},
    {ItemKind::meeting_response, "MeetingResponse", "IPM.Schedule.Meeting.Resp.Pos"},
    {ItemKind::meeting_cancellation, "MeetingCancellation", "IPM.Schedule.Meeting.Canceled"},
});

/// The names of what is no item's, as far as clients ask for it in a path.
constexpr std::array<std::string_view, 3> kOtherSubjects{"folder:", "conversation:", "persona:"};

using Segments = std::vector<std::span<const std::string_view>>;

Segments segments_of(ItemKind kind) {
  switch (kind) {
    case ItemKind::message:
      return {kItemFields, kMessageFields};
    case ItemKind::calendar_item:
      return {kItemFields, kCalendarItemFields};
    case ItemKind::contact:
      return {kItemFields, kContactFields};
    case ItemKind::distribution_list:
      return {kItemFields, kDistributionListFields};
    case ItemKind::task:
      return {kItemFields, kTaskFields};
    case ItemKind::post:
      return {kItemFields, kPostItemFields};
    case ItemKind::meeting_message:
      return {kItemFields, kMessageFields, kMeetingMessageFields};
    case ItemKind::meeting_request:
      return {kItemFields, kMessageFields, kMeetingMessageFields, kMeetingRequestFields};
    case ItemKind::meeting_response:
      return {kItemFields, kMessageFields, kMeetingMessageFields, kMeetingResponseFields};
    case ItemKind::meeting_cancellation:
      return {kItemFields, kMessageFields, kMeetingMessageFields, kMeetingCancellationFields};
    case ItemKind::item:
      break;
  }
  return {kItemFields};
}

struct Order {
  std::vector<FieldId> fields;
  std::vector<std::int16_t> places;  ///< by FieldId; -1: the kind has it not
  std::unordered_map<std::string_view, FieldId> by_element;
};

struct Index {
  std::unordered_map<std::string_view, FieldId> by_uri;
  std::array<Order, kKinds.size()> orders;

  Index() {
    for (std::size_t i = 0; i < kFields.size(); ++i) by_uri.emplace(kFields.at(i).uri, static_cast<FieldId>(i));
    for (const Kind& kind : kKinds) {
      Order& order = orders.at(static_cast<std::size_t>(kind.kind));
      order.places.assign(kFields.size(), -1);
      for (const auto segment : segments_of(kind.kind)) {
        for (const std::string_view uri : segment) {
          const FieldId id = by_uri.at(uri);
          order.places[id] = static_cast<std::int16_t>(order.fields.size());
          order.by_element.emplace(kFields.at(id).element, id);
          order.fields.push_back(id);
        }
      }
    }
  }
};

const Index& index() {
  static const Index kIndex;
  return kIndex;
}

const Order& order_of(ItemKind kind) {
  return index().orders.at(static_cast<std::size_t>(kind));
}

}  // namespace

std::string_view element_of(ItemKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).element;
}

std::optional<ItemKind> kind_of_element(std::string_view local_name) {
  const auto* found = std::ranges::find(kKinds, local_name, &Kind::element);
  if (found == kKinds.end()) return std::nullopt;
  return found->kind;
}

ItemKind kind_of_class(std::string_view item_class) {
  const std::string name = lower_case(item_class) + ".";
  const auto within = [&](std::string_view prefix) { return name.starts_with(prefix); };
  if (within("ipm.appointment.")) return ItemKind::calendar_item;
  if (within("ipm.contact.")) return ItemKind::contact;
  if (within("ipm.distlist.")) return ItemKind::distribution_list;
  if (within("ipm.task.")) return ItemKind::task;
  if (within("ipm.post.")) return ItemKind::post;
  if (within("ipm.schedule.meeting.request.")) return ItemKind::meeting_request;
  if (within("ipm.schedule.meeting.canceled.")) return ItemKind::meeting_cancellation;
  if (within("ipm.schedule.meeting.resp.")) return ItemKind::meeting_response;
  if (within("ipm.schedule.meeting.")) return ItemKind::meeting_message;
  if (within("ipm.note.") || within("report.") || within("ipm.stickynote.") || within("ipm.outlook.recall.")) {
    return ItemKind::message;
  }
  return ItemKind::item;
}

std::string_view default_class(ItemKind kind) {
  return kKinds.at(static_cast<std::size_t>(kind)).default_class;
}

bool is_message(ItemKind kind) {
  return kind == ItemKind::message || is_meeting(kind);
}

bool is_meeting(ItemKind kind) {
  return kind >= ItemKind::meeting_message;
}

const Field& field(FieldId id) {
  return kFields.at(id);
}

std::size_t field_count() {
  return kFields.size();
}

std::optional<FieldId> find_field(std::string_view uri) {
  const auto found = index().by_uri.find(uri);
  if (found == index().by_uri.end()) return std::nullopt;
  return found->second;
}

FieldId field_id(std::string_view uri) {
  const auto found = find_field(uri);
  if (!found) throw std::logic_error("no such field: " + std::string(uri));
  return *found;
}

std::span<const FieldId> fields_of(ItemKind kind) {
  return order_of(kind).fields;
}

std::optional<FieldId> field_of_element(ItemKind kind, std::string_view local_name) {
  const auto& by_element = order_of(kind).by_element;
  const auto found = by_element.find(local_name);
  if (found == by_element.end()) return std::nullopt;
  return found->second;
}

std::optional<std::size_t> place_of(ItemKind kind, FieldId id) {
  const std::int16_t place = order_of(kind).places.at(id);
  if (place < 0) return std::nullopt;
  return static_cast<std::size_t>(place);
}

bool is_field_uri(std::string_view uri) {
  return find_field(uri).has_value() ||
         std::ranges::any_of(kOtherSubjects, [&](std::string_view subject) { return uri.starts_with(subject); }) ||
         uri == "item:MimeContentUTF8" || uri == "item:FirstBody";
}

}  // namespace mailward::exchange_sim
