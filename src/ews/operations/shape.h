#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/extended_property.h"
#include "ews/operations/field_path.h"
#include "ews/operations/ids.h"
#include "ews/xml.h"

namespace mailward::ews {

/// Opens the operation's element with both namespaces, so that it is valid by itself. Closed by close().
XmlWriter& open_operation(XmlWriter& writer, std::string_view name);

/// Which properties of items are asked for.
struct ItemShape {
  enum class Body { as_stored, html, text };
  BaseShape base = BaseShape::id_only;
  bool mime_content = false;
  Body body = Body::as_stored;
  std::vector<FieldPath> additional{};
};

/// m:FolderShape.
void write_folder_shape(XmlWriter& writer, BaseShape shape, const std::vector<FieldPath>& additional,
                        const std::vector<PropertyTag>& extended = {});
/// m:ItemShape.
void write_item_shape(XmlWriter& writer, const ItemShape& shape);
/// t:AdditionalProperties; nothing where there are none.
void write_paths(XmlWriter& writer, const std::vector<FieldPath>& fields);
/// An IndexedPage…View.
void write_page_view(XmlWriter& writer, std::string_view name, std::uint32_t max_entries, std::uint32_t offset);
/// m:FolderIds, m:ParentFolderIds.
void write_folders(XmlWriter& writer, std::string_view name, const std::vector<FolderRef>& folders);
/// m:ItemIds.
void write_items(XmlWriter& writer, const std::vector<ItemId>& items);
/// The one folder of m:ParentFolderId, m:ToFolderId, m:SavedItemFolderId.
void write_target(XmlWriter& writer, std::string_view name, const FolderRef& folder);

}  // namespace mailward::ews
