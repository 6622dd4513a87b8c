#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "ews/xml.h"

namespace mailward::ews {

/// An opaque id with the version of what it names. Ids compare by bytes; never looked into.
struct FolderId {
  std::string id;
  std::string change_key;
  bool operator==(const FolderId&) const = default;
};
struct ItemId {
  std::string id;
  std::string change_key;
  bool operator==(const ItemId&) const = default;
};

/// A folder that each mailbox has, by its schema name ("inbox", "msgfolderroot"; types.xsd,
/// DistinguishedFolderIdNameType).
struct DistinguishedFolder {
  std::string name;
  std::string mailbox;  ///< SMTP address; empty: that of the caller, or whom it impersonates
  bool operator==(const DistinguishedFolder&) const = default;
};

using FolderRef = std::variant<DistinguishedFolder, FolderId>;

enum class BaseShape { id_only, default_properties, all_properties };
std::string_view base_shape_name(BaseShape shape);

void write_folder_ref(XmlWriter& writer, const FolderRef& folder);
void write_item_id(XmlWriter& writer, const ItemId& item);
FolderId read_folder_id(XmlElement element);
ItemId read_item_id(XmlElement element);

}  // namespace mailward::ews
