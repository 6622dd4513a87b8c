#include <fmt/format.h>

#include <algorithm>

#include "connections/measure_rules.h"
#include "connections/measure_texts.h"
#include "connections/powershell.h"

namespace mailward::connections {

namespace {

using namespace measure_texts;

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

void privileged_groups(std::vector<Measure>& lines, const MeasureSubject& subject,
                       const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kPrivilegedGroups, subject);
  if (!begin_attribute(line, reading, "adminCount")) return;
  if (!reading->privileged_groups) {
    line.fact("not readable", "tokenGroups");
    const auto dn = powershell_literal(reading->dn);
    const auto right = powershell_literal(reading->reader + ":RP;tokenGroups");
    line.puzzle("The directory reader may not read which groups the account is in.",
                "Let it, on a domain controller: dsacls " + (dn ? *dn : "'<account>'") + " /G " +
                    (right ? *right : "'<reader>:RP;tokenGroups'"));
    return;
  }
  line.fact("privileged groups", reading->privileged_groups->empty() ? "none" : joined(*reading->privileged_groups));
  line.fact("adminCount", reading->admin_count ? std::to_string(*reading->admin_count) : "not set");
  line.say(MeasureOutcome::ok, "It is in no privileged group.");
  const std::string identity = identity_literal(reading->name);
  for (const std::string& group : *reading->privileged_groups) {
    line.find(group, fmt::format("It is in {}, itself or by way of another group.", group));
    const auto literal = powershell_literal(group);
    line.remedy += (line.remedy.empty() ? "" : "; ") +
                   ("Remove-ADGroupMember -Identity " + (literal ? *literal : "'<group>'") + " -Members " + identity);
  }
  if (reading->admin_count == 1) {
    line.find("adminCount 1", reading->privileged_groups->empty()
                                  ? "adminCount is 1: it was in a protected group, and inherits no permissions since."
                                  : "adminCount is 1.");
    line.remedy +=
        (line.remedy.empty() ? "" : "; then: ") +
        ("Set-ADUser -Identity " + identity +
         " -Clear adminCount, and let it inherit permissions again (Security, Advanced, Enable inheritance)");
  }
}

void logon_restrictions(std::vector<Measure>& lines, const MeasureSubject& subject,
                        const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kLogonRestrictions, subject);
  if (!begin_attribute(line, reading, "userWorkstations")) return;
  const bool limited = !reading->workstations.empty();
  line.fact("may sign in from", limited ? joined(reading->workstations) : "any machine (LogonWorkstations is not set)");
  line.fact("deny log on locally", "not readable over LDAP: it stands in the policies of each machine");
  line.say(
      MeasureOutcome::ok,
      "It may sign in from named machines alone. Whether it is denied interactive sign-in cannot be read here: look "
      "in the policies.");
  if (limited) return;
  line.find("any machine", "It may sign in from any machine.");
  line.remedy =
      "Set-ADUser -Identity " + identity_literal(reading->name) +
      " -LogonWorkstations '<this machine>,<each Exchange server>', and test the connection right after (NTLM names "
      "the "
      "machine that it comes from). And in a group policy for all machines: Computer Configuration, Windows Settings, "
      "Security Settings, Local Policies, User Rights Assignment: Deny log on locally, Deny log on through Remote "
      "Desktop Services";
}

void not_delegated(std::vector<Measure>& lines, const MeasureSubject& subject,
                   const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kNotDelegated, subject);
  if (!begin_attribute(line, reading, "userAccountControl")) return;
  line.fact("sensitive, not delegable", reading->not_delegated ? "yes" : "no");
  line.fact("trusted for delegation", reading->trusted_for_delegation ? "yes" : "no");
  line.say(MeasureOutcome::ok, "It is marked as sensitive and cannot be delegated.");
  const std::string identity = identity_literal(reading->name);
  if (!reading->not_delegated) {
    line.find("delegable", "It is not marked as sensitive: a server trusted for delegation may go on as it.");
    line.remedy = "Set-ADUser -Identity " + identity + " -AccountNotDelegated $true";
  }
  if (reading->trusted_for_delegation) {
    line.find("trusted for delegation", "It is trusted for delegation itself, to any service.").urgency =
        MeasureUrgency::now;
    line.remedy += (line.remedy.empty() ? "" : "; ") +
                   ("Set-ADAccountControl -Identity " + identity + " -TrustedForDelegation $false");
  }
}

