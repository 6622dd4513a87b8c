#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "access/access.h"
#include "connections/rotations.h"
#include "renewal/inventory.h"
#include "renewal/renewal_rows.h"
#include "secrets/keyring.h"
#include "secrets/recovery_file.h"
#include "work/runs.h"

namespace mailward::renewal {

/// The kind of its runs, whose subject is "renewal:<id>".
inline constexpr std::string_view kRenewalRun = "renewal";
/// So long a plan waits to be approved and started.
inline constexpr std::chrono::days kPlanWaits{7};

/// Renews every secret that is held, in one ordered plan that outlives a restart.
///
/// A plan is made, approved where the house demands it (HousePolicy::approval), started, and run item by item on a
/// thread of its own. Each pass is a run (kRenewalRun) whose steps appear as they end. Before each effect its intent is
/// written down; after a kill, resume() finds what has come of it. What a person must renew is waited for, and noticed
/// by itself. Every change stands in the audit trail. Thread-safe.
///
/// Approval is given by another administrator than the one who asked, both by name: the local socket knows system users
/// and not people, so there both prove who they are. It is void when the approver cannot administer any more before the
/// plan is started.
class Renewals {
 public:
  struct Parts {
    db::Database& database;
    secrets::Keyring& keyring;
    const audit::Trail& trail;
    work::Runs& runs;
    connections::Rotations& rotations;
    access::Access& access;
    const Inventory& inventory;
    const Clock& clock;
    /// Makes the console's self-signed certificate anew; its fingerprint. Empty where none is served.
    std::function<Result<std::string>()> make_certificate = {};
    /// How long an account that something uses is waited for.
    std::chrono::seconds busy_wait{120};
    /// How long a rotation is followed; it goes on by itself then.
    std::chrono::minutes rotation_wait{30};
  };
  explicit Renewals(Parts parts);
  ~Renewals();
  Renewals(const Renewals&) = delete;
  Renewals& operator=(const Renewals&) = delete;

  /// What a plan would hold; nothing is written down. Errors: invalid_form, nothing_to_renew.
  Result<std::vector<RenewalItem>> preview(const std::vector<std::string>& kinds) const;
  /// Writes the plan down. `asker` is the person who asks, where `by` does not say it. Errors: also already_open.
  Result<Renewal> create(const std::vector<std::string>& kinds, const audit::By& by,
                         const std::optional<access::User>& asker = std::nullopt);
  /// `approver` approves. Errors: unknown_renewal, illegal_transition, not_the_approver.
  Result<Renewal> approve(RenewalId id, const access::User& approver, const audit::By& by);
  /// Begins and returns at once. Errors: unknown_renewal, illegal_transition, approval_needed, approval_void.
  Result<Renewal> start(RenewalId id, const audit::By& by);
  /// Tries anew what failed. Errors: unknown_renewal; approval_needed where it was started without, and it is demanded
  /// since; illegal_transition where nothing failed, or it runs.
  Result<Renewal> retry(RenewalId id, const audit::By& by);
  /// Ends it; what is not renewed stays as it is. Errors: unknown_renewal; illegal_transition where it runs or has
  /// ended.
  Result<Renewal> close(RenewalId id, const audit::By& by);
  /// At start, before Runs::interrupt_orphans(), and now and then: goes on with what a killed process has left; notices
  /// what people have renewed, approvers who left, and plans that waited for too long.
  Status resume();

  /// Errors: unknown_renewal.
  Result<Renewal> get(RenewalId id) const;
  /// The newest first, without their items.
  Result<std::vector<Renewal>> list(std::size_t limit) const;
  /// How many enabled administrators could approve what that actor asked for.
  Result<std::size_t> approvers(const std::string& asked_by) const;

  struct State;  ///< renewal_course.h

 private:
  std::unique_ptr<State> state_;
};

/// Whether the user may start and approve plans: he has both rights that they need, and need not choose a password
/// first.
bool administers(const access::User& user);

}  // namespace mailward::renewal
