#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "exchange_sim/mailbox.h"
#include "exchange_sim/property_path.h"

/// What an item's properties are worth: stored values, those that the store makes, and the defaults of what was never
/// set. The item's mailbox is held by the caller.
namespace mailward::exchange_sim {

/// What whoever looks at an item may do with it.
struct ItemRights {
  bool read = true;
  bool edit = true;
  bool remove = true;
  bool sees_private = true;  ///< what is private in its mailbox
};

struct ItemView {
  const Mailbox& mailbox;
  const Item& item;
  ItemRights rights{};
};

/// A property's element, taken apart; none where the item has it not. Bodies, MIME, attachments and dictionaries have
/// writers of their own (item_writing.h).
std::optional<Value> field_value(const ItemView& view, FieldId field);
/// The stored value, or what the store makes of it: a well-known tag of something that has a field, a header of the
/// message.
std::optional<std::string> extended_value(const ItemView& view, const ExtendedName& name);

/// The value as plain texts, for restrictions, sorting and grouping: none where it is not there, several for
/// categories, recipients and attendees (names and addresses).
std::vector<std::string> texts_of(const ItemView& view, const PropertyPath& path);
/// How such texts are compared.
ValueType type_of(const PropertyPath& path);

/// Enumerations by their numbers in MAPI (MS-OXCMSG 2.2.1.11 and 2.2.1.13, MS-OXOFLAG 2.2.1.1).
inline constexpr std::array<std::string_view, 3> kImportance{"Low", "Normal", "High"};
inline constexpr std::array<std::string_view, 4> kSensitivity{"Normal", "Personal", "Private", "Confidential"};
inline constexpr std::array<std::string_view, 3> kFlagStatus{"NotFlagged", "Complete", "Flagged"};

/// item:Flag's t:FlagStatus.
std::string flag_status(const ItemView& view);
/// The plain body, tags undone where it is HTML; empty for none.
std::string text_body(const ItemView& view);
std::string html_body(const ItemView& view);

/// Roughly what Outlook shows as the item's size, in bytes.
std::uint64_t size_of(const ItemView& view);
/// The subject without its prefixes, which makes a conversation.
std::string conversation_topic(const Item& item);
std::string plain_field(const Item& item, FieldId field);

/// What computed_fields.cpp knows; none for a field that the store does not make.
std::optional<Value> computed_value(const ItemView& view, FieldId field);
/// What a property has before anybody set it.
std::optional<Value> default_value(const ItemView& view, FieldId field);

}  // namespace mailward::exchange_sim
