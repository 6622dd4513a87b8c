#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/account_lease.h"
#include "connections/audit_lines.h"
#include "connections/credentials.h"
#include "connections/ledger.h"
#include "connections/refusal_memory.h"
#include "connections/rotation_plan.h"
#include "connections/rows.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

/// What is said of connections whose account changed under them.
Status make_connections_untested(db::Transaction& tx, AccountId account, Timestamp now) {
  MW_CHECK(
      tx.execute("UPDATE server_connection SET state = 'untested', reason = '', reason_text = '', state_since = $2 "
                 "WHERE account_id = $1 AND state NOT IN ('untested', 'disabled')",
                 {account, now}));
  return {};
}

/// Whether others name it as the account that sets their passwords.
Status check_resets_none(db::Session& session, const ServiceAccount& account) {
  MW_TRY(const auto rows,
         session.query("SELECT name FROM service_account WHERE reset_account_id = $1 ORDER BY name", {account.id}));
  if (rows.empty()) return {};
  std::string names;
  for (const db::Row& row : rows) names += (names.empty() ? "" : ", ") + row.text(0);
  return fail(Error(ConnectionsError::in_use, "the account " + account.name + " is the reset account of " + names)
                  .with_remedy("name another for them first, or none: mailward account clear-reset"));
}

std::unexpected<Error> stands_already(const std::string& name) {
  return fail(ConnectionsError::already_exists, "a service account " + name + " stands there already");
}

}  // namespace

Result<ServiceAccount> Ledger::create_account(std::string_view name, std::optional<DirectoryId> directory,
                                              const By& by) {
  ServiceAccount made;
  made.id = AccountId::make(clock_);
  made.version = 1;
  made.name = trimmed_text(name);
  auto normalised = normalised_account_name(made.name);
  if (!normalised) return fail(form_error({{"name", normalised.error().message()}}));
  made.normalised = *std::move(normalised);
  made.directory = directory;
  made.created = made.updated = clock_.now();

  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    if (directory) MW_CHECK(rows::directory(tx, *directory));
    MW_TRY(const bool inserted, rows::insert(tx, made, by.actor.text()));
    if (!inserted) return stands_already(made.name);
    const nlohmann::json details = {{"after", audit_lines::of(made)}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.create", "account", made.id.text(), details}));
    return rows::account(tx, made.id);
  });
}

