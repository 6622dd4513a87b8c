#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "connections/event_imports.h"
#include "connections/model.h"
#include "db/session.h"
#include "directory/account.h"
#include "work/run.h"

namespace mailward::connections {

/// How long after a rotation somebody who still uses the old password is watched for.
inline constexpr std::chrono::hours kWatched{1};

/// Something that was seen of it. Wrong passwords that one controller counts are one sign, however many they are.
struct OldPasswordSign {
  enum class Kind {
    wrong_password,  ///< a controller has counted a wrong password that was not ours
    our_own,         ///< one that Mailward itself tried at that moment
    locked_out,
    unlocked,  ///< by the reset account, as the plan wants it
    not_unlocked,
    events,  ///< from a controller's event log, as a person handed them in (event_imports.h); never among `seen`
  };
  Timestamp at;  ///< the first time
  Kind kind = Kind::wrong_password;
  std::string controller;
  std::string text;                              ///< for a person
  std::optional<Timestamp> last = std::nullopt;  ///< where it was seen more than once
  std::int64_t times = 1;                        ///< looks at the controller that found more of it
};
std::string_view name_of(OldPasswordSign::Kind kind);
std::optional<OldPasswordSign::Kind> sign_kind_named(std::string_view name);

/// What one controller showed last.
struct WatchedController {
  std::optional<Timestamp> bad_password_time;
  std::optional<Timestamp> lockout_time;
};

/// A lock-out of the account: one, however many controllers tell of it and however long it lasts.
struct LockOut {
  Timestamp at;  ///< as the controllers show it, at the latest
  bool over = false;
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
  std::vector<EventImport> imports;                      ///< at most kMostImports
  std::optional<LockOut> lock_out;                       ///< the last one
  int lifts = 0;                                         ///< how often the reset account was sent to lift one
};
inline constexpr std::size_t kMostSigns = 200;
/// After each rotation a lock-out is lifted so often by itself: what locks the account again would do so for ever, and
/// whoever guesses at its password would never be stopped.
inline constexpr int kMostLifts = 1;
/// While the account is locked out it is watched on, so long at most after the rotation.
inline constexpr std::chrono::hours kWatchedWhileLocked{24};

/// What the counters say beyond what was known of that controller; nothing where nothing was known yet, when they are
/// only noted. A lock-out is said once, by the controller that shows it first.
/// `ours`: the moments at which Mailward itself was refused; a count within seconds of one is its own.
std::vector<OldPasswordSign> signs_in(OldPasswordWatch& watch, const directory::SignInCounters& counters,
                                      const std::vector<Timestamp>& ours, Timestamp now);
/// Whether the lock-out that is known is over: no controller that can be read shows it, or it has run out (`locked`: as
/// the controller that answered has it in force).
void look_whether_over(OldPasswordWatch& watch, const std::vector<directory::SignInCounters>& counters, bool locked,
                       Timestamp now);
/// Adds it, or counts it into the same one; true where it is new.
bool add_sign(OldPasswordWatch& watch, OldPasswordSign sign);

/// The line of PowerShell that lifts a lock-out.
std::string unlock_line(const std::string& sam_account_name);

/// What the directory cannot show, for a person: NTLM and simple binds with the password before are taken for an hour,
/// and nothing is counted (MS-NLMP; OldPasswordAllowedPeriod, Microsoft KB 906305).
std::string_view what_counters_cannot_show();

namespace old_password_watches {

Status insert(db::Transaction& tx, const OldPasswordWatch& watch, Timestamp now);
/// Errors: unknown_rotation where that rotation has none.
Result<OldPasswordWatch> get(db::Session& session, work::RunId run, std::string_view lock = {});
Result<std::vector<OldPasswordWatch>> open(db::Session& session);
Status update(db::Transaction& tx, const OldPasswordWatch& watch, Timestamp now);

/// A service account that is known to be locked out.
struct Locked {
  work::RunId run;  ///< the rotation whose watch has seen it
  AccountId account;
  std::string account_name;
  std::string sam_account_name;
  Timestamp since;
};
/// Those that an open watch knows of, each once.
Result<std::vector<Locked>> locked(db::Session& session);
/// When Mailward itself was refused with a password of the account since then.
Result<std::vector<Timestamp>> own_refusals(db::Session& session, const ServiceAccount& account, Timestamp since);
/// When it was at work with the account since then: its rotations and the tests of its connections, from and to.
Result<std::vector<std::pair<Timestamp, Timestamp>>> own_moments(db::Session& session, const ServiceAccount& account,
                                                                 const std::vector<ServerConnection>& connections,
                                                                 Timestamp since, Timestamp now);

}  // namespace old_password_watches

}  // namespace mailward::connections
