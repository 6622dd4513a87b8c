#pragma once

#include <optional>
#include <string>
#include <vector>

#include "ews/operations/extended_property.h"
#include "ews/operations/ids.h"
#include "ews/xml.h"

namespace mailward::ews {

/// A folder as GetFolder and FindFolder give it; what the shape did not ask for is absent.
struct Folder {
  std::string kind;  ///< the element's name: "Folder", "CalendarFolder", "SearchFolder", …
  FolderId id;
  std::optional<FolderId> parent;
  std::optional<std::string> folder_class;  ///< "IPF.Note"
  std::optional<std::string> display_name;
  std::optional<std::int64_t> total_count;
  std::optional<std::int64_t> child_folder_count;
  std::optional<std::int64_t> unread_count;
  std::vector<ExtendedProperty> extended;

  /// Whether it has PidTagAttributeHidden, as far as that was asked for.
  bool hidden() const;
};

Folder read_folder(XmlElement element);
/// The children of t:Folders or m:Folders.
std::vector<Folder> read_folders(XmlElement folders);

}  // namespace mailward::ews
