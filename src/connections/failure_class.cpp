#include "connections/failure_class.h"

namespace mailward::connections {
namespace {

using enum FailureClass;

/// In the order of the enumeration. Remedies name the server's own command wherever one decides.
constexpr FailureClassInfo kInfos[] = {
    {none, "none", "The connection is healthy.", "", Weight::note, ""},

    {unknown_host, "unknown_host", "The EWS host name has no address.",
     "Check the spelling of the EWS URL, and on this machine: getent hosts {host}", Weight::failed, ""},
    {name_server_failed, "name_server_failed", "The name servers of this machine do not answer.",
     "Check /etc/resolv.conf, or network.name_servers in Mailward's configuration.", Weight::failed, ""},
    {destination_refused, "destination_refused", "Mailward is not allowed to connect to this address or port.",
     "If it is meant, add it to network.allowed_destinations or network.allowed_ports in Mailward's configuration.",
     Weight::failed, ""},
    {connection_refused, "connection_refused", "The server refuses the TCP connection.",
     "On the Exchange server: Get-Service W3SVC; netstat -ano | findstr :443. Check the balancer and firewalls "
     "between.",
     Weight::failed, ""},
    {connection_timed_out, "connection_timed_out", "The server does not answer on TCP.",
     "Check that this machine may reach {host}: a firewall or a host that is down drops the connection.",
     Weight::failed, ""},
    {unreachable, "unreachable", "There is no network route to the server.",
     "On this machine: ip route get the address shown in the step; a firewall may forbid it.", Weight::failed, ""},
    {proxy_unreachable, "proxy_unreachable", "The proxy cannot be reached.",
     "Check the proxy's URL in the connection (http:// or https://, as its port speaks), and from this machine: "
     "curl -v -x PROXY-URL --connect-to ::ADDRESS:{port} https://{host}:{port}/, with the server's address as shown.",
     Weight::failed, ""},
    {proxy_tls, "proxy_tls", "The proxy's own TLS does not hold.",
     "Give the authority of the proxy's certificate as the proxy's trust (--proxy-trust-file), use the name that it "
     "bears, or http:// where the proxy speaks no TLS.",
     Weight::failed, ""},
    {proxy_refused, "proxy_refused", "The proxy refuses the way to the server.",
     "Allow CONNECT to the address and port shown on the proxy; its log names the rule that refused it.",
     Weight::failed, ""},
    {proxy_sign_in, "proxy_sign_in", "The proxy wants a sign-in, or refused this one.",
     "Choose how the proxy is signed in to, and type its password as it is in force: mailward connection edit "
     "CONNECTION --proxy-sign-in WAY --proxy-user USER --ask-proxy-password. A password that it refused is not tried "
     "again.",
     Weight::parked, ""},
    {address_dead, "address_dead", "One of several addresses of the EWS host does not answer.",
     "Take the dead address out of DNS or mend the server: clients that try it first wait for it.", Weight::degraded,
     ""},
    {connection_reset, "connection_reset", "The server broke the connection off.",
     "On the Exchange server look at the HTTPERR log (C:\\Windows\\System32\\LogFiles\\HTTPERR) at the time of the "
     "test.",
     Weight::failed, ""},

    {tls_name_mismatch, "tls_name_mismatch", "The certificate is for another name than the EWS URL's.",
     "Use a name of the certificate in the EWS URL, or renew the certificate: Get-ExchangeCertificate | fl "
     "CertificateDomains,Services",
     Weight::failed, ""},
    {tls_expired, "tls_expired", "The server's certificate has expired.",
     "On the Exchange server: Get-ExchangeCertificate | ft Thumbprint,NotAfter,Services; renew it and assign it to "
     "IIS.",
     Weight::failed, ""},
    {tls_not_yet_valid, "tls_not_yet_valid", "The server's certificate is not valid yet.",
     "Compare the clocks of this machine and of the server: timedatectl; w32tm /query /status", Weight::failed, ""},
    {tls_untrusted, "tls_untrusted", "The certificate's issuer is not trusted here.",
     "If the organisation has a certification authority of its own, give its certificate as the connection's trust "
     "(--trust-file).",
     Weight::failed, ""},
    {tls_incomplete_chain, "tls_incomplete_chain",
     "The server does not send the intermediate certificate of its issuer.",
     "On the Exchange server import the intermediate certificate into Cert:\\LocalMachine\\CA and restart IIS; check "
     "with: "
     "openssl s_client -connect {host}:{port} -showcerts",
     Weight::failed, ""},
    {tls_too_old, "tls_too_old", "The server offers no TLS version from 1.2 on.",
     "Enable TLS 1.2 on the Exchange server (SCHANNEL\\Protocols\\TLS 1.2\\Server, Enabled=1), then restart it.",
     Weight::failed, ""},
    {tls_too_weak, "tls_too_weak", "The server's key, signature or ciphers are too weak.",
     "Renew the certificate with an RSA key of 2048 bits or more and a SHA-256 signature: New-ExchangeCertificate "
     "-KeySize 2048",
     Weight::failed, ""},
    {not_tls, "not_tls", "What answers on this port does not speak TLS.",
     "Check the port of the EWS URL and what listens there.", Weight::failed, ""},
    {tls_failed, "tls_failed", "The TLS handshake failed.",
     "Try: openssl s_client -connect {host}:{port} -servername {host}", Weight::failed, ""},
    {tls_intercepted, "tls_intercepted",
     "Something opens TLS before the front ends: at the EWS URL another certificate shows than theirs.",
     "See whose it is: openssl s_client -connect {host}:{port} -servername {host} | openssl x509 -noout -issuer "
     "-subject. A balancer: let it pass TLS through, or give it the front ends' certificate with its key. An "
     "inspection: exempt {host} from it. Extended Protection (Get-WebServicesVirtualDirectory | fl "
     "ExtendedProtection*) refuses NTLM and Kerberos through another certificate; a balancer that shares its "
     "connections to the servers breaks NTLM too. Where a front end is missing in the connection's list, add it.",
     Weight::failed, "extended_protection, connection_sharing"},

    {forms_sign_in, "forms_sign_in", "A sign-in form stands in front of EWS.",
     "Publish /EWS without forms sign-in: on the reverse proxy exempt /EWS/*, on Exchange: "
     "Get-WebServicesVirtualDirectory | fl "
     "*Authentication*",
     Weight::failed, ""},
    {portal_page, "portal_page", "A web page answers in place of EWS.",
     "A portal, proxy or filter stands between. From this machine: curl -v https://{host}:{port}/EWS/Exchange.asmx",
     Weight::failed, ""},
    {redirected, "redirected", "The server sends Mailward to another address.",
     "Use the final address as the EWS URL, if it is yours: Get-WebServicesVirtualDirectory | fl "
     "InternalUrl,ExternalUrl",
     Weight::failed, ""},
    {not_exchange, "not_exchange", "No Exchange Web Services are at this address.",
     "Check the path of the EWS URL: Get-WebServicesVirtualDirectory | fl InternalUrl", Weight::failed, ""},
    {server_unavailable, "server_unavailable", "The server says that it is not available.",
     "On the Exchange server: Get-ServerComponentState -Identity {server} -Component EwsProxy; Test-ServiceHealth",
     Weight::failed, ""},
    {server_error, "server_error", "The server answers with an error of its own.",
     "On the Exchange server look in the event log and the EWS log at the time of the test, for the client-request-id "
     "shown.",
     Weight::failed, ""},
    {malformed_answer, "malformed_answer", "The answer is damaged or no answer of Exchange.",
     "Something between may change it. From this machine: curl -v https://{host}:{port}/EWS/Exchange.asmx",
     Weight::failed, ""},
    {answer_timed_out, "answer_timed_out", "The server took the request and did not answer in time.",
     "On the Exchange server: Test-ServiceHealth; Get-Counter '\\MSExchange HttpProxy(ews)\\*'", Weight::failed, ""},
    {request_too_large, "request_too_large", "The server refuses the request as too large.",
     "IIS limits requests: check maxAllowedContentLength and uploadReadAheadSize of /EWS, and the limits of what "
     "stands "
     "before it.",
     Weight::failed, ""},
    {token_too_large, "token_too_large",
     "The Kerberos token is refused as too large: the account is in many groups, or a limit is low.",
     "Where the answer is Windows' own (server: Microsoft-HTTPAPI), on each front end, then restart it: "
     "Set-ItemProperty "
     "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters -Type DWord MaxFieldLength 65534; Set-ItemProperty "
     "HKLM:\\SYSTEM\\CurrentControlSet\\Services\\HTTP\\Parameters -Type DWord MaxRequestBytes 131072. Else raise the "
     "limit for request heads on the balancer or proxy that answers. Or take the account out of groups: (Get-ADUser "
     "{ad_account} -Properties TokenGroups).TokenGroups.Count; beyond 48000 bytes of token, MaxTokenSize "
     "(HKLM:\\SYSTEM\\CurrentControlSet\\Control\\Lsa\\Kerberos\\Parameters) stands in the way too.",
     Weight::failed, "http_sys_limit, proxy_head_limit"},
    {out_of_service, "out_of_service", "A front end's health check says that it is out of service, though EWS answers.",
     "On the Exchange server: Get-ServerComponentState -Identity {server}; Get-HealthReport -Identity {server}",
     Weight::degraded, ""},
    {front_end_broken, "front_end_broken", "One of several front ends does not work.",
     "Take it out of the balancer or mend it; the others serve.", Weight::degraded, ""},

    {scheme_not_allowed, "scheme_not_allowed", "The server offers no sign-in that this connection allows.",
     "Allow one of those offered on the connection, or on Exchange: Set-WebServicesVirtualDirectory -Identity "
     "{ews_directory} -WindowsAuthentication $true",
     Weight::failed, ""},
    {extended_protection, "extended_protection",
     "Extended Protection refuses the sign-in: the TLS connection ends elsewhere.",
     "A balancer or inspection opens TLS between here and Exchange. Let it pass through, or give it the same "
     "certificate as "
     "the servers.",
     Weight::failed, ""},
    {no_spn, "no_spn", "No account in Active Directory holds the service name HTTP/{host}.",
     "setspn -Q HTTP/{host}; behind a balancer give it to the alternate service account: setspn -S HTTP/{host} <ASA "
     "account>",
     Weight::failed, ""},
    {encryption_types, "encryption_types", "Kerberos finds no encryption type in common.",
     "Get-ADObject -LDAPFilter '(servicePrincipalName=HTTP/{host})' -Properties msDS-SupportedEncryptionTypes; allow "
     "AES256",
     Weight::failed, ""},
    {account_encryption_types, "account_encryption_types",
     "Kerberos finds no encryption type in common with the service account.",
     "Get-ADUser {ad_account} -Properties msDS-SupportedEncryptionTypes; Set-ADUser {ad_account} "
     "-KerberosEncryptionType "
     "AES128,AES256; then set its password again, for AES keys are made only then",
     Weight::failed, ""},
    {foreign_domain, "foreign_domain", "The account's domain is not that of its directory.",
     "Tell the directory its domain's NetBIOS name: mailward directory edit NAME --domain NETBIOS; or give the account "
     "as a UPN, or the directory it lives in: mailward account edit {account} --directory NAME",
     Weight::failed, ""},
    {kerberos_clock, "kerberos_clock",
     "The clocks of this machine and of the domain controller differ too much for Kerberos.",
     "Set both by the same source: timedatectl; w32tm /query /status", Weight::failed, ""},
    {kerberos_refused, "kerberos_refused", "Exchange refuses the Kerberos ticket, but takes NTLM.",
     "The service name may belong to another account than the one whose key the servers have: setspn -Q HTTP/{host}; "
     "RollAlternateServiceAccountPassword.ps1",
     Weight::degraded, ""},
    {fell_to_ntlm, "fell_to_ntlm", "The connection may use Kerberos, but signs in without it.",
     "On each front end: Test-ComputerSecureChannel; Get-WebServicesVirtualDirectory | fl Server,*Authentication*; a "
     "proxy that signs clients in itself must take Kerberos or leave it to Exchange. On a Windows client: klist get "
     "HTTP/{host}",
     Weight::degraded, ""},
    {kdc_unreachable, "kdc_unreachable", "No domain controller answers Kerberos.",
     "Check port 88/TCP from this machine to the controllers.", Weight::note, ""},
    {password_missing, "password_missing", "No password is stored for this destination.",
     "Type the master mailbox's password on this connection.", Weight::parked, ""},
    {password_suspicious, "password_suspicious", "The typed password looks mistyped, so it was not tried.",
     "Type it again, or confirm that it is meant as it is (--password-as-is).", Weight::parked, ""},
    {refused_before, "refused_before", "This password was refused before, so it was not tried again.",
     "Type the password that is in force. If this one is right and something else refused it (a policy, load, Extended "
     "Protection), "
     "wait until the time shown, then ask for one more try: --try-again.",
     Weight::parked, ""},
    {try_interrupted, "try_interrupted",
     "An earlier try of this password was interrupted, and its outcome is not known.",
     "Check the account (Get-ADUser {ad_account} -Server (Get-ADDomain).PDCEmulator -Properties "
     "BadPwdCount,LockedOut), then ask for one more try "
     "(--try-again).",
     Weight::parked, ""},
    {lockout_near, "lockout_near",
     "Too few tries are left before the account is locked, so the password was not tried.",
     "Wait for the lock-out window to pass, or reset the count by a good sign-in: Get-ADUser {ad_account} -Server "
     "(Get-ADDomain).PDCEmulator -Properties BadPwdCount",
     Weight::parked, ""},
    {bad_password, "bad_password", "The password is wrong.",
     "Type the master mailbox's password as it is in Active Directory; to reset it there: Set-ADAccountPassword "
     "{ad_account} -Reset",
     Weight::parked, ""},
    {password_changed_elsewhere, "password_changed_elsewhere", "Somebody else has changed the password.",
     "Find out who did (event 4724 or 4723 on the controller's Security log), then type the new password: mailward "
     "account password; or rotate it: mailward account rotate",
     Weight::parked, ""},
    {older_database, "older_database", "The database is older than the files beside it.",
     "It was restored from before a renewal. Bring the newest password back: mailward account recover (with the "
     "recovery "
     "key's private half), or type it: mailward account password",
     Weight::parked, ""},
    {account_unknown, "account_unknown", "Active Directory knows no such account.",
     "Check the master mailbox's name: Get-ADUser -Filter {account_filter}", Weight::parked, ""},
    {account_locked, "account_locked", "The account is locked.",
     "Find out who locks it, then: Unlock-ADAccount {ad_account}", Weight::parked, ""},
    {account_disabled, "account_disabled", "The account is disabled.", "Enable-ADAccount {ad_account}", Weight::parked,
     ""},
    {account_expired, "account_expired", "The account has expired.", "Clear-ADAccountExpiration {ad_account}",
     Weight::parked, ""},
    {password_expired, "password_expired", "The account's password has expired.",
     "Reset it and type the new one here: Set-ADAccountPassword {ad_account} -Reset", Weight::parked, ""},
    {must_change_password, "must_change_password", "The account must change its password at the next sign-in.",
     "Set-ADUser {ad_account} -ChangePasswordAtLogon $false, after a reset; then type the new password here.",
     Weight::parked, ""},
    {logon_not_allowed, "logon_not_allowed", "Active Directory does not let the account sign in now or from here.",
     "Get-ADUser {ad_account} -Properties LogonHours,LogonWorkstations; look for authentication policies.",
     Weight::parked, ""},
    {refused_right_password, "refused_right_password", "Exchange refuses a password that Active Directory takes.",
     "On the Exchange server: Get-AuthenticationPolicy | fl Name,BlockLegacyAuth*; (Get-User "
     "{account}).AuthenticationPolicy; "
     "and look at the load: Get-Counter '\\MSExchange HttpProxy(ews)\\*'",
     Weight::failed, "legacy_authentication_blocked, overload, extended_protection, dead_back_end"},
    {refused_or_overloaded, "refused_or_overloaded",
     "Exchange refuses the sign-in; whether the password is wrong cannot be told.",
     "Get-ADUser {ad_account} -Server (Get-ADDomain).PDCEmulator -Properties "
     "BadPwdCount,LockedOut,Enabled,PasswordExpired. If "
     "BadPwdCount rose, "
     "the password is wrong; if it did not, on Exchange: (Get-User {account}).AuthenticationPolicy; "
     "Get-WebServicesVirtualDirectory "
     "| fl ExtendedProtection*. This password is not tried again for half an hour. With a directory (mailward "
     "directory add) "
     "Mailward tells these apart itself.",
     Weight::parked,
     "bad_password, account_locked, account_disabled, account_expired, password_expired, must_change_password, "
     "legacy_authentication_blocked, overload, extended_protection"},

    {ews_not_allowed, "ews_not_allowed", "Exchange does not let this account or program use EWS.",
     "Look first: Get-CASMailbox {account} | fl Ews*; Get-OrganizationConfig | fl Ews*. Where EWS is off: "
     "Set-CASMailbox {account} "
     "-EwsEnabled $true. Where EwsApplicationAccessPolicy is EnforceBlockList, take Mailward off EwsBlockList; where "
     "it is "
     "EnforceAllowList already: Set-OrganizationConfig -EwsAllowList @{Add='Mailward/*'}. Do not switch a policy on "
     "for this.",
     Weight::failed, "ews_disabled, user_agent_not_allowed"},
    {impersonation_denied, "impersonation_denied", "The account may not impersonate the mailbox check address.",
     "Run the preparation script on Exchange (in the console beside the form, or: mailward connection prepare). To see "
     "what the account has: Get-ManagementRoleAssignment -RoleAssignee {account} -Role ApplicationImpersonation | fl "
     "Name,Enabled,*Scope*",
     Weight::failed, ""},
    {scope_too_wide, "scope_too_wide", "The account may impersonate the mailbox that should be refused.",
     "Get-ManagementRoleAssignment -RoleAssignee {account} -Role ApplicationImpersonation | fl Name,*Scope*; narrow it "
     "with the preparation script, or with Set-ManagementRoleAssignment -CustomRecipientWriteScope",
     Weight::degraded, ""},
    {mailbox_check_missing, "mailbox_check_missing",
     "No mailbox check address is given, so impersonation was not tested.",
     "Give a known address as the mailbox check.", Weight::note, ""},
    {mailbox_unknown, "mailbox_unknown", "Exchange knows no mailbox of the mailbox check address.",
     "Get-Recipient {mailbox} | fl RecipientTypeDetails,PrimarySmtpAddress", Weight::failed, ""},
    {mailbox_moved, "mailbox_moved", "The mailbox check's mailbox was moved to Exchange Online.",
     "Choose a mailbox that is on this Exchange: Get-Mailbox -ResultSize 10 | ft PrimarySmtpAddress", Weight::failed,
     ""},
    {mailbox_unknown_or_moved, "mailbox_unknown_or_moved",
     "There is no mailbox of the mailbox check address here: unknown, or moved to Exchange Online.",
     "Get-Recipient {mailbox} | fl RecipientTypeDetails (RemoteUserMailbox: it was moved)", Weight::failed,
     "mailbox_unknown, mailbox_moved"},
    {throttled, "throttled", "Exchange asks to come later: it is busy, or the account's budget is used up.",
     "Get-ThrottlingPolicyAssociation {account}; wait and test again.", Weight::degraded, ""},
    {server_too_old, "server_too_old", "This Exchange is older than those that Mailward supports (2016, 2019, SE).",
     "Get-ExchangeServer | fl AdminDisplayVersion", Weight::failed, ""},
    {autodiscover_differs, "autodiscover_differs", "Autodiscover leads to another place than the EWS URL.",
     "Take the address that it names, if it is yours; else mend it: Get-WebServicesVirtualDirectory | fl "
     "Server,InternalUrl,ExternalUrl; Get-ClientAccessService | fl AutoDiscoverServiceInternalUri",
     Weight::note, ""},
    {autodiscover_silent, "autodiscover_silent", "Autodiscover does not tell where the mailbox is.",
     "The step shows what each candidate answered. On Exchange: Get-ClientAccessService | fl "
     "AutoDiscoverServiceInternalUri; in DNS: autodiscover.DOMAIN, or the SRV record _autodiscover._tcp.DOMAIN",
     Weight::note, ""},
    {clock_skew, "clock_skew", "The clocks of this machine and of the server differ by more than five minutes.",
     "Set both by the same source: timedatectl; w32tm /query /status. Kerberos fails beyond five minutes.",
     Weight::degraded, ""},
    {write_refused, "write_refused", "Exchange lets Mailward read the mailbox check's mailbox, but not write in it.",
     "Get-ManagementRoleAssignment -RoleAssignee {account} | fl Role,*Scope* must show ApplicationImpersonation "
     "itself, "
     "which gives all of the owner's rights; if it does, look for the client-request-id shown in the EWS log, and for "
     "a "
     "proxy or policy between that lets only reading through.",
     Weight::failed, ""},
    {mailbox_full, "mailbox_full", "The mailbox check's mailbox is full: Exchange saves nothing more in it.",
     "Get-Mailbox {mailbox} | fl *Quota*; Get-MailboxStatistics {mailbox} | fl TotalItemSize; make room, or choose "
     "another mailbox check.",
     Weight::degraded, ""},
    {leftovers_remain, "leftovers_remain", "Hidden folders that the deep test made could not be removed.",
     "The next deep test removes them. To see them: Get-MailboxFolderStatistics {mailbox} -FolderScope NonIpmRoot | ? "
     "Name -like 'Mailward deep test*' | ft Name,FolderPath,ItemsInFolder",
     Weight::degraded, ""},
    {exchange_error, "exchange_error", "Exchange answers with an error.",
     "Look for the response code in Exchange's documentation and for the client-request-id in its EWS log.",
     Weight::failed, ""},

    {cancelled, "cancelled", "The test was cancelled.", "", Weight::inconclusive, ""},
    {account_busy, "account_busy", "Another test or change of this account is under way.",
     "Try again when it has ended.", Weight::inconclusive, ""},
    {internal_error, "internal_error", "Mailward could not finish the test.",
     "See Mailward's log for the request id shown.", Weight::inconclusive, ""},
};

}  // namespace

bool is_of_proxy(FailureClass failure) {
  return failure == proxy_unreachable || failure == proxy_tls || failure == proxy_refused || failure == proxy_sign_in;
}

const FailureClassInfo& info_of(FailureClass failure) {
  return kInfos[static_cast<std::size_t>(failure)];
}

std::string_view name_of(FailureClass failure) {
  return info_of(failure).name;
}

std::span<const FailureClassInfo> failure_classes() {
  return kInfos;
}

}  // namespace mailward::connections
