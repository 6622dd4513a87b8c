#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ews/operations/item.h"
#include "ews/operations/response.h"

namespace mailward::ews {

/// Whom a name, an address or the beginning of one means (MS-OXWSRSLNM 3.1.4.1). Several matches are a warning
/// (ErrorNameResolutionMultipleResults), none is an error (ErrorNameResolutionNoResults).
struct ResolveNames {
  static constexpr std::string_view kName = "ResolveNames";
  struct Resolution {
    Mailbox mailbox;
    std::optional<std::string> display_name;  ///< of the contact, where full data was asked for
  };
  struct Resolutions {
    std::vector<Resolution> found;
    std::optional<std::int64_t> total;
    bool last = true;
  };
  using Response = Responses<Resolutions>;

  enum class Scope { active_directory, active_directory_contacts, contacts, contacts_active_directory };
  Scope scope = Scope::active_directory;
  bool full_contact_data = false;
  std::string name;  ///< not empty

  std::string body() const;
  static Outcome<Response> read(XmlElement payload);
};

}  // namespace mailward::ews
