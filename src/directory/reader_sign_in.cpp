#include <algorithm>
#include <array>

#include "directory/directory_state.h"

namespace mailward::directory {
namespace {

using kerberos::KerberosError;

struct Refusal {
  KerberosError kerberos;
  DirectoryError directory;
};
constexpr std::array<Refusal, 10> kRefusals{{
    {KerberosError::bad_password, DirectoryError::bad_password},
    {KerberosError::unknown_user, DirectoryError::unknown_user},
    {KerberosError::not_allowed_now, DirectoryError::logon_not_allowed},
    {KerberosError::password_expired, DirectoryError::password_expired},
    {KerberosError::account_disabled, DirectoryError::account_disabled},
    {KerberosError::account_expired, DirectoryError::account_expired},
    {KerberosError::must_change_password, DirectoryError::must_change_password},
    {KerberosError::account_locked, DirectoryError::account_locked},
    {KerberosError::account_revoked, DirectoryError::account_revoked},
    // Nothing was tried.
    {KerberosError::unreachable, DirectoryError::unreachable},
}};

/// A refusal by Kerberos as one of the directory's, so that whoever counts refusals knows it; others as they are.
Error as_refusal(Error error) {
  for (const Refusal& known : kRefusals) {
    if (!error.is(known.kerberos)) continue;
    const bool refused = known.directory != DirectoryError::unreachable;
    const std::string words = refused ? "the controller refuses the sign-in: " : "no controller gives tickets: ";
    return Error(known.directory, words + error.message()).with_remedy(error.remedy());
  }
  return error;
}

}  // namespace

Status Directory::State::sign_in(LdapConnection& connection, const Controller& controller, IpAddress address,
                                 Deadline deadline, const std::stop_token& stop) const {
  if (settings.sign_in_by == SignInBy::simple) return connection.bind(settings.reader_name, settings.reader_password);
  if (!settings.realm) return fail(BaseError::invalid_argument, "a sign-in by Kerberos wants a realm");
  MW_TRY(kerberos::Settings realm, settings.realm(deadline));
  // Another controller may not know a new password yet, and would count it.
  auto& kdcs = realm.home.controllers;
  const auto here = std::ranges::find(kdcs, address, &SocketAddress::ip);
  if (here != kdcs.end()) std::rotate(kdcs.begin(), here, here + 1);
  auto tickets = kerberos::acquire(realm, settings.reader_name, settings.reader_password, deadline, stop);
  if (!tickets) return fail(as_refusal(std::move(tickets).error()));
  MW_TRY(const auto ticket, kerberos::fetch_service_ticket(*tickets, "ldap", controller.host, deadline, stop));
  return connection.bind(*tickets, ticket);
}

}  // namespace mailward::directory
