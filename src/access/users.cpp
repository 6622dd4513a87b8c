#include "access/users.h"

#include <algorithm>

#include <nlohmann/json.hpp>

#include "access/audit_lines.h"
#include "access/rows.h"
#include "access/totp_secrets.h"
#include "base/bytes.h"
#include "secrets/inventory.h"

namespace mailward::access {

namespace {

bool administers(const User& user) {
  return user.enabled && user.has_password && user.roles.has(Role::administrator);
}

/// So that two administrators cannot take each other's role away at the same moment: whoever changes users waits here.
Status one_at_a_time(db::Transaction& tx) {
  MW_CHECK(tx.query_row("SELECT name FROM access_role WHERE name = 'administrator'" + std::string(tx.lock_rows())));
  return {};
}

/// Whether somebody else would be left who can administer.
Status check_not_last(db::Session& session, const User& leaving) {
  if (!administers(leaving)) return {};
  MW_TRY(const auto all, rows::users(session));
  for (const User& user : all) {
    if (user.id != leaving.id && administers(user)) return {};
  }
  return fail(Error(AccessError::last_administrator,
                    leaving.name + " is the last administrator who can sign in: nobody could administer any more")
                  .with_remedy("make somebody else an administrator first, who accepts his invitation"));
}

/// What stands otherwise than `wished`, for whoever comes second.
std::string differing(const nlohmann::json& stands, const nlohmann::json& wished) {
  std::string text;
  for (const auto& [field, value] : wished.items()) {
    if (stands[field] == value) continue;
    text += (text.empty() ? "; now " : ", ") + field + " is " + stands[field].dump();
  }
  return text;
}

nlohmann::json wish(const UserChanges& changes) {
  return {{"display_name", changes.display_name},
          {"roles", changes.roles.names()},
          {"reads_content", changes.reads_content},
          {"enabled", changes.enabled}};
}

Status check_version(const User& stored, std::int64_t given, const nlohmann::json& wished) {
  if (stored.version == given) return {};
  return fail(Error(AccessError::version_changed,
                    "the user " + stored.name + " was changed in the meantime, last by " + stored.updated_by + " at " +
                        format_timestamp(stored.updated) + ": version " + std::to_string(stored.version) + " stands, " +
                        std::to_string(given) + " was given" + differing(audit_lines::of(stored), wished))
                  .with_remedy("load it again and repeat the change"));
}

}  // namespace

Users::Users(db::Database& database, secrets::Keyring& keyring, Invitations& invitations, const audit::Trail& trail,
             const Clock& clock)
    : database_(database), store_(keyring, clock), invitations_(invitations), trail_(trail), clock_(clock) {}

Result<Users::Created> Users::create(const NewUser& form, const By& by) {
  if (const auto problems = check_user(form); !problems.empty()) return fail(form_error(problems));
  User made;
  made.id = UserId::make(clock_);
  made.version = 1;
  MW_TRY(made.name, normalised_name(form.name));
  made.display_name = form.display_name;
  made.roles = form.roles;
  made.reads_content = form.reads_content;
  made.created = made.updated = clock_.now();
  made.updated_by = by.actor.text();

  MW_TRY(auto way_in, invitations_.make());
  MW_TRY(User user, database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_TRY(const bool inserted, rows::insert(tx, made));
    if (!inserted) return fail(AccessError::already_exists, "a user " + made.name + " stands there already");
    MW_CHECK(Invitations::issue(tx, made.id, way_in));
    const nlohmann::json details = {{"after", audit_lines::of(made)}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"user.create", "user", made.id.text(), details}));
    MW_TRY(auto stored, rows::user(tx, made.id));
    return std::move(stored.user);
  }));
  return Created{.user = std::move(user), .invitation = std::move(way_in.invitation)};
}

Result<User> Users::update(UserId id, std::int64_t version, const UserChanges& changes, const By& by) {
  if (const auto problems = check_user(changes); !problems.empty()) return fail(form_error(problems));
  return database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_CHECK(one_at_a_time(tx));
    MW_TRY(const auto before, rows::user(tx, id, tx.lock_rows()));
    MW_CHECK(check_version(before.user, version, wish(changes)));
    User after = before.user;
    after.display_name = changes.display_name;
    after.roles = changes.roles;
    after.reads_content = changes.reads_content;
    after.enabled = changes.enabled;
    after.updated = clock_.now();
    after.updated_by = by.actor.text();
    if (!administers(after)) MW_CHECK(check_not_last(tx, before.user));
    MW_CHECK(rows::update(tx, after));
    if (!after.enabled) {
      MW_CHECK(tx.execute("DELETE FROM access_invitation WHERE user_id = $1", {id}));
      MW_CHECK(rows::end_sessions_of(tx, trail_, id, {.why = "user_disabled", .spared = {}}, by));
    }
    const nlohmann::json details = audit_lines::change(audit_lines::of(before.user), audit_lines::of(after));
    MW_CHECK(audit_lines::append(tx, trail_, by, {"user.update", "user", id.text(), details}));
    MW_TRY(auto stored, rows::user(tx, id));
    return std::move(stored.user);
  });
}

