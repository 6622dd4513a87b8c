#pragma once

#include "http/router.h"

namespace mailward::exchange_sim {

class Simulator;

/// /control/throttling and /control/journal-rules: what an organisation's administrator would set in mid-run. The
/// simulator outlives the router.
void add_running_organisation_routes(http::Router& router, Simulator& simulator);

}  // namespace mailward::exchange_sim
