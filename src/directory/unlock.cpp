#include <algorithm>

#include "base/bytes.h"
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

Result<bool> Directory::may_unlock(const Account& account, Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(const auto entries,
         session.connection->search(
             {.base = account.dn, .attributes = {"allowedAttributes", "allowedAttributesEffective"}, .limit = 1}));
  // Nothing that may be written is shown like nothing that is known: the list of all tells them apart.
  if (entries.empty() || !entries.front().has("allowedattributes")) {
    return fail(DirectoryError::insufficient_rights,
                "the controller does not say what may be written of " + printable(account.dn));
  }
  return std::ranges::any_of(entries.front().all("allowedattributeseffective"),
                             [](const std::string& name) { return lower_case(name) == "lockouttime"; });
}

}  // namespace mailward::directory
