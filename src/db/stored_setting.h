#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "db/session.h"

namespace mailward::db {

/// Settings that live in the database (table `setting`): a name and a text each. Not for secrets.
Result<std::optional<std::string>> stored_setting(Session& session, std::string_view name);
Status store_setting(Transaction& tx, std::string_view name, std::string_view value);

}  // namespace mailward::db
