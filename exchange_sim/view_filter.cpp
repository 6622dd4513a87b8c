#include "exchange_sim/view_filter.h"

#include "exchange_sim/associated_items.h"
#include "exchange_sim/ews_values.h"
#include "exchange_sim/rule_conditions.h"
#include "exchange_sim/soap.h"

namespace mailward::exchange_sim {
namespace {

/// t:FlagType.
struct Flag {
  std::string status;
  std::optional<Timestamp> due;
};

Flag flag_of(const ItemView& view) {
  static const FieldId kFlag = field_id("item:Flag");
  const auto value = field_value(view, kFlag);
  if (!value) return {};
  const pugi::xml_document document = parse_kept(value->inner);
  const auto root = document.document_element();
  return {.status = std::string(text_of(child(root, kTypesNs, "FlagStatus"))),
          .due = parse_ews_time(text_of(child(root, kTypesNs, "DueDate")))};
}

}  // namespace

bool shows(std::string_view filter, const ItemView& view, Timestamp now) {
  if (filter == "Flagged" || filter == "TaskActive") return flag_of(view).status == "Flagged";
  if (filter == "TaskCompleted") return flag_of(view).status == "Complete";
  if (filter == "TaskOverdue") {
    const Flag flag = flag_of(view);
    return flag.status == "Flagged" && flag.due && *flag.due < now;
  }
  if (filter == "HasAttachment") return !view.item.attachments.empty();
  if (filter == "ToOrCcMe") return is_to_or_cc_owner(view);
  if (filter == "Unread") return !view.item.read;
  return filter != "Clutter";
}

}  // namespace mailward::exchange_sim
