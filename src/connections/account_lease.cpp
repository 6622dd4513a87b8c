#include "connections/account_lease.h"

#include <chrono>

#include "base/id.h"
#include "work/leases.h"
#include "work/run.h"

namespace mailward::connections {

namespace {

using EditId = Id<struct EditTag>;
/// Never seen outside the transaction.
constexpr std::chrono::seconds kSpan(30);

}  // namespace

std::string account_lease_name(std::string_view name) {
  return "account/" + std::string(name);
}

Status check_account_idle(db::Transaction& tx, std::string_view normalised_name, Timestamp now) {
  MW_CHECK(check_not_rotating(tx, normalised_name));
  const std::string name = account_lease_name(normalised_name);
  const auto lease = work::leases::acquire(tx, name, "edit/" + EditId::make().text(), kSpan, now);
  if (lease) return work::leases::release(tx, *lease);
  if (!lease.error().is(work::WorkError::lease_taken)) return fail(lease.error());
  return fail(Error(ConnectionsError::account_busy, "a test, an edit or a rotation of this account is under way")
                  .with_remedy("repeat it in a moment, or cancel the test")
                  .caused_by(lease.error()));
}

Status check_not_rotating(db::Session& session, std::string_view normalised_name) {
  MW_TRY(const auto row,
         session.query_row("SELECT rotation.run_id FROM rotation JOIN service_account ON service_account.id = "
                           "rotation.account_id WHERE service_account.normalised = $1 AND rotation.ended IS NULL AND "
                           "rotation.mode <> 'manual'",
                           {normalised_name}));
  if (!row) return {};
  const std::string run = row->id<work::RunId>(0).text();
  return fail(Error(ConnectionsError::account_busy, "a rotation of this account's password has not ended: " + run)
                  .with_remedy("wait for its end; mailward rotation show " + run + " says what it waits for"));
}

}  // namespace mailward::connections
