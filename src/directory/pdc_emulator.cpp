#include "directory/directory.h"
#include "directory/directory_state.h"

namespace mailward::directory {
namespace {

/// What lies above an entry (RFC 4514); empty where nothing does.
std::string_view parent_of(std::string_view dn) {
  for (std::size_t at = 0; at < dn.size(); ++at) {
    if (dn[at] == '\\') {
      ++at;
    } else if (dn[at] == ',') {
      return dn.substr(at + 1);
    }
  }
  return {};
}

/// One attribute of one entry; empty where either is absent.
Result<std::string> read_one(LdapConnection& connection, std::string dn, const std::string& attribute,
                             std::string_view key) {
  MW_TRY(const auto entries, connection.search({.base = std::move(dn), .attributes = {attribute}}));
  return entries.empty() ? std::string() : entries.front().first(key);
}

}  // namespace

Result<std::string> Directory::pdc_emulator(Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(const Entry root, read_root(*session.connection));
  // The role is the domain's, whatever part of it the settings search.
  const std::string& domain = root.first("defaultnamingcontext");
  if (domain.empty())
    return fail(DirectoryError::protocol, "the controller names no domain; this is no Active Directory");
  MW_TRY(const std::string owner, read_one(*session.connection, domain, "fSMORoleOwner", "fsmoroleowner"));
  // The owner is the NTDS Settings below the controller's server object, which knows its name.
  const std::string server(parent_of(owner));
  if (server.empty()) return fail(DirectoryError::not_found, printable(domain) + " names no PDC emulator");
  MW_TRY(std::string host, read_one(*session.connection, server, "dNSHostName", "dnshostname"));
  if (host.empty()) {
    return std::unexpected(
        Error(DirectoryError::not_found, "the PDC emulator of " + printable(domain) + ", " + printable(server) +
                                             ", names no host: it may have been removed")
            .with_remedy("look who holds the role (netdom query fsmo), and seize it where its owner is gone"));
  }
  return host;
}

}  // namespace mailward::directory
