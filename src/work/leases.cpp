#include "work/leases.h"

namespace mailward::work::leases {

Result<Lease> acquire(db::Transaction& tx, std::string_view name, std::string_view holder, Duration span,
                      Timestamp now) {
  // The row stays when a lease is given back, so that the token only rises.
  MW_TRY(const auto row,
         tx.query_row(
             "INSERT INTO lease (name, holder, token, expires) VALUES ($1, $2, 1, $3) ON CONFLICT (name) DO UPDATE "
             "SET holder = excluded.holder, token = lease.token + 1, expires = excluded.expires "
             "WHERE lease.expires <= $4 RETURNING token",
             {name, holder, now + span, now}));
  if (row)
    return Lease{
        .name = std::string(name), .holder = std::string(holder), .token = row->integer(0), .expires = now + span};
  MW_TRY(const auto taken, tx.query_row("SELECT expires FROM lease WHERE name = $1", {name}));
  std::string until = taken ? format_timestamp(taken->time(0)) : "a moment ago";
  return fail(WorkError::lease_taken, "'" + std::string(name) + "' is held by another until " + until);
}

Result<Lease> renew(db::Transaction& tx, const Lease& lease, Duration span, Timestamp now) {
  MW_TRY(const std::int64_t changed,
         tx.execute("UPDATE lease SET expires = $4 WHERE name = $1 AND holder = $2 AND token = $3 AND expires > 0",
                    {lease.name, lease.holder, lease.token, now + span}));
  if (changed == 0) return fail(WorkError::lease_taken, "'" + lease.name + "' has passed to another or was given back");
  Lease renewed = lease;
  renewed.expires = now + span;
  return renewed;
}

Result<bool> still_held(db::Transaction& tx, const Lease& lease, Timestamp now) {
  MW_TRY(const auto row,
         tx.query_row("SELECT 1 FROM lease WHERE name = $1 AND holder = $2 AND token = $3 AND expires > $4" +
                          std::string(tx.lock_rows()),
                      {lease.name, lease.holder, lease.token, now}));
  return row.has_value();
}

Status release(db::Transaction& tx, const Lease& lease) {
  MW_CHECK(tx.execute("UPDATE lease SET expires = 0 WHERE name = $1 AND holder = $2 AND token = $3",
                      {lease.name, lease.holder, lease.token}));
  return {};
}

}  // namespace mailward::work::leases
