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

const MeasureInfo kPasswordAge{
    "password_age",
    {"Age of the password", "Password was renewed in time", "Password is too old, or expires soon"},
    "The longer a password is in force, the more copies of it there are, and the longer a "
    "stolen one is of use. One that expires takes everything down that signs in with it.",
    MeasureUrgency::soon,
    kMitigate};
const MeasureInfo kPasswordNeverExpires{
    "password_never_expires",
    {"Whether the password expires", "Password expires as the policy says", "Password never expires"},
    "With the flag set, nothing in Active Directory ever asks for a new password: "
    "a forgotten account keeps its old one "
    "for ever.",
    MeasureUrgency::later,
    kMitigate};
const MeasureInfo kLastRotation{"last_rotation",
                                {"Last renewal by Mailward", "Mailward has renewed the password lately",
                                 "Mailward has not renewed the password lately"},
                                "A renewal that was done before works on the day when it must be done at once.",
                                MeasureUrgency::soon,
                                kMitigate};
const MeasureInfo kRotationDrill{
    "rotation_drill",
    {"Rehearsal of a renewal", "A renewal was rehearsed lately", "No renewal was rehearsed lately, or it would not go"},
    "A dry run finds what would stand in the way (a lost right, a controller out of reach) before it matters.",
    MeasureUrgency::later,
    kReviews};
const MeasureInfo kPasswordSetters{
    "password_setters",
    {"Who can set the password", "Only those who must can set the password", "Others can set the password"},
    "Whoever can set the account's password can sign in as it, and read every mailbox that it may impersonate.",
    MeasureUrgency::now,
    best_practices("Use role management and split permissions")};
const MeasureInfo kPrivilegedGroups{
    "privileged_groups",
    {"Privileged groups", "Account is in no privileged group", "Account is, or was, in a privileged group"},
    "The account needs impersonation and nothing else. In a privileged group, its password is one to the whole domain; "
    "adminCount 1 says that it is or was in one, and keeps its permissions from being inherited.",
    MeasureUrgency::now,
    kMitigate};
const MeasureInfo kLogonRestrictions{"logon_restrictions",
                                     {"Where the account may sign in", "Account may sign in from named machines alone",
                                      "Account may sign in from any machine"},
                                     "A service account that may sign in anywhere is of use to a thief on any machine.",
                                     MeasureUrgency::later,
                                     kRestrictions};
const MeasureInfo kNotDelegated{
    "not_delegated",
    {"Delegation of the account", "Account cannot be delegated", "Account can be delegated"},
    "Without the flag, a server that is trusted for delegation and to which the account signs in may go on as it.",
    MeasureUrgency::soon,
    kPrinciples};
const MeasureInfo kAesOnly{
    "aes_only",
    {"Kerberos encryption of the account", "Kerberos takes AES alone for the account",
     "Kerberos may take RC4 or DES for the account"},
    "Tickets and pre-authentication with RC4 or DES can be guessed at offline far faster than with AES.",
    MeasureUrgency::soon,
    kAttributes};
const MeasureInfo kPreauthentication{"preauthentication",
                                     {"How the account proves itself", "Pre-authentication and a password are required",
                                      "Account is open to guessing or reading its password"},
                                     "Without it, anybody may ask a controller for something encrypted with the "
                                     "account's key, and guess at the password "
                                     "offline.",
                                     MeasureUrgency::now,
                                     kAttributes};
const MeasureInfo kNoServiceName{
    "no_service_name",
    {"Service principal names", "Account holds no service principal name", "Account holds a service principal name"},
    "Every user of the domain may ask for a ticket to a name that the account holds, and guess at the password offline "
    "(Kerberoasting). A client account needs no such name.",
    MeasureUrgency::now,
    kAttributes};

const MeasureInfo kRefusedMailbox{
    "refused_mailbox",
    {"Scope of impersonation", "Impersonation ends at its scope", "Impersonation goes beyond its scope"},
    "That Exchange refuses a mailbox outside the scope is the only proof that there is one: else the account may open "
    "every mailbox of the organisation.",
    MeasureUrgency::now,
    {guidance::kImpersonation, "To configure impersonation for specific users or groups of users",
     guidance::kImpersonationUrl}};
