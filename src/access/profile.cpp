#include "access/profile.h"

#include <nlohmann/json.hpp>

#include "access/audit_lines.h"
#include "access/password_rules.h"
#include "access/rows.h"
#include "access/token_text.h"
#include "access/totp.h"
#include "access/totp_secrets.h"
#include "secrets/inventory.h"

namespace mailward::access {

namespace {

/// A passed attempt's error, as another attempt's.
std::unexpected<Refused> not_passed(Attempt<void>& attempt) {
  return std::unexpected(std::move(attempt).error());
}

Status write_line(db::Transaction& tx, const audit::Trail& trail, const Session& session, std::string_view request_id,
                  std::string_view action, const nlohmann::json& details) {
  return audit_lines::append(tx, trail, session.by(request_id), {action, "user", session.user.id.text(), details});
}

nlohmann::json enabled_from_to(bool before, bool after) {
  return {{"before", {{"totp_enabled", before}}}, {"after", {{"totp_enabled", after}}}};
}

}  // namespace

Profile::Profile(db::Database& database, secrets::Keyring& keyring, Passwords& passwords, SignIn& sign_in,
                 const audit::Trail& trail, const Clock& clock)
    : database_(database),
      store_(keyring, clock),
      passwords_(passwords),
      sign_in_(sign_in),
      trail_(trail),
      clock_(clock) {}

Result<User> Profile::set_display_name(const Session& session, std::string_view display_name,
                                       std::string_view request_id) {
  if (const auto problems = check_display_name(display_name); !problems.empty()) return fail(form_error(problems));
  return database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_TRY(const auto before, rows::user(tx, session.user.id, tx.lock_rows()));
    User after = before.user;
    after.display_name = display_name;
    after.updated = clock_.now();
    after.updated_by = after.actor().text();
    MW_CHECK(rows::update(tx, after));
    const nlohmann::json details = audit_lines::change(audit_lines::of(before.user), audit_lines::of(after));
    MW_CHECK(write_line(tx, trail_, session, request_id, "user.update", details));
    MW_TRY(auto stored, rows::user(tx, session.user.id));
    return std::move(stored.user);
  });
}

Attempt<void> Profile::change_password(const Session& session, const SecretString& current, const SecretString& wanted,
                                       std::string_view request_id) {
  if (const auto problem = password_problem(wanted, session.user.name)) {
    return std::unexpected(Error(AccessError::weak_password, "the new password does not do: " + *problem));
  }
  if (wanted.equals(current)) {
    return std::unexpected(Error(AccessError::weak_password, "the new password does not do: it is the one in force"));
  }
  const UserId id = session.user.id;
  MW_TRY(const auto before, database_.read([&](db::Session& db_session) { return rows::user(db_session, id); }));
  if (auto passed = sign_in_.check_password(session, current, request_id); !passed) return not_passed(passed);
  auto hashed = passwords_.hash(id, wanted);
  if (!hashed) return std::unexpected(when_busy(std::move(hashed).error()));

  const By by = session.by(request_id);
  MW_CHECK(database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto stored, rows::user(tx, id, tx.lock_rows()));
    // Reset, or changed elsewhere, while this one was checked and hashed.
    MW_TRY(const auto still, tx.query_row("SELECT 1 FROM access_session WHERE id = $1", {session.id}));
    if (!still || !stored.user.enabled || stored.password_set != before.password_set) {
      return fail(AccessError::not_signed_in, "the password was changed or reset a moment ago");
    }
    const Timestamp now = clock_.now();
    MW_CHECK(rows::set_password(tx, id, *hashed, now));
    MW_CHECK(secrets::record_secret(tx, {.kind = "user_password",
                                         .id = id.text(),
                                         .opens = "Mailward as " + stored.user.name + " (kept as a hash)",
                                         .created = now,
                                         // The session in which it was chosen goes on with it.
                                         .last_used = now,
                                         .renew_by = std::nullopt,
                                         .set_by = by.actor.text()}));
    MW_CHECK(rows::end_sessions_of(tx, trail_, id, {.why = "password_changed", .spared = session.id}, by));
    return write_line(tx, trail_, session, request_id, "user.password", nlohmann::json::object());
  }));
  return {};
}

Attempt<TotpEnrolment> Profile::begin_totp(const Session& session, const SecretString& password,
                                           std::string_view request_id, const std::optional<std::string>& code) {
  if (auto passed = sign_in_.check_password_and_code(session, password, code, request_id); !passed) {
    return not_passed(passed);
  }
  const SecretString secret = totp::new_secret();
  MW_CHECK(database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto stored, rows::user(tx, session.user.id, tx.lock_rows()));
    MW_CHECK(totp_secrets::begin(tx, store_, stored, secret));
    return write_line(tx, trail_, session, request_id, "user.totp_begin", nlohmann::json::object());
  }));
  return TotpEnrolment{.secret = totp::base32(secret.reveal_bytes()), .uri = totp::uri(secret, session.user.name)};
}

Attempt<User> Profile::prove_totp(const Session& session, std::string_view code, std::string_view request_id) {
  MW_TRY(User user, database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_TRY(const auto stored, rows::user(tx, session.user.id, tx.lock_rows()));
    MW_TRY(const SecretString secret, totp_secrets::open_pending(tx, store_, stored));
    const Timestamp now = clock_.now();
    const auto step = totp::matching_step(secret, code, now, 0);
    if (!step) {
      return fail(Error(AccessError::wrong_code, "this is not the code of the new secret at this moment")
                      .with_remedy("type the code that the authenticator shows now; check the clock of its device"));
    }
    MW_CHECK(totp_secrets::promote(tx, store_, stored, *step, session.by(request_id), now));
    MW_CHECK(write_line(tx, trail_, session, request_id, "user.totp_enable",
                        enabled_from_to(stored.user.totp_enabled, true)));
    MW_TRY(auto after, rows::user(tx, session.user.id));
    return std::move(after.user);
  }));
  return user;
}

Attempt<User> Profile::drop_totp(const Session& session, const SecretString& password,
                                 const std::optional<std::string>& code, std::string_view request_id) {
  MW_CHECK(database_.read([&](db::Session& reading) -> Status {
    MW_TRY(const auto stored, rows::user(reading, session.user.id));
    return check_droppable(reading, stored.user);
  }));
  if (auto passed = sign_in_.check_password_and_code(session, password, code, request_id); !passed) {
    return not_passed(passed);
  }
  MW_TRY(User user, database_.transaction([&](db::Transaction& tx) -> Result<User> {
    MW_TRY(const auto stored, rows::user(tx, session.user.id, tx.lock_rows()));
    MW_CHECK(check_droppable(tx, stored.user));
    MW_CHECK(totp_secrets::drop(tx, store_, stored));
    MW_CHECK(write_line(tx, trail_, session, request_id, "user.totp_disable", enabled_from_to(true, false)));
    MW_TRY(auto after, rows::user(tx, session.user.id));
    return std::move(after.user);
  }));
  return user;
}

Status Profile::check_droppable(db::Session& session, const User& user) {
  if (!user.totp_enabled) return fail(AccessError::no_totp, "one-time codes are not in use");
  MW_TRY(const Roles demanding, rows::totp_roles(session));
  const Roles in_the_way = demanding & user.roles;
  if (in_the_way.empty()) return {};
  return fail(Error(AccessError::totp_enforced, "the role " + rows::text_of(in_the_way.names()) +
                                                    " demands one-time codes: they cannot be left off")
                  .with_remedy("for a new device, ask an administrator to reset them, and enrol again"));
}

}  // namespace mailward::access
