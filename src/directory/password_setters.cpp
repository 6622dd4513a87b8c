#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "directory/attribute_values.h"
#include "directory/directory.h"
#include "directory/directory_state.h"
#include "directory/security_descriptor.h"

namespace mailward::directory {

namespace {

/// MS-DTYP 2.4.2.4: those that stand in no domain.
constexpr std::array<std::pair<std::string_view, std::string_view>, 10> kWellKnown{{
    {"S-1-1-0", "Everyone"},
    {"S-1-3-0", "CREATOR OWNER"},
    {"S-1-5-9", "NT AUTHORITY\\ENTERPRISE DOMAIN CONTROLLERS"},
    {"S-1-5-10", "NT AUTHORITY\\SELF"},
    {"S-1-5-11", "NT AUTHORITY\\Authenticated Users"},
    {"S-1-5-18", "NT AUTHORITY\\SYSTEM"},
    {"S-1-5-32-544", "BUILTIN\\Administrators"},
    {"S-1-5-32-545", "BUILTIN\\Users"},
    {"S-1-5-32-548", "BUILTIN\\Account Operators"},
    {"S-1-5-32-554", "BUILTIN\\Pre-Windows 2000 Compatible Access"},
}};

std::string_view reason_of(ResetBy way) {
  switch (way) {
    case ResetBy::reset_right:
      return "holds Reset Password on it";
    case ResetBy::full_control:
      return "has full control of it";
    case ResetBy::write_dac:
      return "may change its permissions, and so give himself the right";
    case ResetBy::write_owner:
      return "may make himself its owner, who may change its permissions";
    case ResetBy::ownership:
      return "owns it, and so may change its permissions";
    case ResetBy::no_list:
      return "it has no access list: everybody may do everything";
  }
  std::unreachable();
}

/// Where nobody is known by the SID, the SID.
Result<std::string> name_of_sid(LdapConnection& connection, const std::string& base, const std::string& sid) {
  for (const auto& [known, name] : kWellKnown) {
    if (known == sid) return std::string(name);
  }
  MW_TRY(const std::string binary, sid_binary(sid));
  MW_TRY(const auto found, connection.search({.base = base,
                                              .scope = Scope::subtree,
                                              .filter = "(objectSid=" + escape_filter(binary) + ")",
                                              .attributes = {"sAMAccountName"}}));
  const bool has_name = !found.empty() && found.front().has("samaccountname");
  return has_name ? found.front().first("samaccountname") : sid;
}

}  // namespace

Result<std::vector<PasswordSetter>> Directory::password_setters(const Account& account, Deadline deadline,
                                                                const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(const std::string base, state_->base_of(*session.connection));
  MW_TRY(const auto entries,
         session.connection->search(
             {.base = account.dn, .attributes = {"nTSecurityDescriptor"}, .limit = 1, .with_access_list = true}));
  if (entries.empty() || !entries.front().has("ntsecuritydescriptor")) {
    return fail(Error(DirectoryError::insufficient_rights,
                      "the reader may not read who has which right on " + printable(account.dn))
                    .with_remedy("let it read permissions there: dsacls \"" + printable(account.dn) + "\" /G \"" +
                                 printable(state_->settings.reader_name) + ":RC\""));
  }
  MW_TRY(const SecurityDescriptor descriptor, read_security_descriptor(entries.front().first("ntsecuritydescriptor")));
  std::map<std::string, std::string> names;
  std::vector<PasswordSetter> setters;
  for (const Resetter& one : resetters_in(descriptor)) {
    auto& name = names[one.sid];
    if (name.empty()) {
      MW_TRY(name, name_of_sid(*session.connection, base, one.sid));
    }
    setters.push_back(
        {.sid = one.sid, .name = name, .way = std::string(name_of(one.by)), .reason = std::string(reason_of(one.by))});
  }
  return setters;
}

Result<bool> Directory::is_among(const std::vector<PasswordSetter>& setters, const Account& who, Deadline deadline,
                                 const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(const auto entries, session.connection->search({.base = who.dn, .attributes = {"tokenGroups"}, .limit = 1}));
  std::set<std::string> sids{who.sid, "S-1-1-0", "S-1-5-11"};
  const std::vector<std::string> groups =
      entries.empty() ? std::vector<std::string>() : entries.front().all("tokengroups");
  if (groups.empty()) {
    return fail(DirectoryError::insufficient_rights, "the groups of " + printable(who.dn) + " cannot be read");
  }
  for (const std::string& group : groups) sids.insert(sid_text(group));
  // Whoever may merely change the list or the owner would have to do that first.
  return std::ranges::any_of(setters, [&](const PasswordSetter& one) {
    const bool at_once = one.way == name_of(ResetBy::reset_right) || one.way == name_of(ResetBy::full_control) ||
                         one.way == name_of(ResetBy::no_list);
    return at_once && (one.way == name_of(ResetBy::no_list) || sids.contains(one.sid));
  });
}

}  // namespace mailward::directory
