#pragma once

#include <string>
#include <string_view>

#include "db/database.h"
#include "work/error.h"

namespace mailward::work {

/// A named right to act alone, until it expires.
struct Lease {
  std::string name;
  std::string holder;
  /// Rises with each change of hands: to fence off writes of a former holder.
  std::int64_t token = 0;
  Timestamp expires;
};

/// Leases in the database, by the wall clock (of all hosts that share it; keep spans far above their skew). Static and
/// thread-safe. `holder` must differ for any two that may not both act: a process's name alone is not enough for two
/// threads.
namespace leases {

/// Gets the lease if it is free or expired. Errors: lease_taken (the message says until when; not who, to a stranger).
Result<Lease> acquire(db::Transaction& tx, std::string_view name, std::string_view holder, Duration span,
                      Timestamp now);
/// Prolongs a lease that is still ours, even if it expired meanwhile and nobody took it. Errors: lease_taken.
Result<Lease> renew(db::Transaction& tx, const Lease& lease, Duration span, Timestamp now);
/// Whether it is still ours and has not expired; locks the row, so that it stays so within the transaction if the
/// holder checks before it writes.
Result<bool> still_held(db::Transaction& tx, const Lease& lease, Timestamp now);
/// Gives it back; nothing happens if it passed to another.
Status release(db::Transaction& tx, const Lease& lease);

}  // namespace leases

}  // namespace mailward::work
