#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "access/source.h"
#include "access/user.h"
#include "audit/trail.h"
#include "db/database.h"
#include "secrets/keyring.h"

namespace mailward::access {

using SessionId = Id<struct SessionTag>;

struct SessionLimits {
  /// Without a request for so long, it ends.
  Duration idle = std::chrono::minutes(30);
  /// After so long it ends whatever happens.
  Duration absolute = std::chrono::hours(12);
  /// For so long after the last sign-in or confirmation, sensitive acts are done without asking again.
  Duration confirmed = std::chrono::minutes(10);
  /// A user's oldest ends when he begins one more.
  std::size_t per_user = 20;
};

/// What a user must do before anything else.
enum class Must { choose_password, enrol_totp };
std::string_view name_of(Must must);

/// A signed-in user, as he is at this moment.
struct Session {
  SessionId id;
  User user;
  /// Of the user now; none while he must do something first (`must`): his session and profile are all he has.
  Rights rights;
  /// To be sent with every unsafe request; derived from the token, the same as long as the session lives.
  std::string csrf_token;
  Timestamp signed_in_at;
  Timestamp last_seen;
  Timestamp confirmed_at;
  Timestamp expires_at;  ///< at the latest
  Duration idle_timeout{};
  /// Whether `confirmed_at` is recent enough for a sensitive act, judged by the monotonic clock.
  bool recently_confirmed = false;
  std::string address;
  std::string user_agent;
  std::vector<Must> must;

  By by(std::string_view request_id) const {
    return {.actor = user.actor(), .source = address, .token = {}, .request_id = std::string(request_id)};
  }
};

/// Whether looking at a session is a use of it, which keeps it from falling idle.
enum class Look { use, peek };

/// A session as its owner sees it in a list.
struct SessionLine {
  SessionId id;
  Timestamp created;
  Timestamp last_seen;
  std::string address;
  std::string user_agent;
};

/// A new session with the token that opens it, which is shown once: 64 hexadecimal digits.
struct SessionGrant {
  SecretString token;
  Session session;
};

/// Sessions, in the database by a keyed hash of their token (sub-key "session"), so that they outlive a restart.
/// Thread-safe. Each look reads session and user anew: what was changed, disabled or ended holds at once.
///
/// Time: a session ends by the wall clock or by the monotonic one, whichever comes first; the latter is kept in memory
/// from the first look on, so that a wall clock that is set back lengthens nothing while the process lives. After a
/// restart a session that was seen in the future (by more than a minute) is ended.
///
/// last_seen is written at most once a minute.
class Sessions {
 public:
  Sessions(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock,
           SessionLimits limits = {});

  /// The session of a token. Errors: not_signed_in.
  Result<Session> look(std::string_view token, Look look = Look::use);
  /// In constant time.
  static bool csrf_holds(const Session& session, std::string_view sent);

  /// A user's sessions, newest first.
  Result<std::vector<SessionLine>> list(UserId user) const;
  /// Signing out is ending one's own. Errors: unknown_session where that user has none of that id.
  Status end(SessionId id, UserId owner, const By& by);
  /// All of the user's but this one; returns how many.
  Result<std::int64_t> end_others(const Session& current, const By& by);
  Result<std::int64_t> end_all_of(UserId user, const By& by);

  /// Ends what has run out; to be called every few minutes. Returns how many.
  Result<std::int64_t> sweep();

  // For SignIn
  // ----------------------------------------------------------------------------------------------------------------

  struct Made {
    SecretString token;
    Bytes hash;
  };
  /// Before the transaction: the keyring may need one of its own.
  Result<Made> make() const;
  /// Begins a session within the caller's transaction. look() then gives it.
  Result<SessionId> begin(db::Transaction& tx, const User& user, const Made& made, const Source& source);
  /// The user proved anew who he is.
  Status confirm(db::Transaction& tx, SessionId id);

 private:
  /// A session as it is stored, with its user.
  struct Stored;
  /// What this process knows of a session by the monotonic clock.
  struct Known {
    MonotonicTime idle_end;
    MonotonicTime end;
    MonotonicTime confirmed_end;
    Timestamp seen;
  };
  /// Why it has ended, if it has; else `expires` may come nearer, and with Look::use it is seen now.
  std::optional<std::string_view> see(Stored& stored, Look look);
  Result<std::optional<Stored>> find(BytesView hash) const;
  Status write_seen(const Stored& stored);
  void forget(SessionId id);

  db::Database& database_;
  secrets::Keyring& keyring_;
  const audit::Trail& trail_;
  const Clock& clock_;
  const SessionLimits limits_;
  std::mutex mutex_;
  std::map<SessionId, Known> known_;
};

}  // namespace mailward::access
