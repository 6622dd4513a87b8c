#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "connections/ledger.h"

/// The lines that the ledger writes into the audit trail, and the events that others hear of them by. Internal to
/// connections/. Passwords appear as "typed", "unchanged" or "none", trust by its certificates' hash.
namespace mailward::connections::audit_lines {

nlohmann::json of(const ServerConnection& connection);
nlohmann::json of(const ServiceAccount& account);
nlohmann::json of(const DirectoryRecord& directory);

/// {"before": …, "after": …}, each with only the fields that differ.
nlohmann::json change(const nlohmann::json& before, const nlohmann::json& after);

/// What was done to what.
struct Line {
  std::string_view action;
  std::string_view kind;
  std::string id;
  const nlohmann::json& details;
  std::string_view outcome = "ok";
};
/// Appends it to the trail and emits it as an event of the same name and contents.
Status append(db::Transaction& tx, const audit::Trail& trail, const By& by, const Line& line);

}  // namespace mailward::connections::audit_lines