const MeasureInfo kMailboxCheck{
    "mailbox_check",
    {"Mailbox check", "Mailbox check opens", "Mailbox check does not open, or is missing"},
    "It shows that impersonation works; where its mailbox is gone or has moved, a loss of the right is not noticed.",
    MeasureUrgency::soon,
    kReviews};
const MeasureInfo kSchemeUsed{
    "scheme_used",
    {"Sign-in scheme", "Connection signs in by Kerberos", "Connection does not sign in by Kerberos everywhere"},
    "Kerberos proves the server, too, and shows nothing that can be passed on. NTLM can be relayed, Basic shows the "
    "password itself to the server and to whatever opens TLS before it.",
    MeasureUrgency::soon,
    best_practices("Configure Kerberos and SMB instead of NTLM")};
const MeasureInfo kBasicOffered{
    "basic_offered",
    {"Basic at EWS", "EWS does not offer Basic", "EWS offers Basic"},
    "While Basic is offered, passwords can be tried one after the other from anywhere that reaches the URL, and every "
    "client that uses it sends its password.",
    MeasureUrgency::now,
    best_practices("Configure modern authentication and multifactor authentication")};
const MeasureInfo kNtlmOffered{"ntlm_offered",
                               {"NTLM at EWS", "EWS does not offer NTLM", "EWS offers NTLM"},
                               "While NTLM is offered, a sign-in that was lured elsewhere can be relayed to Exchange.",
                               MeasureUrgency::later,
                               best_practices("Configure Kerberos and SMB instead of NTLM")};
const MeasureInfo kExtendedProtection{
    "extended_protection",
    {"Extended Protection", "Extended Protection is on", "Extended Protection is off, or cannot work"},
    "With it, a sign-in that is relayed through another connection is refused.",
    MeasureUrgency::now,
    best_practices("Configure extended protection")};
const MeasureInfo kTlsVersions{
    "tls_versions",
    {"Old TLS versions", "TLS 1.0 and 1.1 are refused", "TLS 1.0 or 1.1 is offered"},
    "TLS 1.0 and 1.1 can be broken; what is still offered can be forced upon a client.",
    MeasureUrgency::soon,
    {guidance::kExchangeTls, "Exchange Server TLS configuration best practices", guidance::kExchangeTlsUrl}};
const MeasureInfo kHsts{"hsts",
                        {"HSTS", "HSTS is on for a year or longer", "HSTS is off, or too short"},
                        "A browser that was told so refuses to be led to plain HTTP, or past a certificate error.",
                        MeasureUrgency::later,
                        {guidance::kHsts, "Enable HSTS on Exchange Server", guidance::kHstsUrl}};
const MeasureInfo kCertificateExpiry{
    "certificate_expiry",
    {"Validity of the certificate", "Certificate is valid for 60 days and more", "Certificate expires soon"},
    "The day it expires, every client stops, and Mailward with them.",
    MeasureUrgency::soon,
    best_practices("Configure transport layer security")};
const MeasureInfo kCertificateStrength{"certificate_strength",
                                       {"Strength of the certificate", "Certificate's key and signature are strong",
                                        "Certificate's key or signature is weak"},
                                       "A short key or a SHA-1 signature can be forged: whoever does is the server.",
                                       MeasureUrgency::now,
                                       best_practices("Configure transport layer security")};
const MeasureInfo kCertificateChain{
    "certificate_chain",
    {"Chain of the certificate", "Certificate's chain is whole and trusted",
     "Certificate's chain is broken, or not the same everywhere"},
    "A server that does not send its issuer's certificate, or sends another one than its front ends, teaches people to "
    "look away from warnings.",
    MeasureUrgency::soon,
    best_practices("Configure transport layer security")};
const MeasureInfo kServerSupport{
    "server_support",
    {"Support of this Exchange", "Exchange gets security updates", "Exchange gets no security updates any more"},
    "What is found in Exchange 2016 or 2019 since 14 October 2025 stays open: attackers "
    "read the updates of the Subscription Edition, too.",
    MeasureUrgency::now,
    best_practices("Migrate end-of-life Exchange servers")};

}  // namespace mailward::connections::measure_texts
