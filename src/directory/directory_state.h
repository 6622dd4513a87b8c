#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "directory/bind_gate.h"
#include "directory/directory.h"
#include "directory/ldap_connection.h"

namespace mailward::directory {

/// A connection that is signed in, and whose it is.
struct Session {
  std::unique_ptr<LdapConnection> connection;
  std::string controller;
};

enum class SignIn { reader, anonymous };

struct Directory::State {
  Settings settings;
  const Resolver& resolver;
  DestinationPolicy destinations;
  const Clock& time;
  BindGate gate;

  /// To one controller.
  Result<Session> open(const Controller& controller, SignIn sign_in, Deadline deadline, const std::stop_token& stop);
  /// To the first that can be had; a refused reader is not tried elsewhere.
  Result<Session> open_any(SignIn sign_in, Deadline deadline, const std::stop_token& stop);
  /// Those of the settings, discovered where they are to be: at least one. What cannot be discovered is passed over
  /// while others are left. Errors: NameError, invalid_argument.
  Result<std::vector<Controller>> controllers(Deadline deadline) const;
  /// One of them, by its host. Errors: invalid_argument.
  Result<Controller> controller_named(std::string_view host, Deadline deadline) const;
  /// As the reader, by the way that the settings say, to the controller at that address. One try of the password.
  Status sign_in(LdapConnection& connection, const Controller& controller, IpAddress address, Deadline deadline,
                 const std::stop_token& stop) const;
  /// The settings' base or the controller's.
  Result<std::string> base_of(LdapConnection& connection) const;
};

/// The rootDSE.
Result<Entry> read_root(LdapConnection& connection);
/// Gives insufficient_rights the command that delegates the right ("CA;Reset Password") on the account to the reader as
/// its remedy; leaves other errors as they are.
Error with_delegation(Error error, const Account& account, const std::string& reader, std::string_view right);
/// The policy in a domain's entry or in a password settings object.
LockoutPolicy domain_policy_of(const Entry& entry);

}  // namespace mailward::directory
