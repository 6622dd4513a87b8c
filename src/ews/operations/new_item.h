#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/bytes.h"
#include "ews/operations/field_path.h"
#include "ews/operations/item.h"

namespace mailward::ews {

struct BodyText {
  enum class Kind { text, html };
  Kind kind = Kind::text;
  std::string text;
};

/// t:Flag.
struct FollowUp {
  enum class Status { not_flagged, flagged, complete };
  Status status = Status::flagged;
  std::string start{};  ///< xs:dateTime; start and due belong together, empty: none
  std::string due{};
  std::string completed{};
};

/// What a property is set to. Which kind a property wants is the schema's: most are text (numbers, booleans and dates
/// as XML writes them), "item:Body" is a BodyText, "item:Categories" a list of texts, recipients a list of mailboxes.
using PropertyValue = std::variant<std::string, BodyText, std::vector<std::string>, std::vector<Mailbox>, FollowUp>;

struct Property {
  FieldPath field;
  PropertyValue value;
};

/// t:Mailbox's inside, as far as it is set.
void write_mailbox(XmlWriter& writer, std::string_view element, const Mailbox& mailbox);

/// One property as its element (t:Subject …), the way it stands inside an item or folder. The element's name is the
/// FieldURI's last part; indexed fields and extended properties have their own elements.
void write_property(XmlWriter& writer, const Property& property);

/// An item to be made: from MIME, from properties, or both, of which properties win (MS-OXWSCDATA). Properties may
/// come in any order; they are written in the schema's. What is made from MIME is a draft, unless PidTagMessageFlags
/// (0x0E07) says otherwise.
struct NewItem {
  std::string kind = "Message";  ///< the element's name: "Message", "CalendarItem", "Contact", "Task", "Item" …
  std::optional<Bytes> mime{};   ///< RFC 5322; iCalendar and vCard for calendar items and contacts
  std::vector<Property> properties{};
};

/// t:Message … with its parts in the schema's order.
void write_new_item(XmlWriter& writer, const NewItem& item);

}  // namespace mailward::ews
