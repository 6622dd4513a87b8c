#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/id.h"
#include "db/session.h"
#include "renewal/inventory_kinds.h"
#include "renewal/renewal_error.h"
#include "renewal/renewal_states.h"
#include "work/run.h"

namespace mailward::renewal {

using RenewalId = Id<struct RenewalTag>;

/// One secret of a plan, in its place (table renewal_item).
struct RenewalItem {
  std::int64_t position = 0;  ///< 1, 2, 3 …
  std::string kind;
  std::string secret;  ///< its id within the kind
  std::string opens;
  Way way = Way::by_person;
  std::int64_t times = 1;       ///< how often it is to be renewed
  std::int64_t done_times = 0;  ///< how often it has been
  std::int64_t attempt = 0;     ///< rises with each intent: names what was begun
  ItemState state = ItemState::planned;
  std::string reason;  ///< why it stands in this place, and why so often
  std::string how;
  std::string command;
  std::string page;
  std::string before = "{}";  ///< JSON: created, version, set_by … as it stood when its turn came
  std::string after = "{}";   ///< JSON: the same, afterwards
  std::string proof = "{}";   ///< JSON: what shows it
  std::string why;            ///< why it failed, or what is not as it should be
  std::string remedy;
  std::optional<work::RunId> run;  ///< the rotation that was last begun for it
  std::optional<Timestamp> begun;
  std::optional<Timestamp> ended;
};

/// A plan to renew everything, as it is written down (table renewal).
struct Renewal {
  RenewalId id;
  RenewalState state = RenewalState::ready;
  std::vector<std::string> kinds;  ///< asked for; empty: all
  std::string asked_by;            ///< actors' text forms
  bool needs_approval = false;
  std::string approved_by;
  std::optional<Timestamp> approved;
  std::string started_by;
  std::optional<Timestamp> started;
  std::optional<work::RunId> run;  ///< the pass that was last begun
  std::string why;                 ///< why it ended, or why its approval is void
  Timestamp created;
  Timestamp updated;
  std::optional<Timestamp> ended;
  std::vector<RenewalItem> items;  ///< in order; list() leaves them out
};

namespace renewal_rows {

/// With its items. Errors: already_open where another plan is.
Status insert(db::Transaction& tx, const Renewal& renewal);
/// With its items. Errors: unknown_renewal.
Result<Renewal> get(db::Session& session, RenewalId id, std::string_view lock = {});
/// The plan that has not ended, with its items.
Result<std::optional<Renewal>> open(db::Session& session);
/// The newest first.
Result<std::vector<Renewal>> list(db::Session& session, std::size_t limit);
/// Writes all fields but the items, and the state only as the table of transitions allows it from the one that stands.
/// Errors: illegal_transition where it does not, or somebody else moved it.
Status update(db::Transaction& tx, const Renewal& renewal, RenewalState from);
/// Writes one item, likewise.
Status update(db::Transaction& tx, RenewalId id, const RenewalItem& item, ItemState from);

}  // namespace renewal_rows

}  // namespace mailward::renewal
