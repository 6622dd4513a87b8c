#include <algorithm>

#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "connections/account_lease.h"
#include "connections/audit_lines.h"
#include "connections/credentials.h"
#include "connections/destination.h"
#include "connections/heartbeats.h"
#include "connections/ledger.h"
#include "connections/notices.h"
#include "connections/password.h"
#include "connections/proxy_credentials.h"
#include "connections/rows.h"
#include "connections/text.h"
#include "work/events.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kReasonLimit = 500;

/// All that can be said before the books are opened.
Status check(const ConnectionForm& form, const std::optional<TypedPassword>& password) {
  if (const auto problems = check_form(form); !problems.empty()) return fail(form_error(problems));
  return password ? check_typed(*password, form.authentication) : Status();
}

/// The account of that name, made where there is none; its row is locked.
Result<ServiceAccount> account_for(db::Transaction& tx, const audit::Trail& trail, const std::string& name,
                                   std::optional<DirectoryId> directory, const By& by, Timestamp now) {
  if (directory) MW_CHECK(rows::directory(tx, *directory));
  ServiceAccount account;
  account.id = AccountId::make();
  account.version = 1;
  account.name = name;
  MW_TRY(account.normalised, normalised_account_name(name));
  account.directory = directory;
  account.created = account.updated = now;
  MW_TRY(const bool made, rows::insert(tx, account, by.actor.text()));
  if (made) {
    const nlohmann::json details = {{"after", audit_lines::of(account)}};
    MW_CHECK(audit_lines::append(tx, trail, by, {"account.create", "account", account.id.text(), details}));
    return account;
  }
  MW_TRY(const auto standing, rows::account_named(tx, account.normalised));
  if (!standing) return fail(db::DbError::retry, "the account of that name was deleted at this moment");
  MW_TRY(auto found, rows::account(tx, *standing, tx.lock_rows()));
  if (directory && found.directory != directory) {
    return fail(Error(ConnectionsError::already_exists,
                      "the service account " + found.name + " stands there already and lives in another directory")
                    .with_remedy("change the account's directory, or leave the directory out"));
  }
  return found;
}

/// The destinations of the account's connections now. One whose stored fields do not hold has none.
Result<std::set<std::string>> destinations_in_use(db::Session& session, AccountId account) {
  MW_TRY(const auto connections, rows::connections_of(session, account));
  std::set<std::string> destinations;
  for (const ServerConnection& connection : connections) {
    auto destination = rows::destination_of(session, connection);
    if (destination) destinations.insert(*std::move(destination));
  }
  return destinations;
}

std::unexpected<Error> must_be_typed(const std::string& changed) {
  const std::string why = changed.empty() ? "it was typed for another destination" : changed + " changed";
  return fail(
      Error(ConnectionsError::password_must_be_typed, "the stored password goes only where it was typed for: " + why)
          .with_remedy("type the password again"));
}

void become_untested(ServerConnection& connection, Timestamp now) {
  if (connection.state == ConnectionState::disabled) return;
  connection.state = ConnectionState::untested;
  connection.reason.clear();
  connection.reason_text.clear();
  connection.state_since = now;
}

/// People name connections by their description. ASCII letters of either case are the same. Two that stood before this
/// was refused stay as they are.
Status check_description_is_free(db::Transaction& tx, const std::string& description, ConnectionId own) {
  // No two at the same time; SQLite has one writer.
  if (tx.backend() == db::Backend::postgresql) {
    MW_CHECK(tx.execute("LOCK TABLE server_connection IN SHARE ROW EXCLUSIVE MODE"));
  }
  const std::string wanted = lower_case(description);
  MW_TRY(const auto all, rows::connections(tx));
  const auto other = std::ranges::find_if(
      all, [&](const ServerConnection& one) { return one.id != own && lower_case(one.form.description) == wanted; });
  if (other == all.end()) return {};
  return fail(Error(ConnectionsError::already_exists, "another connection bears this description: '" +
                                                          other->form.description + "' (" + other->id.text() + ")")
                  .with_remedy("describe this one otherwise, or edit that one"));
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const std::string& one : list) text += (text.empty() ? "" : ", ") + one;
  return text;
}

Status note_despite_test(db::Transaction& tx, const audit::Trail& trail, const By& by, ConnectionId id,
                         std::string_view run) {
  if (run.empty()) return {};
  const nlohmann::json details{{"run", run}};
  return audit_lines::append(tx, trail, by, {"connection.save_despite_test", "connection", id.text(), details});
}

}  // namespace

