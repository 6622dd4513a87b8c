#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/answer_reader.h"
#include "ews/operations/folder.h"
#include "ews/operations/response.h"
#include "ews/operations/restriction.h"

namespace mailward::ews {

/// One page of what a search found. Offset equal to the total with `last` false is legal: an empty page follows.
template <typename Found>
struct Page {
  std::vector<Found> found;
  std::optional<std::int64_t> total;
  std::optional<std::int64_t> next_offset;
  bool last = true;
};

/// The folders below some folders (MS-OXWSSRCH 3.1.4.1). Public folders know no deep traversal.
struct FindFolder {
  static constexpr std::string_view kName = "FindFolder";
  using Response = Responses<Page<Folder>>;
  using Unit = Folder;

  enum class Traversal { shallow, deep, soft_deleted };
  Traversal traversal = Traversal::shallow;
  BaseShape shape = BaseShape::default_properties;
  std::vector<FieldPath> additional;
  std::vector<PropertyTag> extended;
  std::optional<std::string> name_begins;  ///< only those whose display name begins so, in any case
  std::optional<Restriction> restriction{};
  std::uint32_t max_entries = 1000;
  std::uint32_t offset = 0;
  std::vector<FolderRef> parents;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
  static AnswerParts parts();
  static Page<Folder> read_message(XmlElement message);
  static Folder read_unit(XmlElement element) { return read_folder(element); }
};

}  // namespace mailward::ews
