#include "connections/preparation.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/digest.h"
#include "connections/powershell.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

constexpr std::string_view kOwnUserAgents = "Mailward/*";
/// Exchange's limit for the names of scopes and assignments.
constexpr std::size_t kNameLimit = 64;

constexpr std::string_view kScriptHead =
    R"(# Prepares Exchange for a service account of Mailward. For the Exchange Management Shell of Exchange 2016, 2019 or
# Subscription Edition, run by a member of Organization Management. It asks nothing, looks before it changes anything,
# and may be run again at any time. It makes one management scope and one role assignment, and puts the user agent on
# the lists of allowed EWS applications where such lists are enforced. The undo script takes that away again.
)";

constexpr std::string_view kUndoHead =
    R"(# Takes away what Mailward's preparation script made for a service account: the role assignment, the management scope
# and the entries for the user agent in lists of allowed EWS applications (also one that stood there before). Every
# connection that uses the account stops working. For the Exchange Management Shell; asks nothing; may be run again.
)";

/// Stands before the first value. Windows PowerShell reads a file without a byte order mark in the host's code page, in
/// which bytes of other letters become quotes.
constexpr std::string_view kEncodingCheck =
    R"(if ('é'.Length -ne 1 -or [int]'é'[0] -ne 233) {
    throw 'This script was read in another encoding. Save it as UTF-8 with a byte order mark, and run it again.'
}
)";

constexpr std::string_view kOpening = R"(
$ErrorActionPreference = 'Stop'
if (@(Get-Command -Name 'New-ManagementRoleAssignment' -ErrorAction SilentlyContinue).Count -eq 0) {
    throw 'This is not the Exchange Management Shell, or your account may not manage roles (Organization Management).'
}
$Found = @(Get-User -Identity $Account -ErrorAction SilentlyContinue)
if ($Found.Count -eq 0) { $Found = @(Get-Mailbox -Identity $Account -ErrorAction SilentlyContinue) }
if ($Found.Count -ne 1) { throw ('There is not exactly one account of that name: {0}' -f $Account) }
$AccountDn = $Found[0].DistinguishedName
)";

constexpr std::string_view kScope = R"(
# The scope: all mailboxes but those that must be refused.
$Filter = 'RecipientType -eq ''UserMailbox'''
foreach ($Address in $MustRefuse) {
    $Mailbox = @(Get-Mailbox -Identity $Address -ErrorAction SilentlyContinue)
    if ($Mailbox.Count -ne 1) { throw ('There is not exactly one mailbox of that address: {0}' -f $Address) }
    $Filter = '{0} -and Guid -ne ''{1}''' -f $Filter, $Mailbox[0].Guid
}
$Scope = @(Get-ManagementScope | Where-Object { $_.Name -eq $Name })
if ($Scope.Count -eq 0) {
    New-ManagementScope -Name $Name -RecipientRestrictionFilter $Filter | Out-Null
    Write-Host ('made the management scope: {0}' -f $Name)
} elseif (([string]$Scope[0].RecipientFilter -replace '[()\s]', '') -ne ($Filter -replace '[()\s]', '')) {
    Set-ManagementScope -Identity $Name -RecipientRestrictionFilter $Filter
    Write-Host ('changed the management scope: {0}' -f $Name)
} else {
    Write-Host ('stands already, the management scope: {0}' -f $Name)
}

# The right to impersonate, within that scope.
$Assignments = @(Get-ManagementRoleAssignment -Role 'ApplicationImpersonation' -RoleAssignee $AccountDn)
$Own = @($Assignments | Where-Object { $_.Name -eq $Name })
if ($Own.Count -eq 0) {
    New-ManagementRoleAssignment -Name $Name -Role 'ApplicationImpersonation' -User $AccountDn -CustomRecipientWriteScope $Name | Out-Null
    Write-Host ('made the role assignment: {0}' -f $Name)
} elseif ([string]$Own[0].CustomRecipientWriteScope -ne $Name) {
    Set-ManagementRoleAssignment -Identity $Name -CustomRecipientWriteScope $Name
    Write-Host ('changed the role assignment: {0}' -f $Name)
} else {
    Write-Host ('stands already, the role assignment: {0}' -f $Name)
}
foreach ($Other in @($Assignments | Where-Object { $_.Name -ne $Name })) {
    Write-Warning ('Another assignment gives this account the same right; see that its scope is not wider: {0}' -f $Other.Name)
}
)";

