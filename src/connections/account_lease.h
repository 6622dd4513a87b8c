#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "connections/error.h"
#include "db/session.h"

namespace mailward::connections {

/// "account/<name>": what everybody who acts on an account holds.
std::string account_lease_name(std::string_view name);

/// Nobody tests, edits or rotates the account now, nor can begin to before the transaction ends: takes the lease
/// "account/<normalised name>" and gives it back in the same transaction. Errors: account_busy, also by
/// check_not_rotating().
Status check_account_idle(db::Transaction& tx, std::string_view normalised_name, Timestamp now);

/// No rotation of the account is on its way, also none that a killed process left and nobody has taken up yet: it may
/// hold the only copy of a password that Active Directory has. (Of one by hand a person knows the password.) Errors:
/// account_busy.
Status check_not_rotating(db::Session& session, std::string_view normalised_name);

}  // namespace mailward::connections
