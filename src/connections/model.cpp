#include "connections/model.h"

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "connections/error.h"

namespace mailward::connections {

namespace {

constexpr std::array kConnectionStates = {ConnectionState::untested, ConnectionState::healthy,
                                          ConnectionState::degraded, ConnectionState::needs_credential,
                                          ConnectionState::failing,  ConnectionState::disabled};

const CredentialVersion* find_state(const std::vector<CredentialVersion>& credentials, CredentialState state) {
  const auto found = std::ranges::find(credentials, state, &CredentialVersion::state);
  return found == credentials.end() ? nullptr : &*found;
}

}  // namespace

std::string_view name_of(ConnectionState state) {
  switch (state) {
    case ConnectionState::untested:
      return "untested";
    case ConnectionState::healthy:
      return "healthy";
    case ConnectionState::degraded:
      return "degraded";
    case ConnectionState::needs_credential:
      return "needs_credential";
    case ConnectionState::failing:
      return "failing";
    case ConnectionState::disabled:
      return "disabled";
  }
  return "unknown";
}

Result<ConnectionState> parse_connection_state(std::string_view name) {
  for (const ConnectionState state : kConnectionStates) {
    if (name_of(state) == name) return state;
  }
  return fail(ConnectionsError::invalid_form, "'" + printable(name, 40) + "' is no state of a connection");
}

std::string_view name_of(CredentialState state) {
  switch (state) {
    case CredentialState::pending:
      return "pending";
    case CredentialState::active:
      return "active";
    case CredentialState::previous:
      return "previous";
  }
  return "unknown";
}

std::string_view name_of(PasswordOrigin origin) {
  switch (origin) {
    case PasswordOrigin::typed:
      return "typed";
    case PasswordOrigin::generated:
      return "generated";
    case PasswordOrigin::fetched:
      return "fetched";
  }
  return "unknown";
}

bool CredentialVersion::was_replaced(std::optional<Timestamp> shown) const {
  if (!shown) return false;
  if (pwd_last_set) return *shown > *pwd_last_set;
  // By the clocks of two machines.
  constexpr std::chrono::seconds kClockDoubt{2};
  return promoted && *shown > *promoted + kClockDoubt;
}

const CredentialVersion* ServiceAccount::pending() const {
  return find_state(credentials, CredentialState::pending);
}
const CredentialVersion* ServiceAccount::active() const {
  return find_state(credentials, CredentialState::active);
}

}  // namespace mailward::connections
