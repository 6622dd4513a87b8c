#include "access/sessions.h"

#include <algorithm>

#include <sodium.h>
#include <nlohmann/json.hpp>

#include "access/audit_lines.h"
#include "access/rows.h"
#include "access/token_text.h"
#include "base/log.h"

namespace mailward::access {

namespace {

constexpr std::string_view kKey = "session";
constexpr std::string_view kCsrfKey = "session_csrf";
constexpr std::chrono::minutes kWrittenEvery{1};
/// How far clocks that are kept in step may differ.
constexpr std::chrono::minutes kTolerance{1};
constexpr std::size_t kAgentKept = 200;

std::unexpected<Error> not_signed_in() {
  return fail(Error(AccessError::not_signed_in, "nobody is signed in here, or the session has ended")
                  .with_remedy("sign in again"));
}

}  // namespace

struct Sessions::Stored {
  SessionId id;
  rows::StoredUser user;
  bool must_enrol = false;
  Timestamp created;
  Timestamp last_seen;
  Timestamp confirmed;
  Timestamp expires;
  std::string address;
  std::string user_agent;
  bool recently_confirmed = false;
  bool seen_long_ago = false;
};

std::string_view name_of(Must must) {
  switch (must) {
    case Must::choose_password:
      return "choose_password";
    case Must::enrol_totp:
      return "enrol_totp";
  }
  std::unreachable();
}

Sessions::Sessions(db::Database& database, secrets::Keyring& keyring, const audit::Trail& trail, const Clock& clock,
                   SessionLimits limits)
    : database_(database), keyring_(keyring), trail_(trail), clock_(clock), limits_(limits) {}

Result<Session> Sessions::look(std::string_view token, Look look) {
  if (!is_random_token(token)) return not_signed_in();
  MW_TRY(const Sha256 hash, keyring_.keyed_hash(kKey, as_bytes(token)));
  MW_TRY(auto found, find(hash));
  if (!found) return not_signed_in();
  Stored& stored = *found;

  const auto why = stored.user.user.enabled ? see(stored, look) : std::optional<std::string_view>("user_disabled");
  if (why) {
    forget(stored.id);
    MW_CHECK(database_.transaction(
        [&](db::Transaction& tx) { return rows::end_session(tx, trail_, stored.id, *why, audit_lines::by_itself()); }));
    return not_signed_in();
  }
  if (stored.seen_long_ago) {
    // The session holds all the same; the next look tries again.
    if (const Status written = write_seen(stored); !written) log::failure("session's use not written", written.error());
  }

  MW_TRY(const Sha256 csrf, keyring_.keyed_hash(kCsrfKey, as_bytes(token)));
  Session session;
  session.id = stored.id;
  session.user = std::move(stored.user.user);
  if (session.user.must_choose_password) session.must.push_back(Must::choose_password);
  if (stored.must_enrol) session.must.push_back(Must::enrol_totp);
  if (session.must.empty()) session.rights = session.user.rights();
  session.csrf_token = to_hex(csrf);
  session.signed_in_at = stored.created;
  session.last_seen = stored.last_seen;
  session.confirmed_at = stored.confirmed;
  session.expires_at = stored.expires;
  session.idle_timeout = limits_.idle;
  session.recently_confirmed = stored.recently_confirmed;
  session.address = std::move(stored.address);
  session.user_agent = std::move(stored.user_agent);
  return session;
}

Result<std::optional<Sessions::Stored>> Sessions::find(BytesView hash) const {
  return database_.read([&](db::Session& session) -> Result<std::optional<Stored>> {
    MW_TRY(const auto row,
           session.query_row("SELECT id, user_id, created, last_seen, confirmed, expires, address, user_agent "
                             "FROM access_session WHERE token_hash = $1",
                             {hash}));
    if (!row) return std::nullopt;
    Stored stored;
    stored.id = row->id<SessionId>(0);
    MW_TRY(stored.user, rows::user(session, row->id<UserId>(1)));
    MW_TRY(stored.must_enrol, rows::must_enrol(session, stored.user.user));
    stored.created = row->time(2);
    stored.last_seen = row->time(3);
    stored.confirmed = row->time(4);
    stored.expires = row->time(5);
    stored.address = row->text(6);
    stored.user_agent = row->text(7);
    return stored;
  });
}

std::optional<std::string_view> Sessions::see(Stored& stored, Look look) {
  const Timestamp now = clock_.now();
  const MonotonicTime running = clock_.monotonic();
  const std::scoped_lock lock(mutex_);
  auto known = known_.find(stored.id);
  if (known == known_.end()) {
    // Only the wall clock tells how old it is: it was set back where the session was seen in the future.
    if (stored.last_seen > now + kTolerance) return "clock_set_back";
    const auto confirmed_left = std::clamp<Duration>(stored.confirmed + limits_.confirmed - now, {}, limits_.confirmed);
    known = known_
                .emplace(
                    stored.id,
                    Known{.idle_end = running + std::min<Duration>(stored.last_seen + limits_.idle - now, limits_.idle),
                          .end = running + std::min<Duration>(stored.expires - now, limits_.absolute),
                          .confirmed_end = running + confirmed_left,
                          .seen = stored.last_seen})
                .first;
  }
  Known& line = known->second;
  if (running >= line.end || now >= stored.expires) return "expired";
  if (running >= line.idle_end || now >= std::max(line.seen, stored.last_seen) + limits_.idle) return "idle";

  if (look == Look::use) {
    const auto apart = now > stored.last_seen ? now - stored.last_seen : stored.last_seen - now;
    stored.seen_long_ago = apart >= kWrittenEvery;
    line.idle_end = running + limits_.idle;
    line.seen = now;
    stored.last_seen = now;
  }
  stored.expires = std::min(stored.expires, now + std::chrono::floor<Duration>(line.end - running));
  stored.recently_confirmed = running < line.confirmed_end && now < stored.confirmed + limits_.confirmed;
  return std::nullopt;
}

Status Sessions::write_seen(const Stored& stored) {
  return database_.transaction(
      [&](db::Transaction& tx) -> Status {
        MW_CHECK(tx.execute("UPDATE access_session SET last_seen = $2, expires = $3 WHERE id = $1",
                            {stored.id, stored.last_seen, stored.expires}));
        return {};
      },
      {.durability = db::Durability::normal});
}

void Sessions::forget(SessionId id) {
  const std::scoped_lock lock(mutex_);
  known_.erase(id);
}

bool Sessions::csrf_holds(const Session& session, std::string_view sent) {
  return sent.size() == session.csrf_token.size() &&
         sodium_memcmp(sent.data(), session.csrf_token.data(), sent.size()) == 0;
}

Result<std::vector<SessionLine>> Sessions::list(UserId user) const {
  return database_.read([&](db::Session& session) -> Result<std::vector<SessionLine>> {
    MW_TRY(const auto found,
           session.query("SELECT id, created, last_seen, address, user_agent FROM access_session "
                         "WHERE user_id = $1 AND expires > $2 AND last_seen > $3 ORDER BY created DESC, id DESC",
                         {user, clock_.now(), clock_.now() - limits_.idle - kWrittenEvery}));
    std::vector<SessionLine> lines;
    lines.reserve(found.size());
    for (const db::Row& row : found) {
      lines.push_back({.id = row.id<SessionId>(0),
                       .created = row.time(1),
                       .last_seen = row.time(2),
                       .address = row.text(3),
                       .user_agent = row.text(4)});
    }
    return lines;
  });
}

Status Sessions::end(SessionId id, UserId owner, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto row,
           tx.query_row("SELECT 1 FROM access_session WHERE id = $1 AND user_id = $2" + std::string(tx.lock_rows()),
                        {id, owner}));
    if (!row) return fail(AccessError::unknown_session, "there is no session " + id.text());
    MW_CHECK(rows::end_session(tx, trail_, id, "signed_out", by));
    return {};
  });
}

