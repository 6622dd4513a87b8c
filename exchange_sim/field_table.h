#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

/// Every property of ItemType and its kinds (the schema's types.xsd): its name in a path, its element, what it is, who
/// gives it. Rows and orders stand in field_rows.inc and field_orders.inc, made once from the schema's names.
namespace mailward::exchange_sim {

enum class ItemKind : std::uint8_t {
  item,
  message,
  calendar_item,
  contact,
  distribution_list,
  task,
  post,
  meeting_message,
  meeting_request,
  meeting_response,
  meeting_cancellation,
};

/// "Message", the element's local name.
std::string_view element_of(ItemKind kind);
std::optional<ItemKind> kind_of_element(std::string_view local_name);
/// By the item class, as Exchange chooses the element of what came by MIME or without one: "IPM.Appointment".
ItemKind kind_of_class(std::string_view item_class);
/// The class of a new item whose client named none.
std::string_view default_class(ItemKind kind);
/// Whether the kind is MessageType or derived from it.
bool is_message(ItemKind kind);
bool is_meeting(ItemKind kind);

enum class ValueType : std::uint8_t {
  text,
  integer,
  number,
  boolean,
  time,
  choice,      ///< one of an enumeration's names
  binary,      ///< base64
  people,      ///< one or more t:Mailbox or attendees
  texts,       ///< t:String elements
  dictionary,  ///< entries with keys, paths with an index
  identity,    ///< an element with Id and ChangeKey
  body,
  extended,
  structure,
};

/// Which base shape brings a property.
enum class Level : std::uint8_t { id, standard, all, asked };

/// What a query may name a property for: nothing (it is calculated, or no simple value), a restriction alone, or an
/// order and groups too.
enum class Query : std::uint8_t { none, restriction, order };

struct Field {
  std::string_view uri;      ///< "item:Subject"
  std::string_view element;  ///< "Subject"
  ValueType type;
  Level level;
  bool in_find;   ///< FindItem and SyncFolderItems give it
  bool settable;  ///< a client may write it
  Query query;
};

using FieldId = std::uint16_t;

const Field& field(FieldId id);
std::size_t field_count();
/// By its FieldURI; none for a name that is no item's.
std::optional<FieldId> find_field(std::string_view uri);
/// By its FieldURI, which must be one: a broken invariant otherwise. For constants.
FieldId field_id(std::string_view uri);
/// What the kind has, in the schema's order.
std::span<const FieldId> fields_of(ItemKind kind);
/// The kind's field with that element's name.
std::optional<FieldId> field_of_element(ItemKind kind, std::string_view local_name);
/// Its place in the kind's order; none where the kind has it not.
std::optional<std::size_t> place_of(ItemKind kind, FieldId id);

/// Whether a FieldURI is one of the schema's at all (items', folders', conversations', personas').
bool is_field_uri(std::string_view uri);

}  // namespace mailward::exchange_sim
