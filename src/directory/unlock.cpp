#include "directory/directory.h"
#include "directory/directory_state.h"

namespace mailward::directory {

Status Directory::unlock(const Account& account, Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  std::vector<Change> changes;
  changes.push_back({.kind = Change::Kind::replace, .attribute = "lockoutTime", .value = SecretString("0")});
  if (Status lifted = session.connection->modify(account.dn, changes); !lifted) {
    return fail(with_delegation(std::move(lifted).error(), account, state_->settings.reader_name, "RPWP;lockoutTime"));
  }
  return {};
}

}  // namespace mailward::directory