Result<std::int64_t> Sessions::end_others(const Session& current, const By& by) {
  return database_.transaction([&](db::Transaction& tx) {
    return rows::end_sessions_of(tx, trail_, current.user.id, {.why = "signed_out", .spared = current.id}, by);
  });
}

Result<std::int64_t> Sessions::end_all_of(UserId user, const By& by) {
  return database_.transaction([&](db::Transaction& tx) {
    return rows::end_sessions_of(tx, trail_, user, {.why = "signed_out", .spared = {}}, by);
  });
}

Result<std::int64_t> Sessions::sweep() {
  const Timestamp now = clock_.now();
  MW_TRY(const auto ended, database_.transaction([&](db::Transaction& tx) -> Result<std::vector<SessionId>> {
    MW_TRY(const auto old, tx.query("SELECT id, expires FROM access_session WHERE expires <= $1 OR last_seen <= $2 "
                                    "ORDER BY id",
                                    {now, now - limits_.idle - kWrittenEvery}));
    std::vector<SessionId> gone;
    for (const db::Row& row : old) {
      const auto id = row.id<SessionId>(0);
      const std::string_view why = row.time(1) <= now ? "expired" : "idle";
      MW_TRY(const bool there, rows::end_session(tx, trail_, id, why, audit_lines::by_itself()));
      if (there) gone.push_back(id);
    }
    return gone;
  }));
  const MonotonicTime running = clock_.monotonic();
  const std::scoped_lock lock(mutex_);
  // What is ended otherwise (signed out, user deleted) is looked at no more, and so falls idle here.
  std::erase_if(known_,
                [&](const auto& line) { return running >= line.second.idle_end || running >= line.second.end; });
  return static_cast<std::int64_t>(ended.size());
}

