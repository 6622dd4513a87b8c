#include "connections/account_hold.h"

#include <algorithm>

#include "base/log.h"
#include "connections/account_lease.h"
#include "connections/rotation_rows.h"

namespace mailward::connections {
namespace {

/// Longer than any test, so that nobody takes the account from one that still runs.
constexpr std::chrono::seconds kSpan{90};

/// A password that is being replaced is not tried meanwhile.
Status check_door_open(db::Session& session, std::string_view name) {
  MW_TRY(const auto row,
         session.query_row("SELECT rotation.state, rotation.mode FROM rotation JOIN service_account ON "
                           "service_account.id = rotation.account_id WHERE service_account.normalised = $1 AND "
                           "rotation.ended IS NULL",
                           {name}));
  if (!row || row->text(1) == name_of(RotationMode::manual)) return {};  // that one tests by itself
  MW_TRY(const RotationState state, parse_rotation_state(row->text(0)));
  if (info_of(state).door == Door::open) return {};
  return fail(work::WorkError::lease_taken, "the account's password is being renewed");
}

}  // namespace

AccountHold::AccountHold(db::Database& database, std::string holder, const Clock& clock)
    : database_(database), holder_(std::move(holder)), clock_(clock) {}

AccountHold::~AccountHold() {
  if (leases_.empty()) return;
  const Status released = database_.transaction([&](db::Transaction& tx) { return give_back(tx); });
  if (!released) log::failure("account.lease_not_released", released.error());
}

Status AccountHold::give_back(db::Transaction& tx) const {
  for (const work::Lease& lease : leases_) MW_CHECK(work::leases::release(tx, lease));
  return {};
}

Status AccountHold::take(std::string_view name) {
  const std::string lease_name = account_lease_name(name);
  if (std::ranges::any_of(leases_, [&](const work::Lease& one) { return one.name == lease_name; })) return {};
  MW_TRY(auto lease, database_.transaction([&](db::Transaction& tx) -> Result<work::Lease> {
    MW_CHECK(check_door_open(tx, name));
    return work::leases::acquire(tx, lease_name, holder_, kSpan, clock_.now());
  }));
  leases_.push_back(std::move(lease));
  return {};
}

}  // namespace mailward::connections
