#include <map>

#include "base/bytes.h"
#include "connections/rows.h"
#include "connections/text.h"

namespace mailward::connections::rows {

namespace {

constexpr std::string_view kSelectAccount =
    "SELECT id, version, name, normalised, sid, resolved, directory_id, enabled, created, updated, reset_account_id, "
    "twin_account_id, password_expires, password_expires_read FROM service_account ";
constexpr std::string_view kSelectVersion =
    "SELECT id, account_id, number, state, destinations, secret_id, created, created_by, promoted, refused, refusal, "
    "origin, pwd_last_set, controller FROM credential_version ";
constexpr std::string_view kSelectDirectory =
    "SELECT id, version, name, realm, domain, controllers, base_dn, trust_pem, reader, reader_secret, reader_refused, "
    "created, updated, reader_sign_in FROM service_directory ";

ServiceAccount read_account(const db::Row& row) {
  ServiceAccount account;
  account.id = row.id<AccountId>(0);
  account.version = row.integer(1);
  account.name = row.text(2);
  account.normalised = row.text(3);
  account.sid = row.text(4);
  account.resolved = row.text(5);
  account.directory = row.maybe_id<DirectoryId>(6);
  account.enabled = row.flag(7);
  account.created = row.time(8);
  account.updated = row.time(9);
  account.reset_account = row.maybe_id<AccountId>(10);
  account.twin = row.maybe_id<AccountId>(11);
  account.password_expires = row.maybe_time(12);
  account.password_expires_read = row.maybe_time(13);
  return account;
}

CredentialState credential_state(std::string_view name) {
  if (name == name_of(CredentialState::active)) return CredentialState::active;
  if (name == name_of(CredentialState::previous)) return CredentialState::previous;
  return CredentialState::pending;
}

PasswordOrigin password_origin(std::string_view name) {
  if (name == name_of(PasswordOrigin::generated)) return PasswordOrigin::generated;
  if (name == name_of(PasswordOrigin::fetched)) return PasswordOrigin::fetched;
  return PasswordOrigin::typed;
}

Result<CredentialVersion> read_version(const db::Row& row) {
  CredentialVersion version;
  version.id = row.id<CredentialVersionId>(0);
  version.number = row.integer(2);
  version.state = credential_state(row.text(3));
  MW_TRY(version.destinations, parse_list(row.text(4)));
  version.secret = row.id<secrets::SecretId>(5);
  version.created = row.time(6);
  version.created_by = row.text(7);
  version.promoted = row.maybe_time(8);
  version.refused = row.maybe_time(9);
  version.refusal = row.text(10);
  version.origin = password_origin(row.text(11));
  version.pwd_last_set = row.maybe_time(12);
  version.controller = row.text(13);
  return version;
}

Result<DirectoryRecord> read_directory(const db::Row& row) {
  DirectoryRecord directory;
  directory.id = row.id<DirectoryId>(0);
  directory.version = row.integer(1);
  DirectoryForm& form = directory.form;
  form.name = row.text(2);
  form.realm = row.text(3);
  form.domain = row.text(4);
  MW_TRY(form.controllers, parse_list(row.text(5)));
  form.base_dn = row.text(6);
  form.trust_pem = row.text(7);
  form.reader = row.text(8);
  directory.reader_secret = row.maybe_id<secrets::SecretId>(9);
  directory.reader_refused = row.maybe_time(10);
  directory.created = row.time(11);
  directory.updated = row.time(12);
  MW_TRY(form.reader_sign_in, parse_reader_sign_in(row.text(13)));
  return directory;
}

}  // namespace

Result<ServiceAccount> account(db::Session& session, AccountId id, std::string_view lock) {
  MW_TRY(const auto row, session.query_row(std::string(kSelectAccount) + "WHERE id = $1" + std::string(lock), {id}));
  if (!row) return fail(ConnectionsError::unknown_account, "there is no service account " + id.text());
  ServiceAccount account = read_account(*row);
  MW_TRY(const auto versions,
         session.query(std::string(kSelectVersion) + "WHERE account_id = $1 ORDER BY number DESC", {id}));
  for (const db::Row& version_row : versions) {
    MW_TRY(auto version, read_version(version_row));
    account.credentials.push_back(std::move(version));
  }
  return account;
}

Result<std::optional<AccountId>> account_named(db::Session& session, std::string_view normalised) {
  MW_TRY(const auto row, session.query_row("SELECT id FROM service_account WHERE normalised = $1", {normalised}));
  if (!row) return std::nullopt;
  return row->id<AccountId>(0);
}

Result<std::vector<ServiceAccount>> accounts(db::Session& session) {
  MW_TRY(const auto found, session.query(std::string(kSelectAccount) + "ORDER BY normalised"));
  MW_TRY(const auto versions, session.query(std::string(kSelectVersion) + "ORDER BY account_id, number DESC"));
  std::map<AccountId, std::vector<CredentialVersion>> by_account;
  for (const db::Row& row : versions) {
    MW_TRY(auto version, read_version(row));
    by_account[row.id<AccountId>(1)].push_back(std::move(version));
  }
  std::vector<ServiceAccount> all;
  all.reserve(found.size());
  for (const db::Row& row : found) {
    all.push_back(read_account(row));
    all.back().credentials = std::move(by_account[all.back().id]);
  }
  return all;
}

Result<bool> insert(db::Transaction& tx, const ServiceAccount& account, std::string_view by) {
  MW_TRY(const auto inserted,
         tx.execute("INSERT INTO service_account (id, version, name, normalised, sid, resolved, directory_id, enabled, "
                    "next_number, created, updated, updated_by) VALUES ($1, $2, $3, $4, '', '', $5, 1, 1, $6, $7, $8) "
                    "ON CONFLICT (normalised) DO NOTHING",
                    {account.id, account.version, account.name, account.normalised, account.directory, account.created,
                     account.updated, by}));
  return inserted == 1;
}

Status update(db::Transaction& tx, const ServiceAccount& account, std::string_view by) {
  MW_CHECK(tx.execute(
      "UPDATE service_account SET version = version + 1, name = $2, normalised = $3, sid = $4, "
      "resolved = $5, directory_id = $6, enabled = $7, updated = $8, updated_by = $9, reset_account_id = $10, "
      "twin_account_id = $11 WHERE id = $1",
      {account.id, account.name, account.normalised, account.sid, account.resolved, account.directory, account.enabled,
       account.updated, by, account.reset_account, account.twin}));
  return {};
}

Status insert(db::Transaction& tx, AccountId account, const CredentialVersion& version) {
  MW_CHECK(tx.execute(
      "INSERT INTO credential_version (id, account_id, number, state, destinations, secret_id, created, "
      "created_by, promoted, refused, refusal, origin) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, NULL, NULL, '', $9)",
      {version.id, account, version.number, name_of(version.state), list_text(version.destinations), version.secret,
       version.created, version.created_by, name_of(version.origin)}));
  return {};
}

Status reseal(db::Transaction& tx, CredentialVersionId version, const std::vector<std::string>& destinations,
              secrets::SecretId secret) {
  MW_CHECK(tx.execute("UPDATE credential_version SET destinations = $2, secret_id = $3 WHERE id = $1",
                      {version, list_text(destinations), secret}));
  return {};
}

Result<DirectoryRecord> directory(db::Session& session, DirectoryId id, std::string_view lock) {
  MW_TRY(const auto row, session.query_row(std::string(kSelectDirectory) + "WHERE id = $1" + std::string(lock), {id}));
  if (!row) return fail(ConnectionsError::unknown_directory, "there is no directory " + id.text());
  return read_directory(*row);
}

Result<std::optional<DirectoryId>> directory_named(db::Session& session, std::string_view name) {
  MW_TRY(const auto row, session.query_row("SELECT id FROM service_directory WHERE name_key = $1", {lower_case(name)}));
  if (!row) return std::nullopt;
  return row->id<DirectoryId>(0);
}

Result<std::vector<DirectoryRecord>> directories(db::Session& session) {
  MW_TRY(const auto found, session.query(std::string(kSelectDirectory) + "ORDER BY name_key"));
  std::vector<DirectoryRecord> all;
  all.reserve(found.size());
  for (const db::Row& row : found) {
    MW_TRY(auto directory, read_directory(row));
    all.push_back(std::move(directory));
  }
  return all;
}

Status insert(db::Transaction& tx, const DirectoryRecord& directory, std::string_view by) {
  const DirectoryForm& form = directory.form;
  MW_CHECK(
      tx.execute("INSERT INTO service_directory (id, version, name, name_key, realm, domain, controllers, base_dn, "
                 "trust_pem, reader, reader_secret, reader_refused, created, updated, updated_by, reader_sign_in) "
                 "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)",
                 {directory.id, directory.version, form.name, lower_case(form.name), form.realm, form.domain,
                  list_text(form.controllers), form.base_dn, form.trust_pem, form.reader, directory.reader_secret,
                  directory.reader_refused, directory.created, directory.updated, by, name_of(form.reader_sign_in)}));
  return {};
}

Status update(db::Transaction& tx, const DirectoryRecord& directory, std::string_view by) {
  const DirectoryForm& form = directory.form;
  MW_CHECK(
      tx.execute("UPDATE service_directory SET version = version + 1, name = $2, name_key = $3, realm = $4, "
                 "domain = $5, controllers = $6, base_dn = $7, trust_pem = $8, reader = $9, reader_secret = $10, "
                 "reader_refused = $11, updated = $12, updated_by = $13, reader_sign_in = $14 WHERE id = $1",
                 {directory.id, form.name, lower_case(form.name), form.realm, form.domain, list_text(form.controllers),
                  form.base_dn, form.trust_pem, form.reader, directory.reader_secret, directory.reader_refused,
                  directory.updated, by, name_of(form.reader_sign_in)}));
  return {};
}

Result<std::optional<DirectoryForm>> directory_form_of(db::Session& session, AccountId account) {
  MW_TRY(const auto row, session.query_row(std::string(kSelectDirectory) +
                                               "WHERE id = (SELECT directory_id FROM service_account WHERE id = $1)",
                                           {account}));
  if (!row) return std::nullopt;
  MW_TRY(auto record, read_directory(*row));
  return std::move(record.form);
}

}  // namespace mailward::connections::rows
