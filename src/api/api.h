#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <sys/types.h>

#include "access/access.h"
#include "audit/forwarding.h"
#include "audit/head_keeper.h"
#include "audit/trail.h"
#include "audit/verification.h"
#include "base/clock.h"
#include "connections/heartbeats.h"
#include "connections/ledger.h"
#include "connections/rotation_schedule.h"
#include "connections/rotations.h"
#include "connections/test_runs.h"
#include "db/database.h"
#include "http/router.h"
#include "notify/channels.h"
#include "notify/deliveries.h"
#include "renewal/measures.h"
#include "renewal/renewals.h"
#include "secrets/keyring.h"
#include "secrets/recovery_file.h"
#include "work/runs.h"

namespace mailward::api {

class Watch;

/// What the API stands on. All must outlive the router that is made of them.
struct Parts {
  connections::Ledger& ledger;
  connections::TestRuns& tests;
  connections::Rotations& rotations;
  const connections::RotationSchedule& schedule;
  secrets::RecoveryFile& recovery;
  work::Runs& runs;
  connections::Heartbeats& heartbeats;
  renewal::Measures& measures;
  db::Database& database;
  secrets::Keyring& keyring;
  access::Access& access;
  notify::Channels& channels;
  notify::Deliveries& deliveries;
  const renewal::Inventory& inventory;
  renewal::Renewals& renewals;
  const audit::Trail& trail;
  const audit::HeadKeeper& head_keeper;
  const audit::Forwarding& forwarding;
  audit::Verifier& verifier;
  const Watch& runs_changed;
  const Watch& events;
  const Clock& clock;
  std::string version;
  Timestamp started;
  /// Whose members may use the local socket, beside root and the service's own user.
  std::optional<gid_t> socket_group;
  /// The names under which the console is reached, in lower case (SiteGuard).
  std::vector<std::string> site_names;
  /// Where a browser finds the console: "https://127.0.0.1:8443"; empty where it is served nowhere. Asked at each use,
  /// for the port may be chosen when the server starts.
  std::function<std::string()> console_url;
};

/// The whole REST API below /api/v1, and the console for what is not below it. Each request: admitted by its peer,
/// token or session; given a request id (the X-Request-Id that it came with, where that is a UUID; answered as such);
/// its right checked from the route table, its body read within limits, its error answered as application/problem+json,
/// and one line in the log. The same router serves the local socket and TCP.
std::shared_ptr<const http::Router> make_router(Parts parts);

}  // namespace mailward::api
