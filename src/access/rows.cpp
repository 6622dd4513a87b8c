#include "access/rows.h"

#include <nlohmann/json.hpp>

#include "access/audit_lines.h"

namespace mailward::access::rows {

namespace {

constexpr std::chrono::days kSourceKnownFor{90};
constexpr int kSourcesOfUser = 32;

constexpr std::string_view kSelectUser =
    "SELECT id, version, name, display_name, roles, reads_content, enabled, password_hash, password_set, totp_secret, "
    "totp_pending, totp_last_step, last_sign_in, created, updated, updated_by, must_choose_password "
    "FROM access_user ";

std::vector<std::string> names_in(std::string_view text) {
  std::vector<std::string> names;
  while (!text.empty()) {
    const std::size_t comma = text.find(',');
    names.emplace_back(text.substr(0, comma));
    text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
  }
  return names;
}

Result<StoredUser> read_user(const db::Row& row) {
  StoredUser stored;
  User& user = stored.user;
  user.id = row.id<UserId>(0);
  user.version = row.integer(1);
  user.name = row.text(2);
  user.display_name = row.text(3);
  MW_TRY(user.roles, read_roles(row.text(4)));
  user.reads_content = row.flag(5);
  user.enabled = row.flag(6);
  stored.password_hash = row.text(7);
  stored.password_set = row.maybe_time(8);
  stored.totp = row.maybe_id<secrets::SecretId>(9);
  stored.totp_pending = row.maybe_id<secrets::SecretId>(10);
  stored.totp_last_step = row.integer(11);
  user.last_sign_in = row.maybe_time(12);
  user.created = row.time(13);
  user.updated = row.time(14);
  user.updated_by = row.text(15);
  user.must_choose_password = row.flag(16);
  user.has_password = !stored.password_hash.empty();
  user.totp_enabled = stored.totp.has_value();
  return stored;
}

}  // namespace

std::string text_of(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ",") + name;
  return text;
}

Result<Rights> read_rights(std::string_view text) {
  auto rights = parse_rights(names_in(text));
  if (!rights) return fail(Error(db::DbError::corrupt, "rights in the database").caused_by(rights.error()));
  return rights;
}

Result<Roles> read_roles(std::string_view text) {
  auto roles = parse_roles(names_in(text));
  if (!roles) return fail(Error(db::DbError::corrupt, "roles in the database").caused_by(roles.error()));
  return roles;
}

Result<StoredUser> user(db::Session& session, UserId id, std::string_view lock) {
  MW_TRY(const auto row, session.query_row(std::string(kSelectUser) + "WHERE id = $1" + std::string(lock), {id}));
  if (!row) return fail(AccessError::unknown_user, "there is no user " + id.text());
  return read_user(*row);
}

Result<std::optional<StoredUser>> user_named(db::Session& session, std::string_view name) {
  MW_TRY(const auto row, session.query_row(std::string(kSelectUser) + "WHERE name = $1", {name}));
  if (!row) return std::nullopt;
  return read_user(*row);
}

Result<std::vector<User>> users(db::Session& session) {
  MW_TRY(const auto found, session.query(std::string(kSelectUser) + "ORDER BY name"));
  std::vector<User> all;
  all.reserve(found.size());
  for (const db::Row& row : found) {
    MW_TRY(auto stored, read_user(row));
    all.push_back(std::move(stored.user));
  }
  return all;
}

Result<bool> insert(db::Transaction& tx, const User& user) {
  MW_TRY(const auto inserted,
         tx.execute("INSERT INTO access_user (id, version, name, display_name, roles, reads_content, enabled, "
                    "password_hash, password_set, totp_secret, totp_pending, totp_last_step, last_sign_in, created, "
                    "updated, updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7, '', NULL, NULL, NULL, 0, NULL, $8, $9, "
                    "$10) ON CONFLICT (name) DO NOTHING",
                    {user.id, user.version, user.name, user.display_name, text_of(user.roles.names()),
                     user.reads_content, user.enabled, user.created, user.updated, user.updated_by}));
  return inserted == 1;
}

