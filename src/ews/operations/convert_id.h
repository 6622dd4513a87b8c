#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/response.h"

namespace mailward::ews {

/// Ids from one writing into another (MS-OXWSCVTID 3.1.4.1): one response message for each.
struct ConvertId {
  static constexpr std::string_view kName = "ConvertId";
  /// EwsLegacyId is what 2007 gave out; EntryId is in base64, HexEntryId in hexadecimal.
  enum class Format { ews_legacy, ews, entry, hex_entry, store, owa };
  struct AlternateId {
    Format format = Format::ews;
    std::string id;
    std::string mailbox;  ///< SMTP address
    bool archive = false;
  };
  using Response = Responses<AlternateId>;

  Format to = Format::ews;
  std::vector<AlternateId> ids;  ///< at least one

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
