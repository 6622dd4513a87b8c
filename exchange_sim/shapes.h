#pragma once

#include <string>
#include <vector>

#include "exchange_sim/item_values.h"
#include "exchange_sim/operations.h"
#include "exchange_sim/schema_versions.h"
#include "exchange_sim/store_ids.h"

/// What a folder or an item looks like in an answer: the base shape, what was asked for beside it, all in the schema's
/// order.
namespace mailward::exchange_sim {

enum class BaseShape { id_only, standard, all };
enum class BodyKind { best, html, text };

struct Shape {
  BaseShape base = BaseShape::id_only;
  SchemaVersion schema = SchemaVersion::exchange2016;  ///< what is newer is left out
  bool mime = false;
  BodyKind body = BodyKind::best;
  BodyKind unique_body = BodyKind::best;
  BodyKind normalized_body = BodyKind::best;
  std::size_t most_body = 0;  ///< MaximumBodySize in bytes; 0: no limit
  std::vector<PropertyPath> additional{};
  std::optional<ResponseError> refusal{};  ///< why what it asks for cannot be asked of anything

  bool asks(FieldId field) const;
  bool asks(std::string_view uri) const;
};

/// m:FolderShape, m:ItemShape or m:AttachmentShape (which needs no base shape).
std::expected<Shape, SoapFault> read_shape(const SoapRequest& request, pugi::xml_node node);

/// With the caller's own rights, where they are asked for.
void write_folder(XmlWriter& xml, const OperationContext& context, const FolderRef& ref, const Shape& shape);
std::string_view element_of(FolderKind kind);

enum class ItemDetail { found, whole };  ///< FindItem gives neither body nor recipients
/// `view`: as the caller sees it (access.h).
void write_item(XmlWriter& xml, const ItemView& view, const Shape& shape, ItemDetail detail);
/// An item that is attached to another, at that place; the rights are those on the other.
void write_attached_item(XmlWriter& xml, const ItemView& view, const Shape& shape, const AttachmentPlace& place);
/// t:FileAttachment or t:ItemAttachment with what describes it, and `content` behind: what was asked for beside.
void write_attachment(XmlWriter& xml, const Mailbox& mailbox, const ItemAttachment& attachment,
                      const AttachmentPlace& place, std::string_view content);
/// t:ItemId with its change key.
void write_item_id(XmlWriter& xml, const Mailbox& mailbox, const Item& item);
void write_folder_id(XmlWriter& xml, const Mailbox& mailbox, const Folder& folder);

/// A folder's properties as texts, for restrictions.
std::vector<std::string> folder_texts(const Mailbox& mailbox, const Folder& folder, const PropertyPath& path);

/// Indexed and fractional paging: which of `total` a page has.
struct Page {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t next = 0;
  bool last = true;
  bool fractional = false;
  bool paged = false;  ///< a view was asked for
};
std::expected<Page, SoapFault> read_page(const SoapRequest& request, pugi::xml_node view, std::size_t total);
/// Numbers that the schema takes and a page cannot have.
std::optional<ResponseError> refusal_of_page(pugi::xml_node view);
/// Fewer than the page asked for, as a policy wants.
void shorten(Page& page, std::size_t most);
/// m:RootFolder's opening tag with the page's attributes.
void open_root_folder(XmlWriter& xml, const Page& page, std::size_t total);

}  // namespace mailward::exchange_sim
