#include <nlohmann/json.hpp>

#include "connections/account_lease.h"
#include "connections/account_made.h"
#include "connections/audit_lines.h"
#include "connections/credentials.h"
#include "connections/destination.h"
#include "connections/ledger.h"
#include "connections/rows.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

/// Of a reset account: what a directory reader of that name would have.
Result<std::string> destination_for(DirectoryForm directory, std::string_view name) {
  directory.reader = name;
  return destination_text(directory);
}

Result<DirectoryRecord> directory_of(db::Session& session, const ServiceAccount& account) {
  if (account.directory) return rows::directory(session, *account.directory);
  return fail(Error(ConnectionsError::cannot_rotate,
                    "the account " + account.name + " lives in no directory, so nobody can set its password there")
                  .with_remedy("name its directory first: mailward account edit --directory"));
}

}  // namespace

Result<std::string> Ledger::reset_destination(AccountId id, std::string_view name) const {
  return database_.read([&](db::Session& session) -> Result<std::string> {
    MW_TRY(const auto account, rows::account(session, id));
    MW_TRY(const auto directory, directory_of(session, account));
    return destination_for(directory.form, trimmed_text(name));
  });
}

Result<ServiceAccount> Ledger::set_reset_account(AccountId id, std::int64_t version, std::string_view name,
                                                 std::optional<TypedPassword> password, const By& by) {
  const std::string wanted(trimmed_text(name));
  if (const auto normalised = normalised_account_name(wanted); !normalised) {
    return fail(form_error({{"name", normalised.error().message()}}));
  }
  if (password) MW_CHECK(check_typed(*password, {.negotiate = false, .ntlm = false, .basic = false}));
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(const auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    // A rotation may wait for nothing but this: the right password of the reset account that it has.
    const auto normalised = normalised_account_name(wanted);
    const auto standing = normalised ? rows::account_named(tx, *normalised) : fail(normalised.error());
    const bool is_the_same = standing && *standing && *standing == before.reset_account;
    if (!is_the_same || !password) MW_CHECK(check_account_idle(tx, before.normalised, now));
    MW_TRY(const auto directory, directory_of(tx, before));
    MW_TRY(const auto destination, destination_for(directory.form, wanted));
    MW_TRY(const auto resetting, account_made(tx, wanted, before, by, clock_));
    if (resetting.id == id) {
      return fail(form_error({{"name",
                               "an account cannot be its own reset account: name one that holds Reset Password "
                               "on it and nothing else"}}));
    }
    if (resetting.directory != before.directory) {
      return fail(form_error({{"name", "the account " + wanted + " lives in another directory"}}));
    }
    if (password) {
      MW_CHECK(check_account_idle(tx, resetting.normalised, now));
      MW_CHECK(check_shown(password, destination));
      const credentials::Typed typed{.secret = password->secret,
                                     .destinations = {destination},
                                     .in_use = {destination},
                                     .opens = "directory " + directory.form.name + " as " + wanted};
      MW_CHECK(credentials::store_typed(tx, store_, resetting, typed, by, now));
    } else {
      MW_TRY(const bool bound, credentials::bound_to(tx, store_, resetting, destination));
      if (!bound) {
        return fail(Error(ConnectionsError::password_must_be_typed,
                          "no password of " + wanted + " was typed for the controllers of " + directory.form.name)
                        .with_remedy("type its password with it"));
      }
    }
    ServiceAccount after = before;
    after.reset_account = resetting.id;
    after.updated = now;
    MW_CHECK(rows::update(tx, after, by.actor.text()));
    const nlohmann::json details = {
        {"before", {{"reset_account", before.reset_account ? before.reset_account->text() : ""}}},
        {"after", {{"reset_account", resetting.name}, {"password", password ? "typed" : "unchanged"}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.set_reset_account", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Result<ServiceAccount> Ledger::clear_reset_account(AccountId id, std::int64_t version, const By& by) {
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_CHECK(check_account_idle(tx, before.normalised, now));
    if (!before.reset_account) return before;
    ServiceAccount after = before;
    after.reset_account.reset();
    after.updated = now;
    MW_CHECK(rows::update(tx, after, by.actor.text()));
    const nlohmann::json details = {{"before", {{"reset_account", before.reset_account->text()}}},
                                    {"after", {{"reset_account", ""}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.clear_reset_account", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Result<Ledger::OpenedPassword> Ledger::open_reset_password(const ServiceAccount& reset_account,
                                                           const DirectoryRecord& directory) const {
  MW_TRY(const auto destination, destination_for(directory.form, reset_account.name));
  return open_password(reset_account, destination);
}

Result<SecretString> Ledger::open_in_directory(const ServiceAccount& account, const CredentialVersion& version) const {
  return database_.read([&](db::Session& session) -> Result<SecretString> {
    MW_TRY(const auto record, directory_of(session, account));
    for (const std::string& destination : version.destinations) {
      MW_TRY(const bool is_there, is_in_directory(destination, record.form));
      if (is_there) return credentials::open(session, store_, account, version);
    }
    return fail(Error(ConnectionsError::password_must_be_typed,
                      "the password of " + account.name + " was not typed for the controllers of " + record.form.name)
                    .with_remedy("type it again for its connections: mailward account password " + account.id.text()));
  });
}

Result<SecretString> Ledger::open_version(const ServiceAccount& account, const CredentialVersion& version) const {
  return database_.read([&](db::Session& session) { return credentials::open(session, store_, account, version); });
}

Result<CredentialVersion> Ledger::add_generated(db::Transaction& tx, AccountId id, const SecretString& password,
                                                const By& by, PasswordOrigin origin) {
  MW_TRY(const auto account, rows::account(tx, id, tx.lock_rows()));
  MW_TRY(auto version, credentials::store_generated(tx, store_, account, password, origin, by, clock_.now()));
  const nlohmann::json details = {{"after", {{"password", name_of(origin)}, {"number", version.number}}}};
  MW_CHECK(audit_lines::append(tx, trail_, by, {"credential.generate", "account", id.text(), details}));
  return version;
}

Result<ServiceAccount> Ledger::add_recovered(AccountId id, std::int64_t version, const SecretString& password,
                                             const By& by) {
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(const auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_CHECK(check_account_idle(tx, before.normalised, now));
    MW_TRY(const auto added,
           credentials::store_generated(tx, store_, before, password, PasswordOrigin::generated, by, now));
    const nlohmann::json details = {{"after", {{"password", "recovered"}, {"number", added.number}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.recover", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Status Ledger::drop_pending(db::Transaction& tx, AccountId id, CredentialVersionId version, const By& by) {
  MW_TRY(const auto account, rows::account(tx, id, tx.lock_rows()));
  const CredentialVersion* pending = account.pending();
  if (pending == nullptr || pending->id != version) return {};
  const nlohmann::json details = {{"before", {{"state", "pending"}, {"number", pending->number}}}};
  MW_CHECK(credentials::drop(tx, store_, *pending));
  return audit_lines::append(tx, trail_, by, {"credential.drop", "account", id.text(), details});
}

Status Ledger::note_known(db::Transaction& tx, CredentialVersionId version, std::string_view controller,
                          std::optional<Timestamp> pwd_last_set) {
  MW_CHECK(tx.execute("UPDATE credential_version SET controller = $2, pwd_last_set = $3 WHERE id = $1",
                      {version, controller, pwd_last_set}));
  return {};
}

}  // namespace mailward::connections
