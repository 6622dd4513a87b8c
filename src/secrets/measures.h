#pragma once

#include <vector>

#include "base/measure.h"
#include "db/session.h"

namespace mailward::secrets {

/// The recommended measures about keys and secrets: how old the master key is, and which secrets of the inventory are
/// past their time. Errors: DbError.
Result<std::vector<Measure>> measure_lines(db::Session& session, Timestamp now);

}  // namespace mailward::secrets
