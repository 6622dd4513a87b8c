#include <algorithm>

#include "directory/attribute_values.h"
#include "directory/directory.h"
#include "directory/directory_state.h"

namespace mailward::directory {
namespace {

constexpr int kPolicyLimit = 500;

const std::vector<std::string>& domain_attributes() {
  static const std::vector<std::string> names{
      "name",      "lockoutThreshold", "lockOutObservationWindow", "lockoutDuration", "maxPwdAge",
      "minPwdAge", "minPwdLength",     "pwdHistoryLength",         "pwdProperties"};
  return names;
}
const std::vector<std::string>& fine_grained_attributes() {
  static const std::vector<std::string> names{"name",
                                              "msDS-LockoutThreshold",
                                              "msDS-LockoutObservationWindow",
                                              "msDS-LockoutDuration",
                                              "msDS-MaximumPasswordAge",
                                              "msDS-MinimumPasswordAge",
                                              "msDS-MinimumPasswordLength",
                                              "msDS-PasswordHistoryLength",
                                              "msDS-PasswordComplexityEnabled"};
  return names;
}

int small_number(const Entry& entry, std::string_view name) {
  return static_cast<int>(number(entry.first(name)).value_or(0));
}

/// A duration of 0 means for ever (MS-SAMR 3.1.1.5).
std::optional<std::chrono::seconds> for_ever_at_zero(std::optional<std::chrono::seconds> span) {
  return span && span->count() == 0 ? std::nullopt : span;
}

LockoutPolicy fine_grained_policy_of(const Entry& entry) {
  LockoutPolicy policy;
  policy.source = LockoutPolicy::Source::fine_grained;
  policy.name = entry.first("name");
  policy.threshold = small_number(entry, "msds-lockoutthreshold");
  policy.observation_window = interval(entry.first("msds-lockoutobservationwindow")).value_or(std::chrono::seconds(0));
  policy.lockout_duration = for_ever_at_zero(interval(entry.first("msds-lockoutduration")));
  policy.maximum_password_age = for_ever_at_zero(interval(entry.first("msds-maximumpasswordage")));
  policy.minimum_password_age = interval(entry.first("msds-minimumpasswordage")).value_or(std::chrono::seconds(0));
  policy.minimum_password_length = small_number(entry, "msds-minimumpasswordlength");
  policy.password_history = small_number(entry, "msds-passwordhistorylength");
  policy.complexity = entry.first("msds-passwordcomplexityenabled") == "TRUE";
  return policy;
}

std::string container_dn(const std::string& base) {
  return "CN=Password Settings Container,CN=System," + base;
}

std::unexpected<Error> unreadable(const std::string& what, const std::string& base, const Account& account,
                                  const std::string& reader) {
  return std::unexpected(
      Error(DirectoryError::policy_unreadable,
            what + ", so that the lock-out threshold in force for " + printable(account.dn) + " cannot be told")
          .with_remedy("on a domain controller: dsacls \"" + container_dn(base) + "\" /I:T /G \"" + reader +
                       ":GR\" and dsacls \"" + account.dn + "\" /G \"" + reader + ":RP;msDS-ResultantPSO\""));
}

Result<Entry> read_domain(LdapConnection& connection, const std::string& base) {
  MW_TRY(auto entries, connection.search({.base = base, .attributes = domain_attributes()}));
  if (entries.empty() || !entries.front().has("lockoutthreshold")) {
    return fail(DirectoryError::insufficient_rights,
                "the reader may not read the domain's password policy at " + printable(base));
  }
  return std::move(entries.front());
}

}  // namespace

LockoutPolicy domain_policy_of(const Entry& entry) {
  constexpr std::int64_t kComplexity = 1;
  LockoutPolicy policy;
  policy.name = entry.first("name");
  policy.threshold = small_number(entry, "lockoutthreshold");
  policy.observation_window = interval(entry.first("lockoutobservationwindow")).value_or(std::chrono::seconds(0));
  policy.lockout_duration = for_ever_at_zero(interval(entry.first("lockoutduration")));
  policy.maximum_password_age = for_ever_at_zero(interval(entry.first("maxpwdage")));
  policy.minimum_password_age = interval(entry.first("minpwdage")).value_or(std::chrono::seconds(0));
  policy.minimum_password_length = small_number(entry, "minpwdlength");
  policy.password_history = small_number(entry, "pwdhistorylength");
  policy.complexity = (number(entry.first("pwdproperties")).value_or(0) & kComplexity) != 0;
  return policy;
}

Result<LockoutPolicy> Directory::domain_lockout_policy(Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(std::string base, state_->base_of(*session.connection));
  MW_TRY(Entry domain, read_domain(*session.connection, base));
  return domain_policy_of(domain);
}

Result<LockoutPolicy> Directory::lockout_policy(const Account& account, Deadline deadline,
                                                const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  LdapConnection& connection = *session.connection;
  MW_TRY(std::string base, state_->base_of(connection));
  const std::string& reader = state_->settings.reader_name;

  MW_TRY(auto accounts, connection.search({.base = account.dn, .attributes = {"msDS-ResultantPSO"}}));
  if (accounts.empty())
    return fail(DirectoryError::not_found, "the directory no longer knows " + printable(account.dn));
  if (const std::string& in_force = accounts.front().first("msds-resultantpso"); !in_force.empty()) {
    MW_TRY(auto policies, connection.search({.base = in_force, .attributes = fine_grained_attributes()}));
    if (policies.empty() || !policies.front().has("msds-lockoutthreshold")) {
      return unreadable(
          "the fine-grained policy " + printable(in_force) + " is in force and the reader may not read it", base,
          account, reader);
    }
    return fine_grained_policy_of(policies.front());
  }

  // No policy named: either none is in force, or the reader may not see it. Who cannot see the container cannot tell.
  MW_TRY(auto containers, connection.search({.base = container_dn(base), .attributes = {"objectClass"}}));
  if (containers.empty() || !containers.front().has("objectclass")) {
    return unreadable("the reader may not see whether there are fine-grained policies", base, account, reader);
  }
  std::string applies = "(|(msDS-PSOAppliesTo=" + escape_filter(account.dn) + ")";
  // Groups of groups too: LDAP_MATCHING_RULE_IN_CHAIN (MS-ADTS 3.1.1.3.4.4.3).
  MW_TRY(auto groups,
         connection.search({.base = base,
                            .scope = Scope::subtree,
                            .filter = "(member:1.2.840.113556.1.4.1941:=" + escape_filter(account.dn) + ")",
                            .attributes = {"name"},
                            .limit = kPolicyLimit}));
  for (const Entry& group : groups) applies += "(msDS-PSOAppliesTo=" + escape_filter(group.dn) + ")";
  MW_TRY(auto applying, connection.search({.base = container_dn(base),
                                           .scope = Scope::subtree,
                                           .filter = "(&(objectClass=msDS-PasswordSettings)" + applies + "))",
                                           .attributes = {"name"},
                                           .limit = kPolicyLimit}));
  if (!applying.empty()) {
    return unreadable("a fine-grained policy applies and the reader may not read msDS-ResultantPSO", base, account,
                      reader);
  }
  MW_TRY(Entry domain, read_domain(connection, base));
  return domain_policy_of(domain);
}

}  // namespace mailward::directory
