#include "connections/account_hold.h"

#include <algorithm>

#include "base/log.h"
#include "connections/account_lease.h"

namespace mailward::connections {
namespace {

/// Longer than any test, so that nobody takes the account from one that still runs.
constexpr std::chrono::seconds kSpan{90};

}  // namespace

AccountHold::AccountHold(db::Database& database, std::string holder, const Clock& clock)
    : database_(database), holder_(std::move(holder)), clock_(clock) {}

AccountHold::~AccountHold() {
  if (leases_.empty()) return;
  const Status released = database_.transaction([&](db::Transaction& tx) -> Status {
    for (const work::Lease& lease : leases_) MW_CHECK(work::leases::release(tx, lease));
    return {};
  });
  if (!released) log::failure("account.lease_not_released", released.error());
}

Status AccountHold::take(std::string_view name) {
  const std::string lease_name = account_lease_name(name);
  if (std::ranges::any_of(leases_, [&](const work::Lease& one) { return one.name == lease_name; })) return {};
  MW_TRY(auto lease, database_.transaction([&](db::Transaction& tx) {
    return work::leases::acquire(tx, lease_name, holder_, kSpan, clock_.now());
  }));
  leases_.push_back(std::move(lease));
  return {};
}

}  // namespace mailward::connections
