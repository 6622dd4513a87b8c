#pragma once

#include <memory>

#include "http/router.h"

namespace mailward::exchange_sim {

class Simulator;

/// The control API: plain HTTP with JSON on loopback, for tests and the demo. README.md lists its routes. It must never
/// be reachable from elsewhere: it sets passwords.
std::shared_ptr<const http::Router> make_control_routes(Simulator& simulator);

}  // namespace mailward::exchange_sim
