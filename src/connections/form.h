#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "connections/proxy_form.h"

namespace mailward::connections {

/// What is wrong with one field of a form. Field names are those of the API ("ews_url").
struct FieldProblem {
  std::string field;
  std::string problem;  ///< a sentence for a person, which repeats no password
};

/// An EWS URL taken apart: https only, no user, no query, no fragment.
struct EwsUrl {
  std::string host;  ///< in lower case; an IPv6 address without brackets
  std::uint16_t port = 443;
  std::string path = "/EWS/Exchange.asmx";
  /// Errors: invalid_form, with what is expected.
  static Result<EwsUrl> parse(std::string_view text);
  std::string text() const;
};

/// One place to connect to, as an administrator writes it: "mail1.example.test", "192.0.2.1:8443", "[2001:db8::1]:443".
struct Endpoint {
  std::string host;  ///< in lower case; an IPv6 address without brackets
  std::uint16_t port = 0;
  /// Errors: invalid_form, with what is expected.
  static Result<Endpoint> parse(std::string_view text, std::uint16_t default_port);
  /// With port, an IPv6 address in brackets.
  std::string text() const;
  auto operator<=>(const Endpoint&) const = default;
};

/// A host name in lower case (RFC 1123; IDN in its xn-- form), or an address in its canonical text, IPv6 without
/// brackets (they are expected in `text`). Errors: invalid_form.
Result<std::string> checked_host(std::string_view text);

/// Which ways of signing in the administrator allows; the server's offer decides among them, strongest first.
struct Authentication {
  bool negotiate = true;
  bool ntlm = true;
  bool basic = false;
  bool operator==(const Authentication&) const = default;
  /// "negotiate,ntlm"
  std::string text() const;
  /// Errors: invalid_form for a name that is not known, a repetition, or none at all.
  static Result<Authentication> parse(std::string_view text);
};

/// What an administrator fills in for a server connection.
struct ConnectionForm {
  std::string description;  ///< up to 200 characters, not empty
  std::string ews_url;
  std::string master_mailbox;  ///< UPN, DOMAIN\name or SMTP address: names the service account
  Authentication authentication;
  std::string trust_pem;                  ///< certificates of the issuing authorities; empty: the system's
  std::string mailbox_check;              ///< SMTP address, may be empty until tested
  std::string refused_mailbox;            ///< SMTP address outside the impersonation scope; empty: not checked
  std::vector<std::string> front_ends;    ///< their own addresses: host or IP, ":port" allowed; at most 32
  std::vector<std::string> products;      ///< of kProducts
  std::uint32_t concurrency = 20;         ///< 1 to 100 calls in flight; Exchange's default limit is 27
  std::string user_agent;                 ///< empty: Mailward's own
  std::uint32_t heartbeat_seconds = 300;  ///< 0: none; else 60 to 86,400
  /// The SMTP address of a mailbox, or its domain, by which Autodiscover finds the EWS URL; empty: it is not asked.
  std::string autodiscover;
  ProxyForm proxy;
};

/// The products that may use a connection, by name.
inline constexpr std::string_view kProducts[] = {"sync_and_recover", "internal_email_protect", "threat_remediation",
                                                 "continuity_monitor"};

/// Every field that does not hold; empty when all do. Text is taken without outer white space by those who save.
std::vector<FieldProblem> check_form(const ConnectionForm& form);
/// Of a form that is being filled in, what must hold before Autodiscover is asked for its EWS URL.
std::vector<FieldProblem> check_for_search(const ConnectionForm& form);
/// Without outer white space and blank list entries.
ConnectionForm trimmed(ConnectionForm form);
/// The front ends' own addresses, in the order given; the URL's port where none is written. Errors: invalid_form.
Result<std::vector<Endpoint>> front_end_endpoints(const ConnectionForm& form);

/// How the directory reader proves himself to the controllers.
enum class ReaderSignIn {
  simple,    ///< by a simple bind inside TLS
  kerberos,  ///< by a ticket of the realm, inside TLS
};
std::string_view name_of(ReaderSignIn way);
/// Errors: invalid_form for a name that is not known.
Result<ReaderSignIn> parse_reader_sign_in(std::string_view name);

/// What an administrator fills in for an Active Directory.
struct DirectoryForm {
  std::string name;                      ///< how people call it; up to 100 characters
  std::string realm;                     ///< Kerberos realm, "EXAMPLE.TEST"; empty: no KDC is asked
  std::string domain;                    ///< NetBIOS name, "EXAMPLE"
  std::vector<std::string> controllers;  ///< 1 to 32, as parse_controller() reads them
  std::string base_dn;                   ///< empty: the controller's defaultNamingContext
  std::string trust_pem;
  std::string reader;  ///< UPN, DOMAIN\name or, for a simple bind, DN of the directory reader; empty: none
  ReaderSignIn reader_sign_in = ReaderSignIn::simple;  ///< kerberos: the realm is needed
};
std::vector<FieldProblem> check_form(const DirectoryForm& form);
/// Also puts the realm into capital letters, as Active Directory's are.
DirectoryForm trimmed(DirectoryForm form);

/// The error that stands for the problems: names each field.
Error form_error(const std::vector<FieldProblem>& problems);

/// A service account's name made comparable: lower case (ASCII letters), outer space gone. Errors: invalid_form for
/// what is no UPN, DOMAIN\name or SMTP address.
Result<std::string> normalised_account_name(std::string_view typed);
/// The domain of an SMTP address or the domain itself, in lower case: what Autodiscover is asked about. Errors:
/// invalid_form.
Result<std::string> autodiscover_domain(std::string_view typed);
/// RFC 5321 4.1.2 without quoted local parts: what Exchange's mailboxes have. Returned without outer space, the domain
/// in lower case. Errors: invalid_form.
Result<std::string> checked_smtp_address(std::string_view typed);

}  // namespace mailward::connections
