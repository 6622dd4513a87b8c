#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/ids.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Settings that clients keep in folders (MS-OXWSUSRCFG 3.1.4.3): categories ("CategoryList" of the calendar),
/// work hours, Outlook on the web's.
struct GetUserConfiguration {
  static constexpr std::string_view kName = "GetUserConfiguration";
  struct Entry {
    std::string key;
    std::string type;  ///< of the value: "String", "Boolean", "Integer32" …
    std::vector<std::string> values;
  };
  struct Configuration {
    ItemId id;
    std::vector<Entry> dictionary;
    std::optional<std::string> xml;     ///< base64, as sent
    std::optional<std::string> binary;  ///< base64, as sent
  };
  using Response = Responses<Configuration>;

  std::string name;
  FolderRef folder;

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