Result<ServiceAccount> Ledger::update_account(AccountId id, std::int64_t version, std::string_view name,
                                              std::optional<DirectoryId> directory, const By& by) {
  const std::string wanted(trimmed_text(name));
  const auto normalised = normalised_account_name(wanted);
  if (!normalised) return fail(form_error({{"name", normalised.error().message()}}));
  const Timestamp now = clock_.now();

  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(const auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    if (directory) MW_CHECK(rows::directory(tx, *directory));
    MW_TRY(const auto standing, rows::account_named(tx, *normalised));
    if (standing && *standing != id) return stands_already(wanted);

    ServiceAccount after = before;
    after.name = wanted;
    after.normalised = *normalised;
    after.directory = directory;
    after.updated = now;
    const bool renamed = before.normalised != after.normalised;
    if (renamed || before.directory != directory) {
      MW_CHECK(check_account_idle(tx, before.normalised, now));
      MW_CHECK(check_resets_none(tx, before));
      after.reset_account.reset();
      after.sid.clear();
      after.resolved.clear();
      MW_CHECK(make_connections_untested(tx, id, now));
    }
    if (renamed) {
      if (std::ranges::any_of(before.credentials, [](const CredentialVersion& one) {
            return !one.is_typed() && one.state != CredentialState::previous;
          })) {
        return fail(Error(ConnectionsError::in_use, "the password of " + before.name +
                                                        " was made by Mailward and nobody else has it: under another "
                                                        "name it would have to be typed")
                        .with_remedy("make an account of the new name instead; or set a password by hand in Active "
                                     "Directory, type it here (mailward account password) and rename then"));
      }
      MW_CHECK(credentials::drop_all(tx, store_, before));
    }
    MW_CHECK(rows::update(tx, after, by.actor.text()));
    nlohmann::json details = audit_lines::change(audit_lines::of(before), audit_lines::of(after));
    if (renamed && !before.credentials.empty()) details["after"]["password"] = "dropped";
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.update", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Result<ServiceAccount> Ledger::set_account_enabled(AccountId id, std::int64_t version, bool enabled, const By& by) {
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    if (before.enabled == enabled) return before;
    if (!enabled) MW_CHECK(check_not_rotating(tx, before.normalised));
    ServiceAccount after = before;
    after.enabled = enabled;
    after.updated = now;
    MW_CHECK(rows::update(tx, after, by.actor.text()));
    const nlohmann::json details = audit_lines::change(audit_lines::of(before), audit_lines::of(after));
    MW_CHECK(audit_lines::append(tx, trail_, by,
                                 {enabled ? "account.enable" : "account.disable", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Status Ledger::delete_account(AccountId id, std::int64_t version, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_TRY(const auto users, rows::connections_of(tx, id));
    if (!users.empty()) {
      std::string names;
      for (const ServerConnection& user : users) {
        names += (names.empty() ? "'" : ", '") + user.form.description + "'";
      }
      return fail(Error(ConnectionsError::in_use, "the service account " + before.name + " is used by " +
                                                      (users.size() == 1 ? "the connection " : "the connections ") +
                                                      names)
                      .with_remedy("delete the connections first, or give them another account"));
    }
    MW_CHECK(check_resets_none(tx, before));
    MW_CHECK(check_account_idle(tx, before.normalised, clock_.now()));
    MW_CHECK(credentials::drop_all(tx, store_, before));
    MW_CHECK(forget_source(tx, id));
    MW_CHECK(rotation_plans::forget(tx, id));
    MW_CHECK(tx.execute("UPDATE service_account SET twin_account_id = NULL WHERE twin_account_id = $1", {id}));
    MW_CHECK(tx.execute("DELETE FROM service_account WHERE id = $1", {id}));
    MW_CHECK(RefusalMemory::forget_deleted(tx, {before.normalised, "sid:" + before.sid}, clock_.now()));
    const nlohmann::json details = {{"before", audit_lines::of(before)}};
    return audit_lines::append(tx, trail_, by, {"account.delete", "account", id.text(), details});
  });
}

Result<ServiceAccount> Ledger::account(AccountId id) const {
  return database_.read([&](db::Session& session) { return rows::account(session, id); });
}

Result<ServiceAccount> Ledger::find_account(std::string_view id_or_name) const {
  const std::string wanted(trimmed_text(id_or_name));
  return database_.read([&](db::Session& session) -> Result<ServiceAccount> {
    if (const auto id = AccountId::parse(wanted)) {
      auto found = rows::account(session, *id);
      if (found || !found.error().is(ConnectionsError::unknown_account)) return found;
    }
    std::optional<AccountId> named;
    if (const auto normalised = normalised_account_name(wanted)) {
      MW_TRY(named, rows::account_named(session, *normalised));
    }
    if (named) return rows::account(session, *named);
    return fail(ConnectionsError::unknown_account, "there is no service account '" + printable(wanted) + "'");
  });
}

Result<std::vector<ServiceAccount>> Ledger::accounts() const {
  return database_.read([&](db::Session& session) { return rows::accounts(session); });
}

Result<std::vector<ServerConnection>> Ledger::connections_of(AccountId id) const {
  return database_.read([&](db::Session& session) -> Result<std::vector<ServerConnection>> {
    MW_CHECK(rows::account(session, id));
    return rows::connections_of(session, id);
  });
}

Result<std::vector<ServerConnection>> Ledger::connections_of(db::Session& session, AccountId account) {
  return rows::connections_of(session, account);
}

Status Ledger::note_resolved(db::Transaction& tx, AccountId id, std::string_view sid, std::string_view resolved) {
  MW_TRY(const auto before, rows::account(tx, id, tx.lock_rows()));
  MW_TRY(const auto twin,
         tx.query_row("SELECT name FROM service_account WHERE sid = $1 AND sid <> '' AND id <> $2", {sid, id}));
  ServiceAccount after = before;
  after.sid = twin ? "" : sid;
  after.resolved = resolved;
  if (twin) after.resolved += ", the same account as " + twin->text(0);
  if (before.sid == after.sid && before.resolved == after.resolved) return {};
  MW_CHECK(
      tx.execute("UPDATE service_account SET sid = $2, resolved = $3 WHERE id = $1", {id, after.sid, after.resolved}));
  const nlohmann::json details = audit_lines::change(audit_lines::of(before), audit_lines::of(after));
  const By by{.actor = audit::Actor::system("connections"), .source = {}, .token = {}, .request_id = {}};
  return audit_lines::append(tx, trail_, by, {"account.resolve", "account", id.text(), details});
}

Status Ledger::note_expiry(db::Transaction& tx, AccountId id, std::optional<Timestamp> expires) {
  MW_CHECK(tx.execute("UPDATE service_account SET password_expires = $2, password_expires_read = $3 WHERE id = $1",
                      {id, expires, clock_.now()}));
  return {};
}

Status Ledger::note_resolved(AccountId id, std::string_view sid, std::string_view resolved) {
  return database_.transaction([&](db::Transaction& tx) { return note_resolved(tx, id, sid, resolved); });
}

}  // namespace mailward::connections