Status Users::remove(UserId id, std::int64_t version, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_CHECK(one_at_a_time(tx));
    MW_TRY(const auto before, rows::user(tx, id, tx.lock_rows()));
    MW_CHECK(check_version(before.user, version, nlohmann::json::object()));
    MW_CHECK(check_not_last(tx, before.user));
    MW_CHECK(rows::end_sessions_of(tx, trail_, id, {.why = "user_deleted", .spared = {}}, by));
    MW_TRY(const auto tokens, tx.query("SELECT id FROM access_token WHERE user_id = $1", {id}));
    for (const db::Row& row : tokens) {
      MW_CHECK(secrets::forget_secret(tx, "api_token", id_text(row.integer(0))));
    }
    MW_CHECK(totp_secrets::drop(tx, store_, before));
    MW_CHECK(secrets::forget_secret(tx, "user_password", id.text()));
    MW_CHECK(tx.execute("DELETE FROM access_user WHERE id = $1", {id}));
    nlohmann::json details = {{"before", audit_lines::of(before.user)}};
    details["tokens_revoked"] = tokens.size();
    return audit_lines::append(tx, trail_, by, {"user.delete", "user", id.text(), details});
  });
}

Result<Users::Created> Users::reset(UserId id, const By& by) {
  MW_TRY(auto way_in, invitations_.make());
  MW_TRY(User user, database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_TRY(auto before, rows::user(tx, id, tx.lock_rows()));
    before.user.updated = clock_.now();
    before.user.updated_by = by.actor.text();
    MW_CHECK(rows::update(tx, before.user));
    MW_CHECK(rows::set_password(tx, id, {}, std::nullopt));
    MW_CHECK(secrets::forget_secret(tx, "user_password", id.text()));
    MW_CHECK(rows::end_sessions_of(tx, trail_, id, {.why = "password_reset", .spared = {}}, by));
    MW_CHECK(Invitations::issue(tx, id, way_in));
    const nlohmann::json details = {{"name", before.user.name}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"user.reset", "user", id.text(), details}));
    MW_TRY(auto stored, rows::user(tx, id));
    return std::move(stored.user);
  }));
  return Created{.user = std::move(user), .invitation = std::move(way_in.invitation)};
}

Result<std::int64_t> Users::demand_new_password(UserId id, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Result<std::int64_t> {
    MW_TRY(const auto before, rows::user(tx, id, tx.lock_rows()));
    MW_CHECK(rows::demand_new_password(tx, id));
    MW_TRY(const auto ended, rows::end_sessions_of(tx, trail_, id, {.why = "new_password_wanted", .spared = {}}, by));
    const nlohmann::json details = {{"name", before.user.name}, {"sessions_ended", ended}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"user.demand_password", "user", id.text(), details}));
    return ended;
  });
}

Result<User> Users::reset_totp(UserId id, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_TRY(auto before, rows::user(tx, id, tx.lock_rows()));
    MW_CHECK(totp_secrets::drop(tx, store_, before));
    const bool had = before.user.totp_enabled;
    before.user.updated = clock_.now();
    before.user.updated_by = by.actor.text();
    MW_CHECK(rows::update(tx, before.user));
    const nlohmann::json details = {
        {"name", before.user.name}, {"before", {{"totp_enabled", had}}}, {"after", {{"totp_enabled", false}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"user.totp_reset", "user", id.text(), details}));
    MW_TRY(auto stored, rows::user(tx, id));
    return std::move(stored.user);
  });
}

Result<std::vector<User>> Users::list() const {
  return database_.read([](db::Session& session) { return rows::users(session); });
}

Result<User> Users::find(UserId id) const {
  return database_.read([&](db::Session& session) -> Result<User> {
    MW_TRY(auto stored, rows::user(session, id));
    return std::move(stored.user);
  });
}

Result<User> Users::find_named(std::string_view name_or_id) const {
  return database_.read([&](db::Session& session) -> Result<User> {
    // No name has the form of an id.
    if (const auto id = UserId::parse(name_or_id)) {
      MW_TRY(auto stored, rows::user(session, *id));
      return std::move(stored.user);
    }
    std::optional<rows::StoredUser> named;
    if (const auto name = normalised_name(name_or_id)) {
      MW_TRY(named, rows::user_named(session, *name));
    }
    if (named) return std::move(named->user);
    return fail(AccessError::unknown_user, "there is no user '" + printable(name_or_id, 64) + "'");
  });
}

Result<bool> Users::has_administrator() const {
  MW_TRY(const auto all, list());
  return std::ranges::any_of(all, administers);
}

Result<std::vector<RolePolicy>> Users::roles() const {
  MW_TRY(const Roles demanding, database_.read([](db::Session& session) { return rows::totp_roles(session); }));
  std::vector<RolePolicy> policies;
  for (const Role role : Roles::all().list()) policies.push_back({.role = role, .totp_required = demanding.has(role)});
  return policies;
}

Result<RolePolicy> Users::set_totp_required(Role role, bool required, const By& by) {
  const std::string name(name_of(role));
  return database_.transaction([&](db::Transaction& tx) -> Result<RolePolicy> {
    MW_TRY(const auto before,
           tx.query_row("SELECT totp_required FROM access_role WHERE name = $1" + std::string(tx.lock_rows()), {name}));
    if (!before) return fail(AccessError::unknown_role, "there is no role " + name);
    MW_CHECK(tx.execute("UPDATE access_role SET totp_required = $2 WHERE name = $1", {name, required}));
    const nlohmann::json details = {{"before", {{"totp_required", before->flag(0)}}},
                                    {"after", {{"totp_required", required}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"role.update", "role", name, details}));
    return RolePolicy{.role = role, .totp_required = required};
  });
}

}  // namespace mailward::access
