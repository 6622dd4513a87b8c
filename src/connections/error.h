#pragma once

#include <string_view>

#include "base/error.h"

namespace mailward::connections {

enum class ConnectionsError {
  unknown_connection,
  unknown_account,
  unknown_directory,
  /// A field of a form does not hold; check_form() names each.
  invalid_form,
  /// Somebody else saved in the meantime: the version given is not the one that stands.
  version_conflict,
  /// Another entity of that name or address stands there already.
  already_exists,
  /// Something depends on it; the message says what.
  in_use,
  /// The stored password was typed for other destinations than this one: it must be typed again.
  password_must_be_typed,
  /// The password would go elsewhere than the person who typed it was shown; the message says what differs.
  destination_changed,
  no_password,
  /// The typed password looks mistyped (line end, outer spaces, letters that Basic garbles) and nobody confirmed it.
  suspicious_password,
  /// A test, an edit or a rotation of this account is under way.
  account_busy,
  account_disabled,
  connection_disabled,
  unknown_rotation,
  /// A rotation cannot go from the state that it is in to that one.
  illegal_transition,
  /// Nothing is set up that could rotate this password by itself; the message says what is missing.
  cannot_rotate,
  /// What hands over the account's passwords did not, or handed over what is none; the message never holds it.
  external_source,
  /// The proxy refused this password earlier: it is not tried again unless a person asks for it.
  proxy_refused,
  /// The proxy's password was shown, and nobody knows what came of it, or it was refused and had been taken before: it
  /// is not shown again for some minutes.
  proxy_in_doubt,
  /// A call waited at the closed sign-in door for longer than a call is held.
  gate_timeout,
  /// The account's password was refused: nobody signs in with it before another is in force.
  account_parked,
};
std::string_view error_subject(ConnectionsError code);
std::string_view error_name(ConnectionsError code);

}  // namespace mailward::connections
