#include "access/invitations.h"

#include <nlohmann/json.hpp>

#include "access/audit_lines.h"
#include "access/password_rules.h"
#include "access/rows.h"
#include "access/throttle.h"
#include "access/token_text.h"
#include "base/log.h"
#include "secrets/inventory.h"

namespace mailward::access {

namespace {

constexpr std::string_view kKey = "invitation";

Error is_void() {
  return Error(AccessError::invitation_void, "this invitation was used, replaced, or has expired")
      .with_remedy("ask an administrator for a new one: it is good for 15 minutes and for one use");
}

struct Standing {
  rows::StoredUser stored;
  Timestamp expires;
};

Result<Standing> standing(db::Session& session, BytesView hash, Timestamp now, std::string_view lock = {}) {
  MW_TRY(
      const auto row,
      session.query_row(
          "SELECT user_id, created, expires FROM access_invitation WHERE token_hash = $1" + std::string(lock), {hash}));
  // A clock that was set back to before it was made makes it no younger.
  if (!row || row->time(2) <= now || row->time(1) > now + std::chrono::minutes(1)) return fail(is_void());
  MW_TRY(auto stored, rows::user(session, row->id<UserId>(0), lock));
  if (!stored.user.enabled) return fail(is_void());
  return Standing{.stored = std::move(stored), .expires = row->time(2)};
}

}  // namespace

Invitations::Invitations(db::Database& database, secrets::Keyring& keyring, Passwords& passwords,
                         const audit::Trail& trail, RefusalLines& refusals, const Clock& clock)
    : database_(database),
      keyring_(keyring),
      passwords_(passwords),
      trail_(trail),
      refusals_(refusals),
      clock_(clock) {}

Result<Invitations::Opened> Invitations::open(std::string_view token, const Source& source,
                                              std::string_view request_id) const {
  MW_TRY(const auto found, find(token, source, request_id));
  return Opened{.name = found.user.name, .display_name = found.user.display_name, .expires_at = found.expires};
}

Result<Invitations::Found> Invitations::find(std::string_view token, const Source& source,
                                             std::string_view request_id) const {
  Result<Found> found = fail(is_void());
  if (is_random_token(token)) {
    MW_TRY(const Sha256 hash, keyring_.keyed_hash(kKey, as_bytes(token)));
    found = database_.read([&](db::Session& session) -> Result<Found> {
      MW_TRY(auto stands, standing(session, hash, clock_.now()));
      return Found{.user = std::move(stands.stored.user), .expires = stands.expires, .hash = hash};
    });
  }
  if (!found && found.error().is(AccessError::invitation_void)) {
    const Status told =
        refusals_.add({.action = "invitation.use", .reason = "void", .user = std::nullopt, .details = source.details()},
                      source.by(request_id));
    if (!told) log::failure("refusal not written down", told.error());
  }
  return found;
}

Attempt<User> Invitations::accept(std::string_view token, const SecretString& password, const Source& source,
                                  std::string_view request_id) {
  MW_TRY(const Found found, find(token, source, request_id));
  if (const auto problem = password_problem(password, found.user.name)) {
    return std::unexpected(Error(AccessError::weak_password, "the password does not do: " + *problem));
  }
  const UserId id = found.user.id;
  auto hashed = passwords_.hash(id, password);
  if (!hashed) return std::unexpected(when_busy(std::move(hashed).error()));

  const Timestamp now = clock_.now();
  const By by = source.by(request_id, audit::Actor::user(id.text()));
  MW_TRY(User user, database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_TRY(const auto stands, standing(tx, found.hash, now, tx.lock_rows()));
    MW_CHECK(tx.execute("DELETE FROM access_invitation WHERE user_id = $1", {id}));
    MW_CHECK(rows::set_password(tx, id, *hashed, now));
    MW_CHECK(rows::note_source(tx, id, source_key(source.address), now));
    MW_CHECK(secrets::record_secret(tx, {.kind = "user_password",
                                         .id = id.text(),
                                         .opens = "Mailward as " + stands.stored.user.name + " (kept as a hash)",
                                         .created = now,
                                         .last_used = std::nullopt,
                                         .renew_by = std::nullopt,
                                         .set_by = by.actor.text()}));
    MW_CHECK(rows::end_sessions_of(tx, trail_, id, {.why = "password_changed", .spared = {}}, by));
    const nlohmann::json details = {{"name", stands.stored.user.name}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"invitation.accept", "user", id.text(), details}));
    MW_TRY(auto after, rows::user(tx, id));
    return std::move(after.user);
  }));
  return user;
}

Status Invitations::sweep() {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(tx.execute("DELETE FROM access_invitation WHERE expires <= $1", {clock_.now()}));
    return {};
  });
}

Result<Invitations::Made> Invitations::make() const {
  SecretString token = random_token();
  MW_TRY(const Sha256 hash, keyring_.keyed_hash(kKey, token.reveal_bytes()));
  return Made{.invitation = {.token = std::move(token), .expires_at = clock_.now() + kGoodFor},
              .hash = Bytes(hash.begin(), hash.end())};
}

Status Invitations::issue(db::Transaction& tx, UserId user, const Made& made) {
  const Timestamp expires = made.invitation.expires_at;
  MW_CHECK(
      tx.execute("INSERT INTO access_invitation (user_id, token_hash, created, expires) VALUES ($1, $2, $3, $4) "
                 "ON CONFLICT (user_id) DO UPDATE SET token_hash = excluded.token_hash, created = excluded.created, "
                 "expires = excluded.expires",
                 {user, made.hash, expires - kGoodFor, expires}));
  return {};
}

}  // namespace mailward::access
