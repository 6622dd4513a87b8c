#pragma once

#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "access/source.h"
#include "access/user.h"
#include "audit/trail.h"
#include "db/session.h"

/// The lines that this room writes into the audit trail. Internal to access/. No secret stands in them.
namespace mailward::access::audit_lines {

nlohmann::json of(const User& user);

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
Status append(db::Transaction& tx, const audit::Trail& trail, const By& by, const Line& line);

/// For what nobody does: a session that runs out, a count of refusals.
By by_itself();

}  // namespace mailward::access::audit_lines
