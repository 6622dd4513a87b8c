#pragma once

#include <memory>
#include <optional>

#include "exchange_sim/operations.h"
#include "exchange_sim/property_path.h"

/// Items as clients write them: the one reader of new items and of changes. What breaks the schema is a fault, what the
/// store refuses an error of that item.
namespace mailward::exchange_sim {

/// Against the kind's sequence and its simple types, attachments and the items in them included.
std::optional<SoapFault> check_item(const SoapRequest& request, pugi::xml_node node);

/// Whether the text is one of the names of the field's enumeration, as far as these are known.
bool is_choice(std::string_view uri, std::string_view text);

enum class Purpose { create, update };

/// An item being written. It stands in no folder yet, or is a copy that takes the item's place afterwards.
struct ItemEdit {
  const Mailbox& mailbox;
  const Organisation& organisation;
  Item& item;
  Purpose purpose;
};

/// One property's element, as it stands in an item.
std::optional<ResponseError> set_property(const ItemEdit& edit, pugi::xml_node element);
/// t:AppendToItemField: to a body, recipients or texts.
std::optional<ResponseError> append_property(const ItemEdit& edit, const PropertyPath& path, pugi::xml_node element);
std::optional<ResponseError> delete_property(const ItemEdit& edit, const PropertyPath& path);
/// Whether the message's own bytes outlive the change.
bool keeps_mime(const PropertyPath& path);

/// A new item from its element; a message is a draft unless its flags say otherwise.
std::expected<std::unique_ptr<Item>, ResponseError> make_item(const Mailbox& mailbox, const Organisation& organisation,
                                                              pugi::xml_node node);
/// t:FileAttachment or t:ItemAttachment. The number that it was given.
std::expected<std::uint32_t, ResponseError> add_attachment(const ItemEdit& edit, pugi::xml_node node);

}  // namespace mailward::exchange_sim
