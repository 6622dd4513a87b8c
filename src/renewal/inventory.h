#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "audit/trail.h"
#include "connections/ledger.h"
#include "renewal/inventory_kinds.h"
#include "renewal/renewal_error.h"
#include "secrets/inventory.h"

namespace mailward::renewal {

/// The id of the console's key where Mailward made it; an administrator's own has "files".
inline constexpr std::string_view kSelfSigned = "self-signed";

/// A secret that is held: what its room recorded, and what follows from its kind. Never the secret.
struct HeldSecret {
  secrets::SecretRecord record;
  const KindInfo* kind = nullptr;  ///< lives as long as the program
  Way way = Way::by_person;
  std::string how;           ///< a sentence: how this one is renewed
  std::string command;       ///< the command line for it; empty: none
  std::string page;          ///< the console's page; empty: none
  std::int64_t version = 0;  ///< of a service account's password; 0: not counted
  /// Whose making a service account's password is; nothing for another secret.
  std::optional<connections::PasswordOrigin> origin;
  std::optional<Timestamp> due;
  std::string due_by;  ///< what says so: "its own expiry", "the greatest age of its kind, 90 days"; empty: nothing

  bool is_due(Timestamp now) const { return due && *due <= now; }
};

/// What the house says of secrets, over what the table of kinds says.
struct HousePolicy {
  /// By kind; 0: no greatest age.
  std::map<std::string, std::chrono::days, std::less<>> greatest_ages;
  /// Whether a plan to renew everything waits for another administrator than the one who asked.
  bool approval = false;
  /// Somebody has switched that off: it is demanded until then all the same (kApprovalOutlasts).
  std::optional<Timestamp> approval_until;
};

/// So long approval is demanded still after somebody has switched it off, so that no one person can do without a
/// second; every administrator who subscribes is told at once.
inline constexpr std::chrono::days kApprovalOutlasts{7};

/// What is to be changed; the rest stays.
struct PolicyChange {
  std::map<std::string, std::chrono::days, std::less<>> greatest_ages;
  std::optional<bool> approval;
};

/// Every secret that Mailward holds, with how it is renewed and when it is due. Thread-safe.
///
/// A secret's line is its room's (secrets/inventory.h); a service account's age is that of the password in force, not
/// of one that waits to be proven, and what it opens is what the account does now, not what it did when that was set.
class Inventory {
 public:
  Inventory(db::Database& database, const connections::Ledger& ledger, const audit::Trail& trail, const Clock& clock)
      : database_(database), ledger_(ledger), trail_(trail), clock_(clock) {}

  /// What is due first, first; then what has no date, by kind and what it opens. Errors: DbError.
  Result<std::vector<HeldSecret>> list() const;
  /// Nothing where there is none of that kind and id.
  Result<std::optional<HeldSecret>> find(std::string_view kind, std::string_view id) const;

  Result<HousePolicy> policy() const;
  /// What stands then. Errors: invalid_form for an age beyond ten years, or of a kind that has none (Way::stays).
  Result<HousePolicy> change_policy(const PolicyChange& change, const audit::By& by) const;

 private:
  db::Database& database_;
  const connections::Ledger& ledger_;
  const audit::Trail& trail_;
  const Clock& clock_;
};

}  // namespace mailward::renewal
