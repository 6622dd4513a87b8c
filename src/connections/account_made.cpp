#include "connections/account_made.h"

#include "connections/form.h"
#include "connections/rows.h"

namespace mailward::connections {

Result<ServiceAccount> account_made(db::Transaction& tx, const std::string& name, const ServiceAccount& beside,
                                    const By& by, const Clock& clock) {
  MW_TRY(auto normalised, normalised_account_name(name));
  MW_TRY(const auto standing, rows::account_named(tx, normalised));
  if (standing) return rows::account(tx, *standing, tx.lock_rows());
  ServiceAccount made;
  made.id = AccountId::make(clock);
  made.version = 1;
  made.name = name;
  made.normalised = std::move(normalised);
  made.directory = beside.directory;
  made.created = made.updated = clock.now();
  MW_TRY(const bool inserted, rows::insert(tx, made, by.actor.text()));
  if (!inserted) return fail(ConnectionsError::already_exists, "a service account " + name + " was made meanwhile");
  return made;
}

}  // namespace mailward::connections
