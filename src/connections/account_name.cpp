#include <algorithm>

#include "base/bytes.h"
#include "connections/error.h"
#include "connections/form.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kAccountNameLimit = 256;
constexpr std::size_t kLocalPartLimit = 64;     // RFC 5321 4.5.3.1.1
constexpr std::size_t kSmtpAddressLimit = 254;  // RFC 5321 4.5.3.1.3, without the angle brackets
constexpr std::size_t kDomainLimit = 253;

std::unexpected<Error> bad(std::string message) {
  return fail(ConnectionsError::invalid_form, std::move(message));
}

bool is_alphanumeric(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}
/// RFC 5322 3.2.3 atext.
bool is_atom_letter(char c) {
  return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~").contains(c);
}

/// What Active Directory keeps out of sAMAccountName and the part of a UPN before the @.
bool has_forbidden_letter(std::string_view name) {
  return std::ranges::any_of(name, [](char c) { return std::string_view("\"/\\[]:;|=,*?<>@").contains(c); });
}

Status check_plain_domain(std::string_view domain) {
  if (domain.starts_with('[')) return bad("a domain name is expected after the @, no address");
  MW_CHECK(checked_host(domain));
  return {};
}

Result<std::string> normalised_down_level(std::string_view name, std::size_t backslash) {
  const std::string_view domain = name.substr(0, backslash);
  const std::string_view account = name.substr(backslash + 1);
  const auto fits = [](char c) { return is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; };
  if (domain.empty() || domain.size() > kDomainLimit || !std::ranges::all_of(domain, fits)) {
    return bad("before the backslash the domain's name is expected: EXAMPLE\\svc-mailward");
  }
  if (account.empty() || has_forbidden_letter(account)) {
    return bad("after the backslash the account's name is expected, without \" / \\ [ ] : ; | = , * ? < > @");
  }
  return lower_case(name);
}

Result<std::string> normalised_upn(std::string_view name, std::size_t at) {
  const std::string_view local = name.substr(0, at);
  if (local.empty()) return bad("before the @ the account's name is expected: svc-mailward@example.test");
  const bool plain = !has_forbidden_letter(local) || checked_smtp_address(name).has_value();
  if (!plain || local.contains(' ')) {
    return bad("before the @ neither spaces nor \" \\ [ ] : ; , < > are expected");
  }
  MW_CHECK(check_plain_domain(name.substr(at + 1)));
  return lower_case(name);
}

}  // namespace

Result<std::string> normalised_account_name(std::string_view typed) {
  const std::string_view name = trimmed_text(typed);
  if (name.empty()) return bad("an account is needed: svc@example.test or EXAMPLE\\svc");
  if (auto problem = text_problem(name, kAccountNameLimit)) return bad("the account's name " + *problem);
  if (const std::size_t backslash = name.find('\\'); backslash != std::string_view::npos) {
    return normalised_down_level(name, backslash);
  }
  const std::size_t at = name.rfind('@');
  if (at != std::string_view::npos) return normalised_upn(name, at);
  return bad("'" + printable(name) + "' names no account: svc@example.test or EXAMPLE\\svc is the form expected");
}

Result<std::string> checked_smtp_address(std::string_view typed) {
  const std::string_view address = trimmed_text(typed);
  const std::string shown =
      "'" + printable(address) + "' is no SMTP address (usera@example.test is the form expected): ";
  const std::size_t at = address.rfind('@');
  if (at == std::string_view::npos || at == 0) return bad(shown + "it has no name before an @");
  if (address.size() > kSmtpAddressLimit) return bad(shown + "it is longer than 254 characters");
  const std::string_view local = address.substr(0, at);
  if (local.size() > kLocalPartLimit) return bad(shown + "the part before the @ is longer than 64 characters");
  if (!std::ranges::all_of(local, [](char c) { return is_atom_letter(c) || c == '.'; })) {
    return bad(shown + "before the @ only letters, digits and !#$%&'*+-/=?^_`{|}~. may stand");
  }
  if (local.starts_with('.') || local.ends_with('.') || local.contains("..")) {
    return bad(shown + "before the @ neither outer nor double dots may stand");
  }
  if (auto domain = check_plain_domain(address.substr(at + 1)); !domain) {
    return bad(shown + domain.error().message());
  }
  return std::string(local) + "@" + lower_case(address.substr(at + 1));
}

}  // namespace mailward::connections
