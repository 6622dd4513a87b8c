#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connections/model.h"
#include "db/session.h"
#include "directory/account.h"
#include "work/run.h"

namespace mailward::connections {

/// How long after a rotation somebody who still uses the old password is watched for.
inline constexpr std::chrono::hours kWatched{1};

/// Something that was seen of it.
struct OldPasswordSign {
  enum class Kind {
    wrong_password,  ///< a controller has counted a wrong password that was not ours
    our_own,         ///< one that Mailward itself tried at that moment
    locked_out,
    unlocked,  ///< by the reset account, as the plan wants it
    not_unlocked,
    events,  ///< from a controller's event log, as a person handed them in
  };
  Timestamp at;
  Kind kind = Kind::wrong_password;
  std::string controller;
  std::string text;  ///< for a person
};
std::string_view name_of(OldPasswordSign::Kind kind);

/// What one controller showed last.
struct WatchedController {
  std::optional<Timestamp> bad_password_time;
  std::optional<Timestamp> lockout_time;
};

/// The watch on the old password after one rotation (table old_password_watch).
struct OldPasswordWatch {
  work::RunId run;
  AccountId account;
  std::string sam_account_name;  ///< as the directory showed it; empty until it was read
  Timestamp until;
  std::optional<Timestamp> ended;
  std::map<std::string, WatchedController> controllers;  ///< that could be read so far
  std::vector<OldPasswordSign> seen;                     ///< at most kMostSigns, the first ones
  std::int64_t unlisted = 0;                             ///< signs beyond those
};
inline constexpr std::size_t kMostSigns = 200;

/// What the counters say beyond what was known of that controller; nothing where nothing was known yet, when they are
/// only noted.
/// `ours`: the moments at which Mailward itself was refused; a count within seconds of one is its own.
std::vector<OldPasswordSign> signs_in(OldPasswordWatch& watch, const directory::SignInCounters& counters,
                                      const std::vector<Timestamp>& ours, Timestamp now);
void add_sign(OldPasswordWatch& watch, OldPasswordSign sign);

/// What the directory cannot show, for a person: NTLM and simple binds with the password before are taken for an hour,
/// and nothing is counted (MS-NLMP; OldPasswordAllowedPeriod, Microsoft KB 906305).
std::string_view what_counters_cannot_show();

namespace old_password_watches {

Status insert(db::Transaction& tx, const OldPasswordWatch& watch, Timestamp now);
/// Errors: unknown_rotation where that rotation has none.
Result<OldPasswordWatch> get(db::Session& session, work::RunId run, std::string_view lock = {});
Result<std::vector<OldPasswordWatch>> open(db::Session& session);
Status update(db::Transaction& tx, const OldPasswordWatch& watch, Timestamp now);
/// When Mailward itself was refused with a password of the account since then.
Result<std::vector<Timestamp>> own_refusals(db::Session& session, const ServiceAccount& account, Timestamp since);

}  // namespace old_password_watches

}  // namespace mailward::connections
