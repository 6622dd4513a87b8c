#pragma once

#include <functional>
#include <string>
#include <vector>

#include "exchange_sim/operations.h"

/// What a folder or an item looks like in an answer: the base shape, what was asked for beside it, all in the schema's
/// order.
namespace mailward::exchange_sim {

enum class BaseShape { id_only, standard, all };

struct Shape {
  BaseShape base = BaseShape::id_only;
  bool mime = false;
  bool text_body = false;  ///< BodyType Text; else HTML
  bool hidden = false;     ///< PidTagAttributeHidden (0x10f4) is asked for
  std::vector<std::string>
      additional;  ///< FieldURIs; extended properties that nothing here has are left out, as Exchange does
  bool asks(std::string_view field) const;
};

/// Whether a t:ExtendedFieldURI names PidTagAttributeHidden: a tag in decimal or hexadecimal, of type Boolean.
bool names_hidden(pugi::xml_node field);

/// m:FolderShape or m:ItemShape.
std::expected<Shape, SoapFault> read_shape(const SoapRequest& request, pugi::xml_node node);

void write_folder(XmlWriter& xml, const Mailbox& mailbox, const Folder& folder, const Shape& shape);

enum class ItemDetail { found, whole };  ///< FindItem gives neither body nor recipients
void write_item(XmlWriter& xml, const Mailbox& mailbox, const Item& item, const Shape& shape, ItemDetail detail);

/// A field's value as text, for restrictions and sorting; empty text for one it does not know or have.
std::string folder_field(const Mailbox& mailbox, const Folder& folder, std::string_view field);
std::string item_field(const Item& item, std::string_view field);

/// t:Restriction over those values. Fields by extended property never exist. Errors: what Exchange refuses.
using FieldReader = std::function<std::string(std::string_view field)>;
bool matches(pugi::xml_node restriction, const FieldReader& read);

/// Indexed paging (t:IndexedPageViewType): which of `total` a page has.
struct Page {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t next = 0;
  bool last = true;
};
std::expected<Page, SoapFault> read_page(const SoapRequest& request, pugi::xml_node view, std::size_t total);

}  // namespace mailward::exchange_sim
