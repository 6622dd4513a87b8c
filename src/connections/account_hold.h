#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "db/database.h"
#include "work/leases.h"

namespace mailward::connections {

/// The right to act on an account alone, under each name that it has: the leases "account/<name>", held until this
/// object goes. For one thread.
class AccountHold {
 public:
  /// `holder` differs for any two that may not both act.
  AccountHold(db::Database& database, std::string holder, const Clock& clock);
  ~AccountHold();
  AccountHold(const AccountHold&) = delete;
  AccountHold& operator=(const AccountHold&) = delete;

  /// `name` is the normalised name, or "sid:S-1-…". Nothing happens where it is held already. Errors:
  /// WorkError::lease_taken, also while a rotation keeps the account's sign-in door closed; DbError.
  Status take(std::string_view name);
  /// Gives it all back with the transaction that writes down what was done: whoever hears of that can act at once.
  /// This object gives back what it still holds, where the transaction is lost.
  Status give_back(db::Transaction& tx) const;

 private:
  db::Database& database_;
  const std::string holder_;
  const Clock& clock_;
  std::vector<work::Lease> leases_;
};

}  // namespace mailward::connections
