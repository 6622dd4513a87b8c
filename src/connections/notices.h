#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "connections/model.h"
#include "connections/old_password_watch.h"
#include "connections/rotation_rows.h"
#include "connections/rotation_schedule.h"
#include "db/session.h"

/// What people are told of connections and accounts (notify/notice.h), each in the transaction that makes it true.
/// Internal to connections/, but for the reminder, which app/ hands to the schedule. Errors: DbError.
namespace mailward::connections::notices {

/// A rotation has ended.
Status rotation_ended(db::Transaction& tx, const Rotation& rotation, bool degraded, std::string_view sentence,
                      std::string_view remedy, Timestamp now);
Status reminder(db::Transaction& tx, const RotationReminder& reminder, Timestamp now);
/// Somebody shows a wrong password after a rotation.
Status wrong_password_seen(db::Transaction& tx, const OldPasswordWatch& watch, std::string_view account_name,
                           const OldPasswordSign& sign, Timestamp now);
/// The account was locked out; `lifting` is what became of that.
Status locked_out(db::Transaction& tx, const OldPasswordWatch& watch, std::string_view account_name,
                  const OldPasswordSign& sign, const OldPasswordSign& lifting, Timestamp now);
/// A connection has stopped working as it should, or works again; nothing is told of other changes of state.
Status state_changed(db::Transaction& tx, const ServerConnection& before, ConnectionState state,
                     std::string_view reason_text, Timestamp now);
/// Nothing is told of a password that expires later than in two weeks; in the last three days it is told each day,
/// before that each week.
Status password_expires(db::Transaction& tx, AccountId account, std::string_view account_name,
                        std::optional<Timestamp> expires, Timestamp now);
/// The same for a server's certificate: from thirty days before on each week, in the last week each day.
Status certificate_expires(db::Transaction& tx, const ServerConnection& connection, Timestamp until, Timestamp now);

}  // namespace mailward::connections::notices