constexpr std::string_view kAgents = R"(
# The user agent, where only listed applications may use EWS.
$Organization = Get-OrganizationConfig
if ($Organization.EwsEnabled -eq $false) {
    Write-Warning 'EWS is switched off for the whole organisation (EwsEnabled of Get-OrganizationConfig). That is left as it is.'
}
$OwnMailbox = @(Get-CASMailbox -Identity $AccountDn -ErrorAction SilentlyContinue)
foreach ($Agent in $UserAgents) {
    $Policy = [string]$Organization.EwsApplicationAccessPolicy
    if ($Policy -eq 'EnforceAllowList' -and @($Organization.EwsAllowList | Where-Object { $Agent -like $_ }).Count -eq 0) {
        Set-OrganizationConfig -EwsAllowList @{ Add = $Agent }
        Write-Host ('allowed for the organisation: {0}' -f $Agent)
    }
    if ($Policy -eq 'EnforceBlockList' -and @($Organization.EwsBlockList | Where-Object { $Agent -like $_ }).Count -gt 0) {
        Write-Warning ('The organisation blocks this user agent (EwsBlockList of Get-OrganizationConfig): {0}' -f $Agent)
    }
    foreach ($Mailbox in $OwnMailbox) {
        if ([string]$Mailbox.EwsApplicationAccessPolicy -eq 'EnforceAllowList' -and @($Mailbox.EwsAllowList | Where-Object { $Agent -like $_ }).Count -eq 0) {
            Set-CASMailbox -Identity $AccountDn -EwsAllowList @{ Add = $Agent }
            Write-Host ('allowed for the account''s own mailbox: {0}' -f $Agent)
        }
    }
}
foreach ($Mailbox in $OwnMailbox) {
    if ($Mailbox.EwsEnabled -eq $false) { Write-Warning 'EWS is switched off for the account''s own mailbox (Get-CASMailbox).' }
}
)";

constexpr std::string_view kCheck = R"(
# The check.
foreach ($Address in $MustOpen) {
    if (@(Get-ManagementRoleAssignment -Role 'ApplicationImpersonation' -RoleAssignee $AccountDn -WritableRecipient $Address).Count -gt 0) {
        Write-Host ('the account may open, as it must: {0}' -f $Address)
    } else {
        Write-Warning ('The account may not open: {0}' -f $Address)
    }
    foreach ($Mailbox in @(Get-CASMailbox -Identity $Address -ErrorAction SilentlyContinue)) {
        if ($Mailbox.EwsEnabled -eq $false) { Write-Warning ('EWS is switched off for the mailbox: {0}' -f $Address) }
    }
}
foreach ($Address in $MustRefuse) {
    if (@(Get-ManagementRoleAssignment -Role 'ApplicationImpersonation' -RoleAssignee $AccountDn -WritableRecipient $Address).Count -gt 0) {
        Write-Warning ('The account may open what it must not: {0}' -f $Address)
    } else {
        Write-Host ('the account may not open, as it must be: {0}' -f $Address)
    }
}
Get-ManagementRoleAssignment -Role 'ApplicationImpersonation' -RoleAssignee $AccountDn | Format-List Name, RoleAssigneeName, CustomRecipientWriteScope, Enabled
Write-Host 'Done. Exchange may need some minutes until every server heeds it; then test the connection in Mailward.'
)";

