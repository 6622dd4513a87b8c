#pragma once

#include <string_view>
#include <variant>

#include "ews/operations/new_item.h"

namespace mailward::ews {

struct SetField {
  Property property;
};
/// Adds to what stands there: a body's text, or a list.
struct AppendToField {
  Property property;
};
struct DeleteField {
  FieldPath field;
};

/// One change of an item or folder (t:Updates).
using FieldChange = std::variant<SetField, AppendToField, DeleteField>;

/// t:SetItemField and its kin. `of` is "Item" or "Folder"; `kind` names the element that holds the new value
/// ("Message").
void write_field_change(XmlWriter& writer, const FieldChange& change, std::string_view of, std::string_view kind);

}  // namespace mailward::ews
