#include "exchange_sim/view_filter.h"

#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/rule_conditions.h"
#include "exchange_sim/soap.h"

namespace mailward::exchange_sim {
namespace {

/// Whether the day until which it is flagged has passed.
bool is_overdue(const ItemView& view, Timestamp now) {
  static const FieldId kFlag = field_id("item:Flag");
  const auto flag = field_value(view, kFlag);
  if (!flag || flag_status(view) != "Flagged") return false;
  const pugi::xml_document document = parse_kept(flag->inner);
  const auto due = parse_ews_time(text_of(child(document.document_element(), kTypesNs, "DueDate")));
  return due && *due < now;
}

}  // namespace

bool shows(std::string_view filter, const ItemView& view, Timestamp now) {
  if (filter == "Flagged" || filter == "TaskActive") return flag_status(view) == "Flagged";
  if (filter == "TaskCompleted") return flag_status(view) == "Complete";
  if (filter == "TaskOverdue") return is_overdue(view, now);
  if (filter == "HasAttachment") return !view.item.attachments.empty();
  if (filter == "ToOrCcMe") return is_to_or_cc_owner(view);
  if (filter == "Unread") return !view.item.read;
  return filter != "Clutter";
}

}  // namespace mailward::exchange_sim