void aes_only(std::vector<Measure>& lines, const MeasureSubject& subject,
              const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kAesOnly, subject);
  if (!begin_attribute(line, reading, "msDS-SupportedEncryptionTypes")) return;
  if (reading->hides("userAccountControl")) {
    begin_attribute(line, reading, "userAccountControl");
    return;
  }
  const auto& types = reading->encryption_types;
  line.fact("encryption types", types.empty() ? "not set (the domain's default)" : joined(types));
  line.fact("DES only", reading->des_only ? "yes" : "no");
  line.say(MeasureOutcome::ok, "Only AES is allowed.");
  std::vector<std::string> weak;
  std::ranges::copy_if(types, std::back_inserter(weak),
                       [](const std::string& type) { return !type.starts_with("aes"); });
  if (types.empty()) {
    line.find("not set", "Its encryption types are not set: the domain's default holds, which may allow RC4.");
  }
  for (const std::string& type : weak) line.find(type, fmt::format("It allows {}.", type));
  if (reading->des_only) line.find("DES only", "It is set to use DES alone.").urgency = MeasureUrgency::now;
  if (line.outcome != MeasureOutcome::to_do) return;
  const std::string identity = identity_literal(reading->name);
  line.remedy = "Set-ADUser -Identity " + identity + " -KerberosEncryptionType AES128,AES256";
  if (reading->des_only) line.remedy += "; Set-ADAccountControl -Identity " + identity + " -UseDESKeyOnly $false";
  line.remedy += "; then rotate the password, for AES keys are made only with a new one";
}

void preauthentication(std::vector<Measure>& lines, const MeasureSubject& subject,
                       const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kPreauthentication, subject);
  if (!begin_attribute(line, reading, "userAccountControl")) return;
  line.fact("pre-authentication", reading->no_preauthentication ? "not required" : "required");
  line.fact("password required", reading->password_not_required ? "no" : "yes");
  line.fact("stored reversibly", reading->reversible_password ? "yes" : "no");
  line.say(MeasureOutcome::ok, "Pre-authentication is required.");
  const std::string identity = identity_literal(reading->name);
  const auto mend = [&](std::string command) { line.remedy += (line.remedy.empty() ? "" : "; ") + std::move(command); };
  if (reading->no_preauthentication) {
    line.find("no pre-authentication", "Pre-authentication is switched off.");
    mend("Set-ADAccountControl -Identity " + identity + " -DoesNotRequirePreAuth $false");
  }
  if (reading->password_not_required) {
    line.find("no password required", "It is allowed to have no password.");
    mend("Set-ADAccountControl -Identity " + identity + " -PasswordNotRequired $false");
  }
  if (reading->reversible_password) {
    line.find("stored reversibly", "Its password is stored so that it can be read back.");
    mend("Set-ADAccountControl -Identity " + identity +
         " -AllowReversiblePasswordEncryption $false, and rotate the password");
  }
}

void no_service_name(std::vector<Measure>& lines, const MeasureSubject& subject,
                     const std::optional<AccountReading>& reading) {
  Measure& line = lines.emplace_back(kNoServiceName, subject);
  if (!begin_attribute(line, reading, "servicePrincipalName")) return;
  line.fact("service principal names", reading->service_names.empty() ? "none" : joined(reading->service_names));
  line.say(MeasureOutcome::ok, "It holds no service principal name.");
  const std::string identity = identity_literal(reading->name);
  for (const std::string& name : reading->service_names) {
    line.find(name, fmt::format("It holds {}.", name));
    const auto literal = powershell_literal(name);
    line.remedy += (line.remedy.empty() ? "" : "; ") +
                   ("Set-ADUser -Identity " + identity +
                    " -ServicePrincipalNames @{Remove=" + (literal ? *literal : "'<name>'") + "}");
  }
}

}  // namespace

void add_guard_lines(std::vector<Measure>& lines, const MeasureSubject& subject,
                     const std::optional<AccountReading>& reading) {
  privileged_groups(lines, subject, reading);
  logon_restrictions(lines, subject, reading);
  not_delegated(lines, subject, reading);
  aes_only(lines, subject, reading);
  preauthentication(lines, subject, reading);
  no_service_name(lines, subject, reading);
}

}  // namespace mailward::connections
