#include "base/bytes.h"
#include "directory/directory.h"
#include "directory/directory_state.h"

namespace mailward::directory {

namespace {

/// The entry above: without its first part. A comma inside a name is escaped (RFC 4514).
std::string parent_of(const std::string& dn) {
  for (std::size_t at = 0; at < dn.size(); ++at) {
    if (dn[at] == '\\') {
      ++at;
    } else if (dn[at] == ',') {
      return dn.substr(at + 1);
    }
  }
  return {};
}

}  // namespace

Result<std::string> Directory::pdc_emulator(Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(const std::string base, state_->base_of(*session.connection));
  MW_TRY(const auto heads, session.connection->search({.base = base, .attributes = {"fSMORoleOwner"}}));
  const std::string owner = heads.empty() ? std::string() : heads.front().first("fsmoroleowner");
  if (owner.empty()) return fail(DirectoryError::not_found, "the domain does not show who its PDC emulator is");
  // The role is held by the settings object below the server's.
  const std::string server = parent_of(owner);
  MW_TRY(const auto servers, session.connection->search({.base = server, .attributes = {"dNSHostName"}}));
  const std::string host = servers.empty() ? std::string() : servers.front().first("dnshostname");
  if (host.empty())
    return fail(DirectoryError::not_found, "the PDC emulator's host is not shown: " + printable(server));
  return lower_case(host);
}

}  // namespace mailward::directory
