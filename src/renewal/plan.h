#pragma once

#include <span>
#include <string>
#include <vector>

#include "renewal/inventory.h"
#include "renewal/renewal_rows.h"

namespace mailward::renewal {

/// What is to be renewed, in order, with the reason of each place. Changes nothing. `only` names kinds; empty: all.
/// Errors: invalid_form for a kind that no secret and no table knows; nothing_to_renew.
Result<std::vector<RenewalItem>> make_plan(const std::vector<HeldSecret>& held, std::span<const std::string> only,
                                           Timestamp now);

/// How that secret is renewed as things stand now, and how many times, into its item: it may have changed since the
/// plan was made.
void take_way(RenewalItem& item, const HeldSecret& held);

/// What a report shows of a secret, as JSON: when it was made and by whom, its age in days, its version, its last use.
std::string description_of(const HeldSecret& held, Timestamp now);

/// Whether another secret stands there now than when `before` was written, and it was made after `since`.
bool is_another(const HeldSecret& held, const std::string& before, Timestamp since);

}  // namespace mailward::renewal