Status update(db::Transaction& tx, const User& user) {
  MW_CHECK(
      tx.execute("UPDATE access_user SET version = version + 1, display_name = $2, roles = $3, reads_content = $4, "
                 "enabled = $5, updated = $6, updated_by = $7 WHERE id = $1",
                 {user.id, user.display_name, text_of(user.roles.names()), user.reads_content, user.enabled,
                  user.updated, user.updated_by}));
  return {};
}

Status set_password(db::Transaction& tx, UserId id, std::string_view hash, std::optional<Timestamp> when) {
  MW_CHECK(
      tx.execute("UPDATE access_user SET password_hash = $2, password_set = $3, must_choose_password = 0 WHERE id = $1",
                 {id, hash, when}));
  return {};
}

Status demand_new_password(db::Transaction& tx, UserId id) {
  MW_CHECK(tx.execute("UPDATE access_user SET must_choose_password = 1 WHERE id = $1 AND password_hash <> ''", {id}));
  return {};
}

Status replace_hash(db::Transaction& tx, UserId id, std::string_view old_hash, std::string_view new_hash) {
  MW_CHECK(tx.execute("UPDATE access_user SET password_hash = $3 WHERE id = $1 AND password_hash = $2",
                      {id, old_hash, new_hash}));
  return {};
}

Result<Roles> totp_roles(db::Session& session) {
  MW_TRY(const auto found, session.query("SELECT name FROM access_role WHERE totp_required = 1"));
  Roles roles;
  for (const db::Row& row : found) {
    if (const auto role = role_named(row.text(0))) roles = roles.with(*role);
  }
  return roles;
}

Result<bool> must_enrol(db::Session& session, const User& user) {
  if (user.totp_enabled) return false;
  MW_TRY(const Roles demanding, totp_roles(session));
  return !(demanding & user.roles).empty();
}

Result<bool> is_known_source(db::Session& session, UserId user, std::string_view source, Timestamp now) {
  MW_TRY(const auto row, session.query_row("SELECT 1 FROM access_known_source WHERE user_id = $1 AND source = $2 AND "
                                           "last_seen > $3",
                                           {user, source, now - kSourceKnownFor}));
  return row.has_value();
}

Status note_source(db::Transaction& tx, UserId user, std::string_view source, Timestamp now) {
  MW_CHECK(
      tx.execute("INSERT INTO access_known_source (user_id, source, last_seen) VALUES ($1, $2, $3) "
                 "ON CONFLICT (user_id, source) DO UPDATE SET last_seen = excluded.last_seen",
                 {user, source, now}));
  MW_CHECK(
      tx.execute("DELETE FROM access_known_source WHERE user_id = $1 AND source IN (SELECT source FROM "
                 "access_known_source WHERE user_id = $1 ORDER BY last_seen DESC, source LIMIT 1000 OFFSET $2)",
                 {user, kSourcesOfUser}));
  return {};
}

Result<bool> end_session(db::Transaction& tx, const audit::Trail& trail, SessionId id, std::string_view why,
                         const By& by) {
  MW_TRY(const auto ended, tx.query_row("DELETE FROM access_session WHERE id = $1 RETURNING user_id, address", {id}));
  if (!ended) return false;
  const nlohmann::json details = {
      {"why", why}, {"user", ended->id<UserId>(0).text()}, {"signed_in_from", ended->text(1)}};
  MW_CHECK(audit_lines::append(tx, trail, by, {"session.end", "session", id.text(), details}));
  return true;
}

Result<std::int64_t> end_sessions_of(db::Transaction& tx, const audit::Trail& trail, UserId user, const Ending& ending,
                                     const By& by) {
  MW_TRY(const auto found, tx.query("SELECT id FROM access_session WHERE user_id = $1 ORDER BY id", {user}));
  std::int64_t count = 0;
  for (const db::Row& row : found) {
    const auto id = row.id<SessionId>(0);
    if (ending.spared == id) continue;
    MW_TRY(const bool ended, end_session(tx, trail, id, ending.why, by));
    count += ended ? 1 : 0;
  }
  return count;
}

}  // namespace mailward::access::rows
