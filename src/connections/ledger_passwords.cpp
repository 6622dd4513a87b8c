#include <algorithm>

#include <nlohmann/json.hpp>

#include "connections/account_lease.h"
#include "connections/audit_lines.h"
#include "connections/credentials.h"
#include "connections/destination.h"
#include "connections/ledger.h"
#include "connections/rows.h"

namespace mailward::connections {

namespace {

/// Newest first, as they are to be tried: pending, active; a refused one only where no other is left.
std::vector<const CredentialVersion*> in_order(const ServiceAccount& account) {
  std::vector<const CredentialVersion*> order;
  for (const bool refused : {false, true}) {
    for (const CredentialVersion* version : {account.pending(), account.active()}) {
      if (version != nullptr && version->refused.has_value() == refused) order.push_back(version);
    }
  }
  return order;
}

/// Made by a rotation that has not ended: whether Active Directory has it only that rotation finds out.
Result<bool> is_on_its_way(db::Session& session, const CredentialVersion& version) {
  if (version.is_typed() || version.state != CredentialState::pending) return false;
  MW_TRY(const auto row,
         session.query_row("SELECT run_id FROM rotation WHERE version_id = $1 AND ended IS NULL AND mode <> 'manual'",
                           {version.id}));
  return row.has_value();
}

const CredentialVersion* find_version(const ServiceAccount& account, CredentialVersionId id) {
  const auto found = std::ranges::find(account.credentials, id, &CredentialVersion::id);
  return found == account.credentials.end() ? nullptr : &*found;
}

const CredentialVersion* previous_of(const ServiceAccount& account) {
  const auto found = std::ranges::find(account.credentials, CredentialState::previous, &CredentialVersion::state);
  return found == account.credentials.end() ? nullptr : &*found;
}

}  // namespace

Result<ServiceAccount> Ledger::set_password(AccountId id, std::int64_t version, TypedPassword password,
                                            const std::vector<TypedFor>& connections, const By& by) {
  MW_CHECK(check_password(password.secret));
  if (connections.empty()) {
    return fail(form_error({{"connections", "name at least one connection for which the password is typed"}}));
  }
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(const auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_CHECK(check_account_idle(tx, before.normalised, now));

    credentials::Typed typed{.secret = password.secret, .destinations = {}, .in_use = {}};
    MW_TRY(const auto users, rows::connections_of(tx, id));
    Authentication authentication{.negotiate = false, .ntlm = false, .basic = false};
    nlohmann::json names = nlohmann::json::array();
    for (const ServerConnection& user : users) {
      const auto wanted = std::ranges::find(connections, user.id, &TypedFor::connection);
      const bool named = wanted != connections.end();
      auto destination = rows::destination_of(tx, user);
      if (!destination && named) return fail(destination.error());
      if (!destination) continue;
      typed.in_use.insert(*destination);
      if (!named) continue;
      MW_CHECK(check_shown(wanted->destination, *destination));
      typed.destinations.insert(*destination);
      authentication.basic = authentication.basic || user.form.authentication.basic;
      names.push_back(user.id.text());
    }
    for (const auto& [wanted, shown] : connections) {
      if (std::ranges::find(users, wanted, &ServerConnection::id) != users.end()) continue;
      return fail(ConnectionsError::unknown_connection,
                  "the service account " + before.name + " is not used by a connection " + wanted.text());
    }
    MW_CHECK(check_typed(password, authentication));
    MW_CHECK(credentials::store_typed(tx, store_, before, typed, by, now));
    for (const auto& [used, shown] : connections) {
      MW_CHECK(
          tx.execute("UPDATE server_connection SET state = 'untested', reason = '', reason_text = '', state_since = "
                     "$2 WHERE id = $1 AND state NOT IN ('untested', 'disabled')",
                     {used, now}));
    }
    const nlohmann::json details = {{"after", {{"password", "typed"}, {"connections", names}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.set_password", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Result<ServiceAccount> Ledger::rebind(AccountId id, std::int64_t version, const std::string& destination,
                                      const By& by) {
  MW_CHECK(check_destination_text(destination));
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(const auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_CHECK(check_account_idle(tx, before.normalised, now));
    MW_CHECK(credentials::bind_to(tx, store_, before, destination));
    ServiceAccount after = before;
    after.updated = now;
    MW_CHECK(rows::update(tx, after, by.actor.text()));
    const nlohmann::json details = {{"after", {{"password", "unchanged"}, {"may_also_go_to", destination}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.rebind", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Result<Ledger::OpenedPassword> Ledger::open_password(const ServiceAccount& account,
                                                     std::string_view destination) const {
  if (!account.enabled) {
    return fail(ConnectionsError::account_disabled, "the service account " + account.name + " is disabled");
  }
  const auto versions = in_order(account);
  if (versions.empty()) {
    return fail(ConnectionsError::no_password, "the service account " + account.name + " has no password yet");
  }
  for (const CredentialVersion* version : versions) {
    if (std::ranges::find(version->destinations, destination) == version->destinations.end()) continue;
    MW_TRY(auto opened, database_.read([&](db::Session& session) -> Result<std::optional<OpenedPassword>> {
      MW_TRY(const bool waits, is_on_its_way(session, *version));
      if (waits) return std::nullopt;
      MW_TRY(auto secret, credentials::open(session, store_, account, *version));
      return OpenedPassword{.secret = std::move(secret), .version = *version};
    }));
    if (opened) return *std::move(opened);
  }
  return fail(Error(ConnectionsError::password_must_be_typed,
                    "the password of " + account.name + " was not typed for this destination")
                  .with_remedy("type the password again for this connection"));
}

Result<Ledger::OpenedPassword> Ledger::open_active(const ServiceAccount& account, std::string_view destination) const {
  const CredentialVersion* active = account.active();
  if (!account.enabled) {
    return fail(ConnectionsError::account_disabled, "the service account " + account.name + " is disabled");
  }
  if (active == nullptr) {
    return fail(ConnectionsError::no_password, "no password of " + account.name + " has signed in yet");
  }
  if (std::ranges::find(active->destinations, destination) == active->destinations.end()) {
    return fail(Error(ConnectionsError::password_must_be_typed,
                      "the password of " + account.name + " was not typed for this destination")
                    .with_remedy("type the password again for this connection"));
  }
  MW_TRY(auto secret, open_version(account, *active));
  return OpenedPassword{.secret = std::move(secret), .version = *active};
}

Result<bool> Ledger::is_active(const ServiceAccount& account, const SecretString& typed) const {
  const CredentialVersion* active = account.active();
  if (active == nullptr) return false;
  const auto stored = open_version(account, *active);
  // A row that was tampered with proves nothing.
  if (!stored && stored.error().is(secrets::SecretsError::cannot_open)) return false;
  if (!stored) return fail(stored.error());
  return stored->equals(typed);
}

Status Ledger::promote(db::Transaction& tx, AccountId id, CredentialVersionId version_id, const By& by) {
  const Timestamp now = clock_.now();
  MW_TRY(const auto account, rows::account(tx, id, tx.lock_rows()));
  const CredentialVersion* version = find_version(account, version_id);
  if (version == nullptr || version->state == CredentialState::previous) {
    return fail(ConnectionsError::no_password, "that version of the password was replaced in the meantime");
  }
  if (version->state == CredentialState::active) return {};
  // One version in each state at most: from the oldest on.
  if (const CredentialVersion* oldest = previous_of(account); oldest != nullptr && account.active() != nullptr) {
    MW_CHECK(credentials::drop(tx, store_, *oldest));
  }
  if (const CredentialVersion* active = account.active()) {
    MW_CHECK(tx.execute("UPDATE credential_version SET state = 'previous' WHERE id = $1", {active->id}));
  }
  MW_CHECK(
      tx.execute("UPDATE credential_version SET state = 'active', promoted = $2, refused = NULL, refusal = '' "
                 "WHERE id = $1",
                 {version_id, now}));
  // When the one before expired says nothing of this one.
  MW_CHECK(tx.execute("UPDATE service_account SET password_expires = NULL, password_expires_read = NULL WHERE id = $1",
                      {id}));
  const nlohmann::json details = {{"before", {{"state", "pending"}}},
                                  {"after", {{"state", "active"}, {"number", version->number}}}};
  return audit_lines::append(tx, trail_, by, {"credential.promote", "account", id.text(), details});
}

Status Ledger::promote(AccountId id, CredentialVersionId version_id, const By& by) {
  return database_.transaction([&](db::Transaction& tx) { return promote(tx, id, version_id, by); });
}

Status Ledger::mark_refused(db::Transaction& tx, AccountId id, CredentialVersionId version_id,
                            std::string_view failure_class, const By& by) {
  const Timestamp now = clock_.now();
  MW_TRY(const auto account, rows::account(tx, id, tx.lock_rows()));
  const CredentialVersion* version = find_version(account, version_id);
  // Replaced in the meantime: its password stands in the refusal memory, and there is no door left to shut.
  if (version == nullptr) return {};
  MW_CHECK(tx.execute("UPDATE credential_version SET refused = $2, refusal = $3 WHERE id = $1",
                      {version_id, now, failure_class}));
  const nlohmann::json details = {{"number", version->number}, {"failure_class", failure_class}};
  return audit_lines::append(tx, trail_, by, {"credential.refuse", "account", id.text(), details, "refused"});
}

Status Ledger::mark_refused(AccountId id, CredentialVersionId version_id, std::string_view failure_class,
                            const By& by) {
  return database_.transaction(
      [&](db::Transaction& tx) { return mark_refused(tx, id, version_id, failure_class, by); });
}

Status Ledger::clear_refused(db::Transaction& tx, AccountId id, CredentialVersionId version_id, const By& by) {
  MW_TRY(const auto account, rows::account(tx, id, tx.lock_rows()));
  const CredentialVersion* version = find_version(account, version_id);
  if (version == nullptr || !version->refused) return {};
  MW_CHECK(tx.execute("UPDATE credential_version SET refused = NULL, refusal = '' WHERE id = $1", {version_id}));
  const nlohmann::json details = {{"number", version->number}, {"failure_class", version->refusal}};
  return audit_lines::append(tx, trail_, by, {"credential.reopen", "account", id.text(), details});
}

Status Ledger::clear_refused(AccountId id, CredentialVersionId version_id, const By& by) {
  return database_.transaction([&](db::Transaction& tx) { return clear_refused(tx, id, version_id, by); });
}

}  // namespace mailward::connections
