#include <algorithm>

#include <nlohmann/json.hpp>

#include "connections/account_lease.h"
#include "connections/account_made.h"
#include "connections/audit_lines.h"
#include "connections/credentials.h"
#include "connections/destination.h"
#include "connections/external_source.h"
#include "connections/ledger.h"
#include "connections/rotation_plan.h"
#include "connections/rotation_schedule.h"
#include "connections/rows.h"
#include "connections/text.h"
#include "secrets/error.h"
#include "secrets/inventory.h"

/// How accounts are renewed: plans, twins, and other vaults.
namespace mailward::connections {
namespace {

constexpr std::string_view kTokenPurpose = "external_source";
constexpr std::size_t kLongestToken = 4096;

nlohmann::json json_of(const RotationPlan& plan) {
  return {{"mode", name_of(plan.mode)},
          {"every_days", plan.every_days},
          {"window", window_text(plan.window)},
          {"unlocks", plan.unlocks}};
}

/// As the audit trail has it.
nlohmann::json json_of(const ExternalSourceForm& form) {
  const ExternalSourceForm told = without_secrets(form);
  return {{"command", told.command}, {"url", told.url}};
}

/// What is sealed with a source: its program, its address and its trust, each with its length, so that whoever edits
/// the row gets nothing run, and no token sent anywhere else.
Bytes source_context(AccountId account, const ExternalSourceForm& form) {
  std::string text = account.text();
  const auto add = [&](std::string_view part) { text += "\n" + std::to_string(part.size()) + ":" + std::string(part); };
  add(form.url);
  add(form.trust_pem);
  for (const std::string& word : form.command) add(word);
  return {text.begin(), text.end()};
}

Result<std::optional<ExternalSource>> source_of(db::Session& session, AccountId account) {
  MW_TRY(const auto row, session.query_row("SELECT command, url, trust_pem, token_secret, updated, updated_by FROM "
                                           "external_source WHERE account_id = $1",
                                           {account}));
  if (!row) return std::nullopt;
  ExternalSource source;
  MW_TRY(source.form.command, rows::parse_list(row->text(0)));
  source.form.url = row->text(1);
  source.form.trust_pem = row->text(2);
  source.sealed = row->maybe_id<secrets::SecretId>(3);
  source.updated = row->time(4);
  source.updated_by = row->text(5);
  return source;
}

}  // namespace

Result<RotationPlan> Ledger::plan(AccountId id) const {
  return database_.read([&](db::Session& session) -> Result<RotationPlan> {
    MW_TRY(const auto account, rows::account(session, id));
    return rotation_plans::of(session, account);
  });
}

Result<RotationPlan> Ledger::save_plan(RotationPlan plan, const By& by) {
  std::vector<FieldProblem> problems;
  if (plan.every_days < 0 || plan.every_days > 366) problems.push_back({"every_days", "0 (never) to 366 days"});
  if ((plan.window.days & 0x7f) == 0 || plan.window.length.count() < 1) {
    problems.push_back({"window", "a window needs a day and a length"});
  }
  if (!problems.empty()) return fail(form_error(problems));
  plan.updated = clock_.now();
  plan.updated_by = by.actor.text();
  return database_.transaction([&](db::Transaction& tx) -> Result<RotationPlan> {
    MW_TRY(const auto account, rows::account(tx, plan.account, tx.lock_rows()));
    MW_TRY(const auto before, rotation_plans::of(tx, account));
    if (plan.mode != RotationMode::manual) {
      MW_TRY(auto obstacle, obstacle_to(tx, account, plan.mode));
      // A password that nobody has typed yet, or an account that is disabled for now, keeps nobody from planning.
      if (obstacle && obstacle->is(ConnectionsError::cannot_rotate)) return fail(*std::move(obstacle));
    }
    MW_CHECK(rotation_plans::save(tx, plan));
    const nlohmann::json details = {{"before", json_of(before)}, {"after", json_of(plan)}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.set_schedule", "account", plan.account.text(), details}));
    return rotation_plans::of(tx, account);
  });
}

Result<ServiceAccount> Ledger::set_twin(AccountId id, std::int64_t version, std::string_view name,
                                        std::optional<TypedPassword> password, const std::vector<TypedFor>& connections,
                                        const By& by) {
  const std::string wanted(trimmed_text(name));
  if (const auto normalised = normalised_account_name(wanted); !normalised) {
    return fail(form_error({{"name", normalised.error().message()}}));
  }
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_CHECK(check_account_idle(tx, before.normalised, now));
    MW_TRY(auto twin, account_made(tx, wanted, before, by, clock_));
    if (twin.id == id) return fail(form_error({{"name", "an account cannot be its own twin"}}));
    if (twin.directory != before.directory) {
      return fail(form_error({{"name", "the account " + wanted + " lives in another directory"}}));
    }
    if (twin.twin && *twin.twin != id) {
      return fail(form_error({{"name", "the account " + wanted + " is the twin of another account"}}));
    }
    MW_CHECK(check_account_idle(tx, twin.normalised, now));
    MW_TRY(const auto users, rows::connections_of(tx, id));
    Authentication authentication{.negotiate = false, .ntlm = false, .basic = false};
    const SecretString none;
    credentials::Typed typed{.secret = password ? password->secret : none, .destinations = {}, .in_use = {}};
    for (const ServerConnection& user : users) {
      MW_TRY(const auto destination, rows::destination_of(tx, user));
      typed.in_use.insert(destination);
      authentication.basic = authentication.basic || user.form.authentication.basic;
      if (password) {
        const auto shown = std::ranges::find(connections, user.id, &TypedFor::connection);
        if (shown == connections.end()) {
          return fail(
              form_error({{"connections", "the twin's password is typed for every connection of the account; '" +
                                              user.form.description + "' is missing"}}));
        }
        MW_CHECK(check_shown(shown->destination, destination));
        typed.destinations.insert(destination);
        continue;
      }
      MW_TRY(const bool bound, credentials::bound_to(tx, store_, twin, destination));
      if (!bound) {
        return fail(Error(ConnectionsError::password_must_be_typed,
                          "no password of " + wanted + " was typed for the connection '" + user.form.description + "'")
                        .with_remedy("type its password with it"));
      }
    }
    if (password) {
      if (typed.destinations.empty()) {
        return fail(Error(ConnectionsError::cannot_rotate, "no connection uses " + before.name + " yet")
                        .with_remedy("add one first, then name the twin"));
      }
      MW_CHECK(check_typed(*password, authentication));
      MW_CHECK(credentials::store_typed(tx, store_, twin, typed, by, now));
      MW_TRY(twin, rows::account(tx, twin.id, tx.lock_rows()));
    }
    if (before.twin && *before.twin != twin.id) {
      MW_CHECK(tx.execute("UPDATE service_account SET twin_account_id = NULL WHERE id = $1", {*before.twin}));
    }
    ServiceAccount after = before;
    after.twin = twin.id;
    after.updated = now;
    MW_CHECK(rows::update(tx, after, by.actor.text()));
    twin.twin = id;
    if (!twin.reset_account && before.reset_account != twin.id) twin.reset_account = before.reset_account;
    twin.updated = now;
    MW_CHECK(rows::update(tx, twin, by.actor.text()));
    const nlohmann::json details = {{"before", {{"twin", before.twin ? before.twin->text() : ""}}},
                                    {"after", {{"twin", twin.name}, {"password", password ? "typed" : "unchanged"}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.set_twin", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Result<ServiceAccount> Ledger::clear_twin(AccountId id, std::int64_t version, const By& by) {
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Result<ServiceAccount> {
    MW_TRY(auto before, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(rows::check_version(tx, before, version));
    MW_CHECK(check_account_idle(tx, before.normalised, now));
    if (!before.twin) return before;
    MW_TRY(const auto twin, rows::account(tx, *before.twin, tx.lock_rows()));
    MW_CHECK(check_account_idle(tx, twin.normalised, now));
    for (ServiceAccount after : {before, twin}) {
      after.twin.reset();
      after.updated = now;
      MW_CHECK(rows::update(tx, after, by.actor.text()));
    }
    const nlohmann::json details = {{"before", {{"twin", twin.name}}}, {"after", {{"twin", ""}}}};
    MW_CHECK(audit_lines::append(tx, trail_, by, {"account.clear_twin", "account", id.text(), details}));
    return rows::account(tx, id);
  });
}

Result<std::optional<ExternalSource>> Ledger::source(AccountId id) const {
  return database_.read([&](db::Session& session) -> Result<std::optional<ExternalSource>> {
    MW_TRY(auto source, source_of(session, id));
    if (!source) return std::nullopt;
    const auto token = open_source(session, id, *source);
    source->has_token = token && !token->empty();
    return source;
  });
}

Status Ledger::set_source(AccountId id, const ExternalSourceForm& form, const std::optional<SecretString>& token,
                          const By& by) {
  MW_CHECK(check_external(form));
  MW_CHECK(check_program(form));
  if (token && (token->empty() || token->size() > kLongestToken || form.url.empty())) {
    return fail(form_error({{"token", "a token of at most 4096 characters, for an address"}}));
  }
  const Timestamp now = clock_.now();
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto account, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(check_account_idle(tx, account.normalised, now));
    MW_TRY(const auto before, source_of(tx, id));
    SecretString kept = token ? token->clone() : SecretString();
    if (before && !token && !form.url.empty()) {
      const auto standing = open_source(tx, id, *before);
      if (standing && !standing->empty()) {
        // A token goes with the address that it was typed for.
        if (source_context(id, before->form) != source_context(id, form)) {
          return fail(
              Error(ConnectionsError::password_must_be_typed, "the token was typed for another address or trust")
                  .with_remedy("type it again"));
        }
        kept = standing->clone();
      }
    }
    MW_CHECK(forget_source(tx, id));
    MW_TRY(const auto sealed, store_.put(tx, kTokenPurpose, source_context(id, form), kept));
    if (!kept.empty()) {
      MW_CHECK(secrets::record_secret(tx, {.kind = std::string(kTokenPurpose),
                                           .id = id.text(),
                                           .opens = "the vault that hands over the password of " + account.name,
                                           .created = now,
                                           .last_used = std::nullopt,
                                           .renew_by = std::nullopt,
                                           .set_by = by.actor.text()}));
    }
    MW_CHECK(
        tx.execute("INSERT INTO external_source (account_id, command, url, trust_pem, token_secret, updated, "
                   "updated_by) VALUES ($1, $2, $3, $4, $5, $6, $7)",
                   {id, rows::list_text(form.command), form.url, form.trust_pem, sealed, now, by.actor.text()}));
    const nlohmann::json details = {{"before", json_of(before ? before->form : ExternalSourceForm())},
                                    {"after", json_of(form)},
                                    {"token", token ? "typed" : "unchanged"}};
    return audit_lines::append(tx, trail_, by, {"account.set_source", "account", id.text(), details});
  });
}

Result<SecretString> Ledger::open_source(db::Session& session, AccountId id, const ExternalSource& source) const {
  if (!source.sealed) return fail(secrets::SecretsError::cannot_open, "the source of " + id.text() + " is not sealed");
  return store_.open(session, *source.sealed, kTokenPurpose, source_context(id, source.form));
}

Status Ledger::clear_source(AccountId id, const By& by) {
  return database_.transaction([&](db::Transaction& tx) -> Status {
    MW_TRY(const auto account, rows::account(tx, id, tx.lock_rows()));
    MW_CHECK(check_account_idle(tx, account.normalised, clock_.now()));
    MW_TRY(const auto before, source_of(tx, id));
    if (!before) return {};
    MW_CHECK(forget_source(tx, id));
    MW_CHECK(leave_external(tx, account, by));
    const nlohmann::json details = {{"before", json_of(before->form)}};
    return audit_lines::append(tx, trail_, by, {"account.clear_source", "account", id.text(), details});
  });
}

Status Ledger::leave_external(db::Transaction& tx, const ServiceAccount& account, const By& by) {
  MW_TRY(RotationPlan plan, rotation_plans::of(tx, account));
  if (plan.mode != RotationMode::external) return {};
  const nlohmann::json before = json_of(plan);
  plan.mode = RotationMode::manual;
  plan.updated = clock_.now();
  plan.updated_by = by.actor.text();
  MW_CHECK(rotation_plans::save(tx, plan));
  const nlohmann::json details = {{"before", before}, {"after", json_of(plan)}};
  return audit_lines::append(tx, trail_, by, {"account.set_schedule", "account", account.id.text(), details});
}

Status Ledger::forget_source(db::Transaction& tx, AccountId id) {
  MW_TRY(const auto stands, source_of(tx, id));
  if (stands && stands->sealed) MW_CHECK(store_.remove(tx, *stands->sealed));
  MW_CHECK(secrets::forget_secret(tx, kTokenPurpose, id.text()));
  MW_CHECK(tx.execute("DELETE FROM external_source WHERE account_id = $1", {id}));
  return {};
}

Result<SecretString> Ledger::fetch_password(const ServiceAccount& account, const Resolver& resolver,
                                            const DestinationPolicy& destinations, const std::stop_token& stop,
                                            std::chrono::milliseconds within) {
  SecretString token;
  std::optional<ExternalSource> source;
  MW_CHECK(database_.read([&](db::Session& session) -> Status {
    MW_TRY(source, source_of(session, account.id));
    if (!source) return fail(ConnectionsError::external_source, "nobody has said where its passwords are had from");
    // Nothing is run and nobody asked that was not named through here.
    auto sealed = open_source(session, account.id, *source);
    if (!sealed) {
      return fail(Error(ConnectionsError::external_source, "what hands over the passwords of " + account.name +
                                                               " was changed in the database, and is not asked")
                      .with_remedy("name it again: mailward account source " + account.id.text())
                      .caused_by(sealed.error()));
    }
    token = *std::move(sealed);
    return {};
  }));
  if (!token.empty()) {
    MW_CHECK(database_.transaction(
        [&](db::Transaction& tx) { return secrets::record_use(tx, kTokenPurpose, account.id.text(), clock_.now()); }));
  }
  return fetch_external({.source = *source,
                         .token = token,
                         .account_name = account.name,
                         .resolver = resolver,
                         .destinations = destinations,
                         .within = within},
                        stop);
}

}  // namespace mailward::connections
