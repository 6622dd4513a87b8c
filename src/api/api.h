#pragma once

#include <memory>
#include <optional>
#include <string>

#include <sys/types.h>

#include "audit/trail.h"
#include "base/clock.h"
#include "connections/ledger.h"
#include "connections/test_runs.h"
#include "db/database.h"
#include "http/router.h"
#include "secrets/keyring.h"
#include "work/runs.h"

namespace mailward::api {

class RunWatch;

/// What the API stands on. All must outlive the router that is made of them.
struct Parts {
  connections::Ledger& ledger;
  connections::TestRuns& tests;
  work::Runs& runs;
  db::Database& database;
  secrets::Keyring& keyring;
  const RunWatch& watch;
  const Clock& clock;
  std::string version;
  Timestamp started;
  /// Whose members may use the local socket, beside root and the service's own user.
  std::optional<gid_t> socket_group;
};

/// The whole REST API below /api/v1. Each request: admitted by its peer, given a request id (answered as X-Request-Id),
/// its right checked from the route table, its body read within limits, its error answered as application/problem+json,
/// and one line in the log.
std::shared_ptr<const http::Router> make_router(Parts parts);

}  // namespace mailward::api
