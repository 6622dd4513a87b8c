#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "base/bytes.h"
#include "directory/attribute_values.h"
#include "directory/directory.h"
#include "directory/directory_state.h"
#include "directory/security_descriptor.h"

namespace mailward::directory {

namespace {

/// Of every domain's own (MS-DTYP 2.4.2.4): the last part of the SID.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kOfDomain{
    {{"-512", "Domain Admins"},
     {"-518", "Schema Admins"},
     {"-519", "Enterprise Admins"},
     {"-520", "Group Policy Creator Owners"}}};
constexpr std::array<std::pair<std::string_view, std::string_view>, 5> kBuiltIn{{{"S-1-5-32-544", "Administrators"},
                                                                                 {"S-1-5-32-548", "Account Operators"},
                                                                                 {"S-1-5-32-549", "Server Operators"},
                                                                                 {"S-1-5-32-550", "Print Operators"},
                                                                                 {"S-1-5-32-551", "Backup Operators"}}};
/// Those that have no SID of their own kind: by name, as they are made.
constexpr std::array<std::string_view, 4> kByName{"DnsAdmins", "Organization Management", "Exchange Trusted Subsystem",
                                                  "Exchange Windows Permissions"};

std::optional<std::string_view> known_privileged(std::string_view sid) {
  for (const auto& [known, name] : kBuiltIn) {
    if (sid == known) return name;
  }
  for (const auto& [ending, name] : kOfDomain) {
    if (sid.starts_with("S-1-5-21-") && sid.ends_with(ending)) return name;
  }
  return std::nullopt;
}

Result<std::vector<PrivilegedGroup>> privileged_among(LdapConnection& connection, const std::string& base,
                                                      const std::vector<std::string>& token_groups) {
  std::vector<PrivilegedGroup> found;
  std::set<std::string> sids;
  for (const std::string& binary : token_groups) {
    const std::string sid = sid_text(binary);
    sids.insert(sid);
    if (const auto name = known_privileged(sid)) found.push_back({sid, std::string(*name)});
  }
  std::string filter = "(&(objectClass=group)(|";
  for (const std::string_view name : kByName) filter += "(sAMAccountName=" + escape_filter(name) + ")";
  MW_TRY(const auto named, connection.search({.base = base,
                                              .scope = Scope::subtree,
                                              .filter = filter + "))",
                                              .attributes = {"objectSid", "sAMAccountName"}}));
  for (const Entry& group : named) {
    const std::string sid = sid_text(group.first("objectsid"));
    if (sids.contains(sid)) found.push_back({sid, group.first("samaccountname")});
  }
  return found;
}

/// How the schema knows an attribute.
struct AttributeGuids {
  std::string own;
  std::string property_set;  ///< empty where it is in none
};

Result<std::map<std::string, AttributeGuids>> guids_of(LdapConnection& connection, const std::string& schema,
                                                       const std::vector<std::string>& names) {
  std::string filter = "(&(objectClass=attributeSchema)(|";
  for (const std::string& name : names) filter += "(lDAPDisplayName=" + escape_filter(name) + ")";
  MW_TRY(const auto entries,
         connection.search({.base = schema,
                            .scope = Scope::subtree,
                            .filter = filter + "))",
                            .attributes = {"lDAPDisplayName", "schemaIDGUID", "attributeSecurityGUID"},
                            .limit = 100}));
  std::map<std::string, AttributeGuids> guids;
  for (const Entry& entry : entries) {
    guids[entry.first("ldapdisplayname")] = {guid_text(entry.first("schemaidguid")),
                                             guid_text(entry.first("attributesecurityguid"))};
  }
  return guids;
}

std::string lower_case(std::string text) {
  std::ranges::transform(text, text.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return text;
}

}  // namespace

Result<AccountSight> Directory::sight_of(const Account& account, const std::vector<std::string>& asked,
                                         Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  LdapConnection& connection = *session.connection;
  MW_TRY(const std::string base, state_->base_of(connection));
  // What the reader is: the rootDSE says it of whoever is signed in (MS-ADTS 3.1.1.3.2).
  MW_TRY(const auto roots, connection.search({.attributes = {"tokenGroups", "schemaNamingContext"}}));
  if (roots.empty()) return fail(DirectoryError::protocol, "the controller has no rootDSE");
  std::vector<std::string> reader{"S-1-1-0", "S-1-5-11"};
  for (const std::string& sid : roots.front().all("tokengroups")) reader.push_back(sid_text(sid));

  std::vector<std::string> wanted = asked;
  wanted.emplace_back("tokenGroups");
  MW_TRY(const auto entries, connection.search({.base = account.dn, .attributes = wanted, .limit = 1}));
  if (entries.empty()) {
    return fail(DirectoryError::not_found,
                "the controller " + printable(session.controller) + " does not show " + printable(account.dn));
  }
  MW_TRY(const auto lists,
         connection.search(
             {.base = account.dn, .attributes = {"nTSecurityDescriptor"}, .limit = 1, .with_access_list = true}));
  AccountSight sight;
  std::optional<SecurityDescriptor> descriptor;
  if (!lists.empty() && lists.front().has("ntsecuritydescriptor") && reader.size() > 2) {
    MW_TRY(descriptor, read_security_descriptor(lists.front().first("ntsecuritydescriptor")));
  }
  sight.access_list_shown = descriptor.has_value();
  MW_TRY(const auto guids, guids_of(connection, roots.front().first("schemanamingcontext"), asked));
  for (const std::string& name : asked) {
    if (entries.front().has(lower_case(name))) continue;
    const auto guid = guids.find(name);
    const bool shown =
        descriptor && guid != guids.end() && may_read(*descriptor, reader, guid->second.own, guid->second.property_set);
    if (!shown) sight.hidden.push_back(name);
  }
  const auto& groups = entries.front().all("tokengroups");
  if (!groups.empty()) {
    MW_TRY(sight.privileged_groups, privileged_among(connection, base, groups));
  }
  return sight;
}

}  // namespace mailward::directory