Result<ServerConnection> Ledger::create_connection(const ConnectionForm& form, std::optional<DirectoryId> directory,
                                                   std::optional<TypedPassword> password, const By& by,
                                                   std::string_view despite_test,
                                                   const std::optional<TypedPassword>& proxy_password) {
  ServerConnection made;
  made.id = ConnectionId::make(clock_);
  made.version = 1;
  made.form = trimmed(form);
  MW_CHECK(check(made.form, password));
  made.created = made.updated = made.state_since = clock_.now();

  return database_.transaction([&](db::Transaction& tx) -> Result<ServerConnection> {
    MW_CHECK(check_description_is_free(tx, made.form.description, made.id));
    MW_TRY(const auto account, account_for(tx, trail_, made.form.master_mailbox, directory, by, made.created));
    made.account = account.id;
    MW_CHECK(proxy_credentials::settle(tx, store_, made, nullptr, proxy_password, by, made.created));
    MW_CHECK(rows::insert(tx, made, by.actor.text()));
    MW_TRY(const auto destination, rows::destination_of(tx, made));
    MW_CHECK(check_shown(proxy_password, destination));
    nlohmann::json details = {{"after", audit_lines::of(made)}};
    details["after"]["password"] = password ? "typed" : account.credentials.empty() ? "none" : "unchanged";
    if (proxy_password) details["after"]["proxy_password"] = "typed";
    if (password) {
      MW_CHECK(check_account_idle(tx, account.normalised, made.created));
      MW_CHECK(check_shown(password, destination));
      MW_TRY(const auto in_use, destinations_in_use(tx, account.id));
      MW_CHECK(
          credentials::store_typed(tx, store_, account, {password->secret, {destination}, in_use}, by, made.created));
    } else if (!account.credentials.empty()) {
      MW_TRY(const bool bound, credentials::bound_to(tx, store_, account, destination));
      if (!bound) return must_be_typed({});
    }
    MW_CHECK(audit_lines::append(tx, trail_, by, {"connection.create", "connection", made.id.text(), details}));
    MW_CHECK(note_despite_test(tx, trail_, by, made.id, despite_test));
    return rows::connection(tx, made.id);
  });
}

