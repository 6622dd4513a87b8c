#pragma once

#include "db/session.h"
#include "renewal/inventory.h"
#include "renewal/renewal_rows.h"

/// What people are told of plans and of secrets (notify/notice.h), each in the transaction that makes it true. Internal
/// to renewal/. Errors: DbError.
namespace mailward::renewal::notices {

Status approval_wanted(db::Transaction& tx, const Renewal& renewal, Timestamp now);
/// Somebody has switched the approval off; until then it is demanded still.
Status approval_ends(db::Transaction& tx, Timestamp until, Timestamp now);
/// All that could be done by itself is done; `renewal` is as it stands then.
Status renewal_rests(db::Transaction& tx, const Renewal& renewal, Timestamp now);
Status master_key_rotated(db::Transaction& tx, const Renewal& renewal, Timestamp now);
/// Each that is due, once a week while it is. Service accounts have notices of their own (rotation_due,
/// password_expires).
Status secrets_due(db::Transaction& tx, const std::vector<HeldSecret>& held, Timestamp now);

}  // namespace mailward::renewal::notices
