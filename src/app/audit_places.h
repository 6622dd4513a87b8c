#pragma once

#include <vector>

#include "app/configuration.h"
#include "audit/forwarding.h"
#include "base/net.h"

namespace mailward::app {

/// The places of [audit] forward, with what their files hold. `resolver` must outlive them. Errors: ConfigurationError.
Result<std::vector<audit::Forwarding::To>> audit_places(const Configuration& configuration, const Resolver& resolver);

}  // namespace mailward::app