Result<Sessions::Made> Sessions::make() const {
  SecretString token = random_token();
  MW_TRY(const Sha256 hash, keyring_.keyed_hash(kKey, token.reveal_bytes()));
  return Made{.token = std::move(token), .hash = Bytes(hash.begin(), hash.end())};
}

Result<SessionId> Sessions::begin(db::Transaction& tx, const User& user, const Made& made, const Source& source) {
  const auto id = SessionId::make(clock_);
  const Timestamp now = clock_.now();
  MW_CHECK(tx.execute(
      "INSERT INTO access_session (id, token_hash, user_id, created, last_seen, confirmed, expires, "
      "address, user_agent) VALUES ($1, $2, $3, $4, $4, $4, $5, $6, $7)",
      {id, made.hash, user.id, now, now + limits_.absolute, source.address, printable(source.user_agent, kAgentKept)}));
  MW_TRY(const auto beyond, tx.query("SELECT id FROM access_session WHERE user_id = $1 AND id <> $2 "
                                     "ORDER BY last_seen DESC, id DESC LIMIT 1000 OFFSET $3",
                                     {user.id, id, static_cast<std::int64_t>(limits_.per_user) - 1}));
  for (const db::Row& row : beyond) {
    MW_CHECK(rows::end_session(tx, trail_, row.id<SessionId>(0), "too_many", audit_lines::by_itself()));
  }
  return id;
}

Status Sessions::confirm(db::Transaction& tx, SessionId id) {
  MW_TRY(const auto changed, tx.execute("UPDATE access_session SET confirmed = $2 WHERE id = $1", {id, clock_.now()}));
  if (changed == 0) return not_signed_in();
  tx.on_commit([this, id] {
    const std::scoped_lock lock(mutex_);
    const auto known = known_.find(id);
    if (known != known_.end()) known->second.confirmed_end = clock_.monotonic() + limits_.confirmed;
  });
  return {};
}

}  // namespace mailward::access
