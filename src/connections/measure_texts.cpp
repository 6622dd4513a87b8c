#include "connections/measure_texts.h"

#include "base/guidance.h"

namespace mailward::connections::measure_texts {

namespace {

constexpr Guidance kMitigate{guidance::kUserServiceAccounts, "Mitigate potential security issues",
                             guidance::kUserServiceAccountsUrl};
constexpr Guidance kPrinciples{guidance::kGovernServiceAccounts, "New service account principles",
                               guidance::kGovernServiceAccountsUrl};
constexpr Guidance kRestrictions{guidance::kGovernServiceAccounts, "User account restrictions",
                                 guidance::kGovernServiceAccountsUrl};
constexpr Guidance kReviews{guidance::kGovernServiceAccounts, "Service account reviews",
                            guidance::kGovernServiceAccountsUrl};
constexpr Guidance kAttributes{guidance::kAccountAttributes, "Remediation", guidance::kAccountAttributesUrl};

constexpr Guidance best_practices(std::string_view section) {
  return {guidance::kExchangeBestPractices, section, guidance::kExchangeBestPracticesUrl};
}

}  // namespace

const MeasureInfo kPasswordAge{"password_age", "The password is renewed in time",
                               "The longer a password is in force, the more copies of it there are, and the longer a "
                               "stolen one is of use. One that expires takes everything down that signs in with it.",
                               MeasureUrgency::soon, kMitigate};
const MeasureInfo kPasswordNeverExpires{"password_never_expires", "The password is not exempt from expiring",
                                        "With the flag set, nothing in Active Directory ever asks for a new password: "
                                        "a forgotten account keeps its old one "
                                        "for ever.",
                                        MeasureUrgency::later, kMitigate};
const MeasureInfo kLastRotation{"last_rotation", "Mailward has renewed the password, and proven it",
                                "A renewal that was done before works on the day when it must be done at once.",
                                MeasureUrgency::soon, kMitigate};
const MeasureInfo kRotationDrill{
    "rotation_drill", "A renewal was rehearsed lately",
    "A dry run finds what would stand in the way (a lost right, a controller out of reach) before it matters.",
    MeasureUrgency::later, kReviews};
const MeasureInfo kPasswordSetters{
    "password_setters", "Only those who must can reset the password",
    "Whoever can set the account's password can sign in as it, and read every mailbox that it may impersonate.",
    MeasureUrgency::now, best_practices("Use role management and split permissions")};
const MeasureInfo kPrivilegedGroups{
    "privileged_groups", "The account is in no privileged group",
    "The account needs impersonation and nothing else. In a privileged group, its password is one to the whole domain; "
    "adminCount 1 says that it is or was in one, and keeps its permissions from being inherited.",
    MeasureUrgency::now, kMitigate};
const MeasureInfo kLogonRestrictions{"logon_restrictions",
                                     "The account can sign in from named machines alone, and nowhere interactively",
                                     "A service account that may sign in anywhere is of use to a thief on any machine.",
                                     MeasureUrgency::later, kRestrictions};
const MeasureInfo kNotDelegated{
    "not_delegated", "The account is sensitive and cannot be delegated",
    "Without the flag, a server that is trusted for delegation and to which the account signs in may go on as it.",
    MeasureUrgency::soon, kPrinciples};
const MeasureInfo kAesOnly{
    "aes_only", "Kerberos for the account is AES only",
    "Tickets and pre-authentication with RC4 or DES can be guessed at offline far faster than with AES.",
    MeasureUrgency::soon, kAttributes};
const MeasureInfo kPreauthentication{"preauthentication", "Kerberos pre-authentication is on",
                                     "Without it, anybody may ask a controller for something encrypted with the "
                                     "account's key, and guess at the password "
                                     "offline.",
                                     MeasureUrgency::now, kAttributes};
const MeasureInfo kNoServiceName{
    "no_service_name", "The account holds no service principal name",
    "Every user of the domain may ask for a ticket to a name that the account holds, and guess at the password offline "
    "(Kerberoasting). A client account needs no such name.",
    MeasureUrgency::now, kAttributes};

const MeasureInfo kRefusedMailbox{
    "refused_mailbox",
    "Impersonation ends at its scope",
    "That Exchange refuses a mailbox outside the scope is the only proof that there is one: else the account may open "
    "every mailbox of the organisation.",
    MeasureUrgency::now,
    {guidance::kImpersonation, "To configure impersonation for specific users or groups of users",
     guidance::kImpersonationUrl}};
const MeasureInfo kMailboxCheck{
    "mailbox_check", "The mailbox check opens",
    "It shows that impersonation works; where its mailbox is gone or has moved, a loss of the right is not noticed.",
    MeasureUrgency::soon, kReviews};
const MeasureInfo kSchemeUsed{
    "scheme_used", "The connection signs in by Kerberos",
    "Kerberos proves the server, too, and shows nothing that can be passed on. NTLM can be relayed, Basic shows the "
    "password itself to the server and to whatever opens TLS before it.",
    MeasureUrgency::soon, best_practices("Configure Kerberos and SMB instead of NTLM")};
const MeasureInfo kBasicOffered{
    "basic_offered", "EWS does not offer Basic",
    "While Basic is offered, passwords can be tried one after the other from anywhere that reaches the URL, and every "
    "client that uses it sends its password.",
    MeasureUrgency::now, best_practices("Configure modern authentication and multifactor authentication")};
const MeasureInfo kNtlmOffered{"ntlm_offered", "EWS does not offer NTLM",
                               "While NTLM is offered, a sign-in that was lured elsewhere can be relayed to Exchange.",
                               MeasureUrgency::later, best_practices("Configure Kerberos and SMB instead of NTLM")};
const MeasureInfo kExtendedProtection{"extended_protection", "Extended Protection binds sign-ins to the TLS connection",
                                      "With it, a sign-in that is relayed through another connection is refused.",
                                      MeasureUrgency::now, best_practices("Configure extended protection")};
const MeasureInfo kTlsVersions{
    "tls_versions",
    "Nothing older than TLS 1.2 is offered",
    "TLS 1.0 and 1.1 can be broken; what is still offered can be forced upon a client.",
    MeasureUrgency::soon,
    {guidance::kExchangeTls, "Exchange Server TLS configuration best practices", guidance::kExchangeTlsUrl}};
const MeasureInfo kHsts{"hsts",
                        "The server asks for HTTPS always (HSTS)",
                        "A browser that was told so refuses to be led to plain HTTP, or past a certificate error.",
                        MeasureUrgency::later,
                        {guidance::kHsts, "Enable HSTS on Exchange Server", guidance::kHstsUrl}};
const MeasureInfo kCertificateExpiry{"certificate_expiry", "The server's certificate is valid for 60 days and more",
                                     "The day it expires, every client stops, and Mailward with them.",
                                     MeasureUrgency::soon, best_practices("Configure transport layer security")};
const MeasureInfo kCertificateStrength{"certificate_strength", "The certificate's key and signature are strong",
                                       "A short key or a SHA-1 signature can be forged: whoever does is the server.",
                                       MeasureUrgency::now, best_practices("Configure transport layer security")};
const MeasureInfo kCertificateChain{
    "certificate_chain", "The certificate's chain is whole and leads to whom it should",
    "A server that does not send its issuer's certificate, or sends another one than its front ends, teaches people to "
    "look away from warnings.",
    MeasureUrgency::soon, best_practices("Configure transport layer security")};
const MeasureInfo kServerSupport{"server_support", "Exchange is one that gets security updates",
                                 "What is found in Exchange 2016 or 2019 since 14 October 2025 stays open: attackers "
                                 "read the updates of the Subscription Edition, too.",
                                 MeasureUrgency::now, best_practices("Migrate end-of-life Exchange servers")};

}  // namespace mailward::connections::measure_texts
