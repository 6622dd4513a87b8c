#pragma once

#include <string_view>

/// The documents that recommended measures are taken from, by title and where they are. Headings stand with each line.
namespace mailward::guidance {

inline constexpr std::string_view kExchangeBestPractices =
    "NSA, CISA, ASD and Cyber Centre: Microsoft Exchange Server Security Best Practices (October 2025)";
inline constexpr std::string_view kExchangeBestPracticesUrl =
    "https://www.cyber.gov.au/business-government/protecting-devices-systems/hardening-systems-applications/"
    "system-hardening/microsoft-exchange-server-security-best-practices";

inline constexpr std::string_view kUserServiceAccounts =
    "Microsoft: Secure user-based service accounts in Active Directory";
inline constexpr std::string_view kUserServiceAccountsUrl =
    "https://learn.microsoft.com/entra/architecture/service-accounts-user-on-premises";

inline constexpr std::string_view kGovernServiceAccounts = "Microsoft: Govern on-premises service accounts";
inline constexpr std::string_view kGovernServiceAccountsUrl =
    "https://learn.microsoft.com/entra/architecture/service-accounts-govern-on-premises";

inline constexpr std::string_view kAccountAttributes =
    "Microsoft Defender for Identity: Security assessment: Unsecure account attributes";
inline constexpr std::string_view kAccountAttributesUrl =
    "https://learn.microsoft.com/defender-for-identity/security-assessment-unsecure-account-attributes";

inline constexpr std::string_view kExchangeTls = "Microsoft: Exchange Server TLS configuration best practices";
inline constexpr std::string_view kExchangeTlsUrl =
    "https://learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/"
    "exchange-tls-configuration";

inline constexpr std::string_view kExtendedProtection =
    "Microsoft: Configure Windows Extended Protection in Exchange Server";
inline constexpr std::string_view kExtendedProtectionUrl =
    "https://learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/"
    "exchange-extended-protection";

inline constexpr std::string_view kHsts =
    "Microsoft: Configure HTTP Strict Transport Security (HSTS) in Exchange Server";
inline constexpr std::string_view kHstsUrl =
    "https://learn.microsoft.com/exchange/plan-and-deploy/post-installation-tasks/security-best-practices/"
    "configure-http-strict-transport-security-in-exchange-server";

inline constexpr std::string_view kImpersonation = "Microsoft: Configure impersonation";
inline constexpr std::string_view kImpersonationUrl =
    "https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-configure-impersonation";

}  // namespace mailward::guidance