constexpr std::string_view kUndo = R"(
foreach ($Own in @(Get-ManagementRoleAssignment -Role 'ApplicationImpersonation' | Where-Object { $_.Name -eq $Name })) {
    Remove-ManagementRoleAssignment -Identity $Name -Confirm:$false
    Write-Host ('removed the role assignment: {0}' -f $Name)
}
foreach ($Scope in @(Get-ManagementScope | Where-Object { $_.Name -eq $Name })) {
    Remove-ManagementScope -Identity $Name -Confirm:$false
    Write-Host ('removed the management scope: {0}' -f $Name)
}
foreach ($Agent in $UserAgents) {
    if (@((Get-OrganizationConfig).EwsAllowList) -contains $Agent) {
        Set-OrganizationConfig -EwsAllowList @{ Remove = $Agent }
        Write-Host ('no longer allowed for the organisation: {0}' -f $Agent)
    }
    foreach ($Mailbox in @(Get-CASMailbox -Identity $AccountDn -ErrorAction SilentlyContinue)) {
        if (@($Mailbox.EwsAllowList) -contains $Agent) {
            Set-CASMailbox -Identity $AccountDn -EwsAllowList @{ Remove = $Agent }
            Write-Host ('no longer allowed for the account''s own mailbox: {0}' -f $Agent)
        }
    }
}
Write-Host 'Done.'
)";

bool is_plain(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("@._-").contains(c);
}

/// Of scope and assignment; the same for the same account however it is spelt.
std::string name_of_account(std::string_view account) {
  constexpr std::string_view kBegins = "Mailward ";
  constexpr std::size_t kDigits = 8;
  const std::string whole = lower_case(trimmed_text(account));
  std::string plain = whole;
  std::ranges::replace_if(plain, [](char c) { return !is_plain(c); }, '-');
  if (plain == whole && kBegins.size() + plain.size() <= kNameLimit) return std::string(kBegins) + plain;
  plain.resize(std::min(plain.size(), kNameLimit - kBegins.size() - kDigits - 1));
  return std::string(kBegins) + plain + "-" + to_hex(sha256(as_bytes(whole))).substr(0, kDigits);
}

/// The values, and before them the check that they are read as they were written.
Result<std::string> values_of(const PreparationFacts& facts) {
  MW_TRY(const std::string account, powershell_literal(facts.account));
  MW_TRY(const std::string name, powershell_literal(name_of_account(facts.account)));
  MW_TRY(const std::string must_open, powershell_list(facts.mailbox_checks));
  MW_TRY(const std::string must_refuse, powershell_list(facts.refused_mailboxes));
  MW_TRY(const std::string agents, powershell_list(facts.user_agents));
  const std::string values = "$Account = " + account + "\n$Name = " + name + "\n$MustOpen = " + must_open +
                             "\n$MustRefuse = " + must_refuse + "\n$UserAgents = " + agents + "\n";
  const bool ascii = std::ranges::all_of(values, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  return (ascii ? std::string() : std::string(kEncodingCheck)) + values;
}

void add_once(std::vector<std::string>& list, const std::string& value) {
  if (value.empty()) return;
  const std::string key = lower_case(value);
  const auto same = [&](const std::string& one) { return lower_case(one) == key; };
  if (std::ranges::none_of(list, same)) list.push_back(value);
}

void add_form(PreparationFacts& facts, const ConnectionForm& form) {
  add_once(facts.mailbox_checks, std::string(trimmed_text(form.mailbox_check)));
  add_once(facts.refused_mailboxes, std::string(trimmed_text(form.refused_mailbox)));
  const std::string agent(trimmed_text(form.user_agent));
  add_once(facts.user_agents, agent.empty() ? std::string(kOwnUserAgents) : agent);
}

}  // namespace

Result<PreparationFacts> preparation_facts(const Ledger& ledger, const ConnectionForm& form,
                                           std::optional<ConnectionId> edited) {
  PreparationFacts facts;
  facts.account = trimmed_text(form.master_mailbox);
  add_form(facts, form);
  MW_TRY(const std::string account, normalised_account_name(form.master_mailbox));
  MW_TRY(const auto others, ledger.connections());
  for (const ServerConnection& other : others) {
    if (edited == other.id) continue;
    const auto its = normalised_account_name(other.form.master_mailbox);
    if (its && *its == account) add_form(facts, other.form);
  }
  return facts;
}

Result<Preparation> prepare(const PreparationFacts& facts) {
  MW_TRY(const std::string values, values_of(facts));
  Preparation made;
  made.script.append(kScriptHead).append(values).append(kOpening).append(kScope).append(kAgents).append(kCheck);
  made.undo.append(kUndoHead).append(values).append(kOpening).append(kUndo);
  return made;
}

}  // namespace mailward::connections