Result<ServerConnection> Ledger::update_connection(ConnectionId id, std::int64_t version, const ConnectionForm& form,
                                                   std::optional<TypedPassword> password, const By& by,
                                                   std::string_view despite_test,
                                                   const std::optional<TypedPassword>& proxy_password) {
  const ConnectionForm wanted = trimmed(form);
  MW_CHECK(check(wanted, password));
  const Timestamp now = clock_.now();

  return database_.transaction([&](db::Transaction& tx) -> Result<ServerConnection> {
    MW_TRY(const auto before, rows::connection(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    if (lower_case(before.form.description) != lower_case(wanted.description)) {
      MW_CHECK(check_description_is_free(tx, wanted.description, id));
    }
    const auto destination_before = rows::destination_of(tx, before);

    MW_TRY(auto account, rows::account(tx, before.account, tx.lock_rows()));
    MW_TRY(const auto wanted_name, normalised_account_name(wanted.master_mailbox));
    const bool same_account = wanted_name == account.normalised;
    if (!same_account) {
      MW_TRY(const auto standing, rows::account_named(tx, wanted_name));
      const auto directory = standing ? std::nullopt : account.directory;
      MW_TRY(account, account_for(tx, trail_, wanted.master_mailbox, directory, by, now));
    }

    ServerConnection after = before;
    after.form = wanted;
    after.account = account.id;
    after.updated = now;
    const auto directory = rows::directory_form_of(tx, account.id);
    if (!directory) return fail(directory.error());
    MW_TRY(const auto destination, destination_text(wanted, *directory));
    const bool same_destination = destination_before && *destination_before == destination;
    if (!same_account || !same_destination || password) {
      MW_CHECK(check_account_idle(tx, account.normalised, now));
      become_untested(after, now);
    }
    MW_CHECK(check_shown(proxy_password, destination));
    MW_CHECK(proxy_credentials::settle(tx, store_, after, &before, proxy_password, by, now));
    MW_CHECK(rows::update(tx, after, by.actor.text()));

    if (password) {
      MW_CHECK(check_shown(password, destination));
      MW_TRY(const auto in_use, destinations_in_use(tx, account.id));
      MW_CHECK(credentials::store_typed(tx, store_, account, {password->secret, {destination}, in_use}, by, now));
    } else if ((!same_account || !same_destination) && !account.credentials.empty()) {
      MW_TRY(const bool bound, credentials::bound_to(tx, store_, account, destination));
      if (!bound && !same_account) return must_be_typed("the service account");
      if (!bound) return must_be_typed(destination_before ? difference(*destination_before, destination) : "");
    }
    nlohmann::json details = audit_lines::change(audit_lines::of(before), audit_lines::of(after));
    details["after"]["password"] = password ? "typed" : "unchanged";
    if (proxy_password) details["after"]["proxy_password"] = "typed";
    MW_CHECK(audit_lines::append(tx, trail_, by, {"connection.update", "connection", id.text(), details}));
    MW_CHECK(note_despite_test(tx, trail_, by, id, despite_test));
    return rows::connection(tx, id);
  });
}

Result<ServerConnection> Ledger::set_connection_enabled(ConnectionId id, std::int64_t version, bool enabled,
                                                        const By& by) {
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServerConnection> {
    MW_TRY(auto before, rows::connection(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    if (enabled == (before.state != ConnectionState::disabled)) return before;
    if (!enabled) {
      MW_TRY(const auto account, rows::account(tx, before.account));
      MW_CHECK(check_not_rotating(tx, account.normalised));
    }
    ServerConnection after = before;
    after.state = enabled ? ConnectionState::untested : ConnectionState::disabled;
    after.reason.clear();
    after.reason_text.clear();
    after.state_since = after.updated = now;
    MW_CHECK(rows::update(tx, after, by.actor.text()));
    const nlohmann::json details = audit_lines::change(audit_lines::of(before), audit_lines::of(after));
    MW_CHECK(audit_lines::append(
        tx, trail_, by, {enabled ? "connection.enable" : "connection.disable", "connection", id.text(), details}));
    return rows::connection(tx, id);
  });
}

Status Ledger::delete_connection(ConnectionId id, std::int64_t version, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(auto before, rows::connection(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    if (before.state != ConnectionState::disabled && !before.form.products.empty()) {
      return fail(Error(ConnectionsError::in_use,
                        "the connection '" + before.form.description + "' is used by " + joined(before.form.products))
                      .with_remedy("take the products off it or disable it first"));
    }
    MW_TRY(const auto account, rows::account(tx, before.account));
    MW_CHECK(check_account_idle(tx, account.normalised, clock_.now()));
    MW_CHECK(proxy_credentials::drop(tx, store_, before));
    MW_CHECK(tx.execute("DELETE FROM server_connection WHERE id = $1", {id}));
    MW_CHECK(Heartbeats::unschedule(tx, id));
    const nlohmann::json details = {{"before", audit_lines::of(before)}};
    return audit_lines::append(tx, trail_, by, {"connection.delete", "connection", id.text(), details});
  });
}

Result<ServerConnection> Ledger::connection(ConnectionId id) const {
  return database_.read([&](db::Session& session) { return rows::connection(session, id); });
}

Result<ServerConnection> Ledger::find_connection(std::string_view id_or_description) const {
  const std::string wanted(trimmed_text(id_or_description));
  MW_TRY(auto all, connections());
  const auto id = ConnectionId::parse(wanted);
  std::vector<ServerConnection> found;
  for (ServerConnection& connection : all) {
    if (id && connection.id == *id) return std::move(connection);
    if (connection.form.description == wanted) found.push_back(std::move(connection));
  }
  if (found.size() == 1) return std::move(found.front());
  const std::string shown = "'" + printable(wanted) + "'";
  if (found.empty()) return fail(ConnectionsError::unknown_connection, "there is no connection " + shown);
  return fail(Error(ConnectionsError::unknown_connection,
                    std::to_string(found.size()) + " connections bear the description " + shown)
                  .with_remedy("name it by its id"));
}

Result<std::optional<SecretString>> Ledger::open_proxy_password(const ServerConnection& connection,
                                                                const ProxyForm& form) const {
  if (!form.signs_in()) return std::optional<SecretString>();
  return database_.read([&](db::Session& session) -> Result<std::optional<SecretString>> {
    MW_TRY(auto password, proxy_credentials::open(session, store_, connection, form));
    return std::optional<SecretString>(std::move(password));
  });
}

Result<std::vector<ServerConnection>> Ledger::connections() const {
  return database_.read([&](db::Session& session) { return rows::connections(session); });
}

Status Ledger::note_state(db::Transaction& tx, ConnectionId id, ConnectionState state, std::string_view reason,
                          std::string_view reason_text, std::string_view run, const By& by,
                          std::optional<Timestamp> tested) {
  const Timestamp now = clock_.now();
  const std::string evidence = printable(reason_text, kReasonLimit);
  MW_TRY(const auto before, rows::connection(tx, id, tx.lock_rows()));
  MW_CHECK(tx.execute("UPDATE server_connection SET last_test = $2, last_test_run = $3 WHERE id = $1",
                      {id, tested.value_or(now), run}));
  MW_CHECK(work::events::emit(tx, "connection.tested", id.text(), "{}", now));
  if (before.state == ConnectionState::disabled) return {};
  const bool changed = before.state != state || before.reason != reason;
  MW_CHECK(
      tx.execute("UPDATE server_connection SET state = $2, reason = $3, reason_text = $4, state_since = $5 WHERE "
                 "id = $1",
                 {id, name_of(state), reason, evidence, before.state == state ? before.state_since : now}));
  if (!changed) return {};
  MW_CHECK(notices::state_changed(tx, before, state, evidence, now));
  const nlohmann::json details = {{"before", {{"state", name_of(before.state)}, {"reason", before.reason}}},
                                  {"after", {{"state", name_of(state)}, {"reason", reason}, {"run", run}}}};
  return audit_lines::append(tx, trail_, by, {"connection.state", "connection", id.text(), details});
}

Status Ledger::note_state(ConnectionId id, ConnectionState state, std::string_view reason, std::string_view reason_text,
                          std::string_view run, const By& by) {
  return database_.transaction(
      [&](db::Transaction& tx) { return note_state(tx, id, state, reason, reason_text, run, by); });
}

}  // namespace mailward::connections
