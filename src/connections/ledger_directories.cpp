#include <algorithm>
#include <map>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/account_lease.h"
#include "connections/audit_lines.h"
#include "connections/destination.h"
#include "connections/ledger.h"
#include "connections/reader_door.h"
#include "connections/refusal_memory.h"
#include "connections/rows.h"
#include "connections/text.h"
#include "secrets/inventory.h"

namespace mailward::connections {

namespace {

constexpr std::string_view kPurpose = "directory_reader";

Status check(const DirectoryForm& form, const std::optional<TypedPassword>& password) {
  auto problems = check_form(form);
  if (form.reader.empty() && password) problems.push_back({"reader", "a password was given, and no reader's name"});
  if (!problems.empty()) return fail(form_error(problems));
  // A simple bind sends the password as UTF-8: Basic's doubts do not apply.
  return password ? check_typed(*password, {.negotiate = false, .ntlm = false, .basic = false}) : Status();
}

/// With what is remembered of trying it.
Status remove_reader_secret(db::Transaction& tx, secrets::SecretStore& store, secrets::SecretId secret) {
  MW_CHECK(RefusalMemory::forget_all(tx, reader_memory_name(secret)));
  return store.remove(tx, secret);
}

/// In place of the one that stood there.
Status store_reader_password(db::Transaction& tx, secrets::SecretStore& store, DirectoryRecord& directory,
                             const SecretString& password, const By& by, Timestamp now) {
  MW_TRY(const auto destination, destination_text(directory.form));
  const auto standing = directory.reader_secret ? store.open(tx, *directory.reader_secret, kPurpose,
                                                             sealing_context(directory.id, destination))
                                                : fail(secrets::SecretsError::unknown_secret, "none");
  const bool same = standing && standing->equals(password);
  MW_TRY(const Timestamp made, secrets::made_when(tx, kPurpose, directory.id.text(), same, now));
  if (directory.reader_secret) MW_CHECK(remove_reader_secret(tx, store, *directory.reader_secret));
  MW_TRY(directory.reader_secret, store.put(tx, kPurpose, sealing_context(directory.id, destination), password));
  directory.reader_refused.reset();
  return secrets::record_secret(tx, {.kind = std::string(kPurpose),
                                     .id = directory.id.text(),
                                     .opens = "directory " + directory.form.name + " as " + directory.form.reader,
                                     .created = made,
                                     .last_used = std::nullopt,
                                     .renew_by = std::nullopt,
                                     .set_by = by.actor.text()});
}

Status drop_reader_password(db::Transaction& tx, secrets::SecretStore& store, DirectoryRecord& directory) {
  if (!directory.reader_secret) return {};
  MW_CHECK(remove_reader_secret(tx, store, *directory.reader_secret));
  directory.reader_secret.reset();
  directory.reader_refused.reset();
  return secrets::forget_secret(tx, kPurpose, directory.id.text());
}

Result<std::vector<ServiceAccount>> accounts_in(db::Session& session, DirectoryId directory) {
  MW_TRY(auto accounts, rows::accounts(session));
  std::erase_if(accounts, [&](const ServiceAccount& account) { return account.directory != directory; });
  return accounts;
}

/// Where the passwords of the directory's accounts go, by connection.
Result<std::map<ConnectionId, std::string>> destinations_through(db::Session& session, DirectoryId directory) {
  std::map<ConnectionId, std::string> destinations;
  MW_TRY(const auto accounts, accounts_in(session, directory));
  for (const ServiceAccount& account : accounts) {
    MW_TRY(const auto connections, rows::connections_of(session, account.id));
    for (const ServerConnection& connection : connections) {
      auto destination = rows::destination_of(session, connection);
      destinations.emplace(connection.id, destination ? *std::move(destination) : std::string());
    }
  }
  return destinations;
}

}  // namespace

Result<DirectoryRecord> Ledger::create_directory(const DirectoryForm& form,
                                                 std::optional<TypedPassword> reader_password, const By& by) {
  const DirectoryForm wanted = trimmed(form);
  MW_CHECK(check(wanted, reader_password));
  const Timestamp now = clock_.now();
  const auto id = DirectoryId::make(clock_);

  return database_.transaction([&](db::Transaction& tx) -> Result<DirectoryRecord> {
    MW_TRY(const auto standing, rows::directory_named(tx, wanted.name));
    if (standing) {
      return fail(ConnectionsError::already_exists, "a directory '" + wanted.name + "' stands there already");
    }
    DirectoryRecord made;
    made.id = id;
    made.version = 1;
    made.form = wanted;
    made.created = made.updated = now;
    if (reader_password) MW_CHECK(store_reader_password(tx, store_, made, reader_password->secret, by, now));
    MW_CHECK(rows::insert(tx, made, by.actor.text()));
    nlohmann::json details = {{"after", audit_lines::of(made)}};
    details["after"]["reader_password"] = reader_password ? "typed" : "none";
    MW_CHECK(audit_lines::append(tx, trail_, by, {"directory.create", "directory", id.text(), details}));
    return made;
  });
}

Result<DirectoryRecord> Ledger::update_directory(DirectoryId id, std::int64_t version, const DirectoryForm& form,
                                                 std::optional<TypedPassword> reader_password, const By& by) {
  const DirectoryForm wanted = trimmed(form);
  MW_CHECK(check(wanted, reader_password));
  const Timestamp now = clock_.now();

  return database_.transaction([&](db::Transaction& tx) -> Result<DirectoryRecord> {
    MW_TRY(const auto before, rows::directory(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_TRY(const auto living, accounts_in(tx, id));
    for (const ServiceAccount& account : living) MW_CHECK(check_not_rotating(tx, account.normalised));
    MW_TRY(const auto standing, rows::directory_named(tx, wanted.name));
    if (standing && *standing != id) {
      return fail(ConnectionsError::already_exists, "a directory '" + wanted.name + "' stands there already");
    }
    MW_TRY(const auto through_before, destinations_through(tx, id));

    DirectoryRecord after = before;
    after.form = wanted;
    after.updated = now;
    const auto destination_before = destination_text(before.form);
    MW_TRY(const auto destination, destination_text(wanted));
    if (reader_password) {
      MW_CHECK(store_reader_password(tx, store_, after, reader_password->secret, by, now));
    } else if (wanted.reader.empty()) {
      MW_CHECK(drop_reader_password(tx, store_, after));
    } else if (before.reader_secret && (!destination_before || *destination_before != destination)) {
      const std::string changed = destination_before ? difference(*destination_before, destination) : "its destination";
      return fail(Error(ConnectionsError::password_must_be_typed,
                        "the directory reader's password goes only where it was typed for: " + changed + " changed")
                      .with_remedy("type the reader's password again"));
    }
    MW_CHECK(rows::update(tx, after, by.actor.text()));

    MW_TRY(const auto through_after, destinations_through(tx, id));
    for (const auto& [connection, where] : through_after) {
      const auto old = through_before.find(connection);
      if (old != through_before.end() && old->second == where) continue;
      MW_CHECK(
          tx.execute("UPDATE server_connection SET state = 'untested', reason = '', reason_text = '', state_since = "
                     "$2 WHERE id = $1 AND state NOT IN ('untested', 'disabled')",
                     {connection, now}));
    }
    nlohmann::json details = audit_lines::change(audit_lines::of(before), audit_lines::of(after));
    details["after"]["reader_password"] = reader_password ? "typed" : after.reader_secret ? "unchanged" : "none";
    MW_CHECK(audit_lines::append(tx, trail_, by, {"directory.update", "directory", id.text(), details}));
    return rows::directory(tx, id);
  });
}

Status Ledger::delete_directory(DirectoryId id, std::int64_t version, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(auto before, rows::directory(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_TRY(const auto residents, accounts_in(tx, id));
    if (!residents.empty()) {
      std::string names;
      for (const ServiceAccount& account : residents) names += (names.empty() ? "" : ", ") + account.name;
      return fail(Error(ConnectionsError::in_use,
                        "in the directory '" + before.form.name + "' live the service accounts " + names)
                      .with_remedy("delete the accounts first, or give them another directory"));
    }
    const nlohmann::json details = {{"before", audit_lines::of(before)}};
    MW_CHECK(drop_reader_password(tx, store_, before));
    MW_CHECK(tx.execute("DELETE FROM service_directory WHERE id = $1", {id}));
    return audit_lines::append(tx, trail_, by, {"directory.delete", "directory", id.text(), details});
  });
}

Result<DirectoryRecord> Ledger::directory(DirectoryId id) const {
  return database_.read([&](db::Session& session) { return rows::directory(session, id); });
}

Result<DirectoryRecord> Ledger::find_directory(std::string_view id_or_name) const {
  const std::string wanted(trimmed_text(id_or_name));
  return database_.read([&](db::Session& session) -> Result<DirectoryRecord> {
    if (const auto id = DirectoryId::parse(wanted)) {
      auto found = rows::directory(session, *id);
      if (found || !found.error().is(ConnectionsError::unknown_directory)) return found;
    }
    std::optional<DirectoryId> named;
    if (is_utf8(wanted) && !wanted.contains('\0')) {
      MW_TRY(named, rows::directory_named(session, wanted));
    }
    if (named) return rows::directory(session, *named);
    return fail(ConnectionsError::unknown_directory, "there is no directory '" + printable(wanted) + "'");
  });
}

Result<std::vector<DirectoryRecord>> Ledger::directories() const {
  return database_.read([&](db::Session& session) { return rows::directories(session); });
}

Result<std::optional<SecretString>> Ledger::open_reader_password(const DirectoryRecord& directory) const {
  if (!directory.reader_secret || directory.form.reader.empty() || directory.reader_refused) return std::nullopt;
  MW_TRY(const auto destination, destination_text(directory.form));
  return database_.read([&](db::Session& session) -> Result<std::optional<SecretString>> {
    MW_TRY(auto secret,
           store_.open(session, *directory.reader_secret, kPurpose, sealing_context(directory.id, destination)));
    return std::optional<SecretString>(std::move(secret));
  });
}

Status Ledger::mark_reader_refused(DirectoryId id, secrets::SecretId secret) {
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto before, rows::directory(tx, id, tx.lock_rows()));
    if (before.reader_refused || before.reader_secret != secret) return {};
    MW_CHECK(tx.execute("UPDATE service_directory SET reader_refused = $2 WHERE id = $1", {id, now}));
    const nlohmann::json details = {{"reader", before.form.reader}};
    const By by{.actor = audit::Actor::system("connections"), .source = {}, .token = {}, .request_id = {}};
    return audit_lines::append(tx, trail_, by,
                               {"directory.reader_refused", "directory", id.text(), details, "refused"});
  });
}

}  // namespace mailward::connections
