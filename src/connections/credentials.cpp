#include "connections/credentials.h"

#include <algorithm>

#include "connections/destination.h"
#include "connections/rows.h"
#include "secrets/error.h"
#include "secrets/inventory.h"

namespace mailward::connections::credentials {

namespace {

constexpr std::string_view kPurpose = "service_account";

bool lists(const CredentialVersion& version, std::string_view destination) {
  return std::ranges::find(version.destinations, destination) != version.destinations.end();
}

Result<bool> binds(db::Session& session, const secrets::SecretStore& store, const ServiceAccount& account,
                   const CredentialVersion& version, std::string_view destination) {
  if (!lists(version, destination)) return false;
  const auto opened = open(session, store, account, version);
  if (!opened && !opened.error().is(secrets::SecretsError::cannot_open)) return fail(opened.error());
  return opened.has_value();
}

/// What the person typed it for, and what a stored version with the very same password is bound to and is still needed.
Result<std::set<std::string>> bindings(db::Session& session, const secrets::SecretStore& store,
                                       const ServiceAccount& account, const Typed& typed) {
  std::set<std::string> destinations = typed.destinations;
  for (const CredentialVersion& version : account.credentials) {
    const auto stored = open(session, store, account, version);
    // A row that was tampered with is no reason to refuse a new password; it only proves nothing.
    if (!stored && stored.error().is(secrets::SecretsError::cannot_open)) continue;
    if (!stored && stored.error().is(secrets::SecretsError::unknown_secret)) continue;
    if (!stored) return fail(stored.error());
    if (!stored->equals(typed.secret)) continue;
    std::ranges::set_intersection(std::set<std::string>(version.destinations.begin(), version.destinations.end()),
                                  typed.in_use, std::inserter(destinations, destinations.end()));
  }
  return destinations;
}

/// A version as it is to be stored: its id, number and seal are made with it.
struct Fresh {
  CredentialVersion version;
  const SecretString& secret;
  std::string opens;
};

Result<CredentialVersion> store_version(db::Transaction& tx, secrets::SecretStore& store, const ServiceAccount& account,
                                        Fresh fresh, const By& by, Timestamp now) {
  const std::string actor = by.actor.text();
  MW_TRY(const auto numbered,
         tx.query_row("UPDATE service_account SET next_number = next_number + 1, version = version + 1, updated = $2, "
                      "updated_by = $3 WHERE id = $1 RETURNING next_number - 1",
                      {account.id, now, actor}));
  if (!numbered) return fail(ConnectionsError::unknown_account, "there is no service account " + account.id.text());
  CredentialVersion version = std::move(fresh.version);
  version.id = CredentialVersionId::make();
  version.number = numbered->integer(0);
  version.created = now;
  version.created_by = actor;
  MW_TRY(version.secret,
         store.put(tx, kPurpose, sealing_context(account.id, account.normalised, version.number, version.destinations),
                   fresh.secret));
  MW_CHECK(rows::insert(tx, account.id, version));
  MW_CHECK(secrets::record_secret(tx, {.kind = std::string(kPurpose),
                                       .id = account.id.text(),
                                       .opens = fresh.opens.empty() ? "EWS as " + account.name : fresh.opens,
                                       .created = now,
                                       .last_used = std::nullopt,
                                       .renew_by = std::nullopt,
                                       .set_by = actor}));
  return version;
}

}  // namespace

Result<SecretString> open(db::Session& session, const secrets::SecretStore& store, const ServiceAccount& account,
                          const CredentialVersion& version) {
  const auto normalised = normalised_account_name(account.name);
  if (!normalised || *normalised != account.normalised) {
    return fail(secrets::SecretsError::cannot_open,
                "the name of service account " + account.id.text() + " was changed in the database");
  }
  return store.open(session, version.secret, kPurpose,
                    sealing_context(account.id, account.normalised, version.number, version.destinations));
}

Result<bool> bound_to(db::Session& session, const secrets::SecretStore& store, const ServiceAccount& account,
                      std::string_view destination) {
  for (const CredentialVersion& version : account.credentials) {
    if (version.state == CredentialState::previous) continue;
    MW_TRY(const bool bound, binds(session, store, account, version, destination));
    if (bound) return true;
  }
  return false;
}

Result<bool> proven(db::Session& session, const secrets::SecretStore& store, const ServiceAccount& account,
                    std::string_view destination) {
  const CredentialVersion* active = account.active();
  return active == nullptr ? Result<bool>(false) : binds(session, store, account, *active, destination);
}

Result<CredentialVersion> store_typed(db::Transaction& tx, secrets::SecretStore& store, const ServiceAccount& account,
                                      const Typed& typed, const By& by, Timestamp now) {
  MW_TRY(const auto destinations, bindings(tx, store, account, typed));
  if (const CredentialVersion* replaced = account.pending()) MW_CHECK(drop(tx, store, *replaced));
  CredentialVersion version;
  version.destinations.assign(destinations.begin(), destinations.end());
  return store_version(tx, store, account,
                       {.version = std::move(version), .secret = typed.secret, .opens = typed.opens}, by, now);
}

Result<CredentialVersion> store_generated(db::Transaction& tx, secrets::SecretStore& store,
                                          const ServiceAccount& account, const SecretString& secret,
                                          PasswordOrigin origin, const By& by, Timestamp now) {
  const CredentialVersion* base = account.active();
  const CredentialVersion* waiting = account.pending();
  // A twin at rest has none that has signed in: what was typed for it says where its passwords may go.
  if (base == nullptr && account.twin) base = waiting;
  if (base == nullptr) {
    return fail(Error(ConnectionsError::no_password, "no password of " + account.name + " has signed in yet")
                    .with_remedy("type one and test a connection: mailward account password"));
  }
  // The row's list alone proves nothing: what it was sealed with is where the next one may go.
  MW_CHECK(open(tx, store, account, *base));
  CredentialVersion version;
  version.destinations = base->destinations;
  version.origin = origin;
  if (waiting != nullptr) {
    if (!waiting->refused && waiting != base) {
      return fail(Error(ConnectionsError::account_busy, "a new password of " + account.name + " waits to be proven")
                      .with_remedy("test a connection of it first: mailward connection test"));
    }
    MW_CHECK(drop(tx, store, *waiting));
  }
  return store_version(tx, store, account, {.version = std::move(version), .secret = secret, .opens = {}}, by, now);
}

Status bind_to(db::Transaction& tx, secrets::SecretStore& store, const ServiceAccount& account,
               const std::string& destination) {
  bool any = false;
  for (const CredentialVersion& version : account.credentials) {
    if (version.state == CredentialState::previous) continue;
    any = true;
    if (lists(version, destination)) continue;
    MW_TRY(const SecretString secret, open(tx, store, account, version));
    std::vector<std::string> destinations = version.destinations;
    destinations.push_back(destination);
    std::ranges::sort(destinations);
    MW_TRY(
        const auto sealed,
        store.put(tx, kPurpose, sealing_context(account.id, account.normalised, version.number, destinations), secret));
    MW_CHECK(rows::reseal(tx, version.id, destinations, sealed));
    MW_CHECK(store.remove(tx, version.secret));
  }
  if (any) return {};
  return fail(Error(ConnectionsError::no_password, "no password of " + account.name + " is stored")
                  .with_remedy("type one: mailward account password"));
}

Status drop(db::Transaction& tx, secrets::SecretStore& store, const CredentialVersion& version) {
  MW_CHECK(tx.execute("DELETE FROM credential_version WHERE id = $1", {version.id}));
  return store.remove(tx, version.secret);
}

Status drop_all(db::Transaction& tx, secrets::SecretStore& store, const ServiceAccount& account) {
  for (const CredentialVersion& version : account.credentials) MW_CHECK(drop(tx, store, version));
  return secrets::forget_secret(tx, kPurpose, account.id.text());
}

}  // namespace mailward::connections::credentials
