#pragma once

#include <vector>

#include "access/tokens.h"
#include "access/users.h"
#include "base/measure.h"

namespace mailward::access {

/// The recommended measure about who may read other people's mail: users and tokens that hold the right, and when each
/// was last used. Errors: DbError, AccessError.
Result<std::vector<Measure>> measure_lines(const Users& users, const Tokens& tokens, Timestamp now);

}  // namespace mailward::access
