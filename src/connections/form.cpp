#include "connections/form.h"

#include <algorithm>
#include <iterator>
#include <set>

#include "base/bytes.h"
#include "base/net.h"
#include "base/tls.h"
#include "connections/controller.h"
#include "connections/error.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

constexpr std::size_t kDescriptionLimit = 200;
constexpr std::size_t kDirectoryNameLimit = 100;
constexpr std::size_t kNetbiosNameLimit = 15;
constexpr std::size_t kBaseDnLimit = 500;
constexpr std::size_t kReaderLimit = 256;
constexpr std::size_t kUserAgentLimit = 200;
constexpr std::size_t kFrontEndLimit = 32;
constexpr std::size_t kControllerLimit = 32;
constexpr std::uint32_t kConcurrencyLimit = 100;
constexpr std::uint32_t kHeartbeatMin = 60;
constexpr std::uint32_t kHeartbeatMax = 86'400;

/// Gathers what is wrong, field by field.
class Problems {
 public:
  void add(std::string_view field, std::string problem) { all_.push_back({std::string(field), std::move(problem)}); }
  /// A Result's error, if it is one.
  void check(std::string_view field, const auto& result) {
    if (!result) add(field, result.error().message());
  }
  void line(std::string_view field, std::string_view name, std::string_view text, std::size_t limit) {
    if (auto problem = text_problem(text, limit)) add(field, std::string(name) + " " + *problem);
  }
  void trust(std::string_view field, const std::string& pem) {
    if (trimmed_text(pem).empty()) return;
    if (auto trust = CertificateTrust::from_pem(pem); !trust) {
      add(field, "the issuing authorities' certificates are expected as PEM: " + trust.error().message());
    }
  }
  void add_all(std::vector<FieldProblem> more) { std::ranges::move(more, std::back_inserter(all_)); }
  std::vector<FieldProblem> take() { return std::move(all_); }

 private:
  std::vector<FieldProblem> all_;
};

void check_front_ends(const ConnectionForm& form, Problems& problems) {
  if (form.front_ends.size() > kFrontEndLimit) problems.add("front_ends", "at most 32 front ends may be listed");
  const auto url = EwsUrl::parse(form.ews_url);
  std::set<Endpoint> seen;
  for (const std::string& text : form.front_ends) {
    auto endpoint = Endpoint::parse(text, url ? url->port : 443);
    if (!endpoint) {
      problems.add("front_ends", endpoint.error().message());
    } else if (!seen.insert(*endpoint).second) {
      problems.add("front_ends", "'" + printable(text) + "' stands there twice");
    }
  }
}

void check_products(const ConnectionForm& form, Problems& problems) {
  std::set<std::string_view> seen;
  for (const std::string& product : form.products) {
    if (std::ranges::find(kProducts, product) == std::end(kProducts)) {
      std::string known;
      for (const std::string_view name : kProducts) known += (known.empty() ? "" : ", ") + std::string(name);
      problems.add("products", "'" + printable(product) + "' is no product; there are " + known);
    } else if (!seen.insert(product).second) {
      problems.add("products", "'" + product + "' stands there twice");
    }
  }
}

void check_limits(const ConnectionForm& form, Problems& problems) {
  if (form.concurrency < 1 || form.concurrency > kConcurrencyLimit) {
    problems.add("concurrency", "1 to 100 calls at once are possible");
  }
  const bool off = form.heartbeat_seconds == 0;
  if (!off && (form.heartbeat_seconds < kHeartbeatMin || form.heartbeat_seconds > kHeartbeatMax)) {
    problems.add("heartbeat_seconds", "60 to 86400 seconds are possible, or 0 for none");
  }
}

void check_controllers(const DirectoryForm& form, Problems& problems) {
  if (form.controllers.empty()) problems.add("controllers", "at least one domain controller is needed");
  if (form.controllers.size() > kControllerLimit) {
    problems.add("controllers", "at most 32 domain controllers may be listed");
  }
  std::set<std::string> seen;
  for (const std::string& text : form.controllers) {
    auto controller = parse_controller(text);
    if (!controller) {
      problems.add("controllers", controller.error().message());
    } else if (!seen.insert(controller_text(*controller)).second) {
      problems.add("controllers", "'" + printable(text) + "' stands there twice");
    }
  }
}

bool is_netbios_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
}

void trim(std::string& text) {
  text = std::string(trimmed_text(text));
}

/// Blank lines of a list are no entries.
void trim(std::vector<std::string>& list) {
  for (std::string& text : list) trim(text);
  std::erase(list, "");
}

}  // namespace

std::string Authentication::text() const {
  std::string text;
  const auto append = [&](bool on, std::string_view name) {
    if (on) text += (text.empty() ? "" : ",") + std::string(name);
  };
  append(negotiate, "negotiate");
  append(ntlm, "ntlm");
  append(basic, "basic");
  return text;
}

Result<Authentication> Authentication::parse(std::string_view text) {
  Authentication parsed{.negotiate = false, .ntlm = false, .basic = false};
  std::string_view rest = text;
  for (;;) {
    const std::size_t comma = rest.find(',');
    const std::string name = lower_case(trimmed_text(rest.substr(0, comma)));
    bool* scheme = name == "negotiate" ? &parsed.negotiate
                   : name == "ntlm"    ? &parsed.ntlm
                   : name == "basic"   ? &parsed.basic
                                       : nullptr;
    if (scheme == nullptr || *scheme) {
      return fail(ConnectionsError::invalid_form, "'" + printable(text) +
                                                      "' names no ways of signing in: negotiate, ntlm and basic are "
                                                      "expected, each once, separated by commas");
    }
    *scheme = true;
    if (comma == std::string_view::npos) return parsed;
    rest.remove_prefix(comma + 1);
  }
}

std::vector<FieldProblem> check_form(const ConnectionForm& form) {
  Problems problems;
  if (trimmed_text(form.description).empty()) problems.add("description", "a description is needed");
  problems.line("description", "the description", form.description, kDescriptionLimit);
  problems.check("ews_url", EwsUrl::parse(form.ews_url));
  problems.check("master_mailbox", normalised_account_name(form.master_mailbox));
  if (form.authentication.text().empty()) {
    problems.add("authentication", "at least one of negotiate, ntlm and basic is needed");
  }
  problems.trust("trust_pem", form.trust_pem);
  if (!form.mailbox_check.empty()) problems.check("mailbox_check", checked_smtp_address(form.mailbox_check));
  if (!form.refused_mailbox.empty()) {
    problems.check("refused_mailbox", checked_smtp_address(form.refused_mailbox));
    if (lower_case(form.refused_mailbox) == lower_case(form.mailbox_check)) {
      problems.add("refused_mailbox", "the mailbox that must be refused may not be the mailbox check itself");
    }
  }
  if (!form.autodiscover.empty()) problems.check("autodiscover", autodiscover_domain(form.autodiscover));
  problems.add_all(check_form(form.proxy));
  check_front_ends(form, problems);
  check_products(form, problems);
  check_limits(form, problems);
  // Exchange's allow and block lists take "*" for anything: such an agent would open them to everybody.
  const auto visible = [](char c) { return c >= 0x20 && c < 0x7f && c != '*' && c != '?' && c != '[' && c != ']'; };
  if (form.user_agent.size() > kUserAgentLimit || !std::ranges::all_of(form.user_agent, visible)) {
    problems.add("user_agent", "at most 200 printable ASCII characters are possible, without *, ?, [ and ]");
  }
  return problems.take();
}

std::vector<FieldProblem> check_for_search(const ConnectionForm& form) {
  auto problems = check_form(form);
  std::erase_if(problems, [](const FieldProblem& one) {
    return one.field != "autodiscover" && one.field != "trust_pem" && !one.field.starts_with("proxy_");
  });
  if (form.autodiscover.empty()) problems.push_back({"autodiscover", "an e-mail address or its domain is needed"});
  return problems;
}

ConnectionForm trimmed(ConnectionForm form) {
  for (std::string* text : {&form.description, &form.ews_url, &form.master_mailbox, &form.trust_pem,
                            &form.mailbox_check, &form.refused_mailbox, &form.user_agent, &form.autodiscover}) {
    trim(*text);
  }
  if (!form.trust_pem.empty()) form.trust_pem += "\n";
  trim(form.front_ends);
  trim(form.products);
  form.proxy = trimmed(std::move(form.proxy));
  return form;
}

Result<std::string> autodiscover_domain(std::string_view typed) {
  std::string_view domain = typed;
  if (typed.contains('@')) {
    MW_CHECK(checked_smtp_address(typed));
    domain.remove_prefix(typed.rfind('@') + 1);
  }
  MW_TRY(auto host, checked_host(domain));
  if (host.contains(':') || !host.contains('.') || IpAddress::parse(host)) {
    return fail(ConnectionsError::invalid_form, "an e-mail address or its domain is expected, example.test");
  }
  return host;
}

Result<std::vector<Endpoint>> front_end_endpoints(const ConnectionForm& form) {
  MW_TRY(const auto url, EwsUrl::parse(form.ews_url));
  std::vector<Endpoint> endpoints;
  for (const std::string& text : form.front_ends) {
    MW_TRY(auto endpoint, Endpoint::parse(text, url.port));
    endpoints.push_back(std::move(endpoint));
  }
  return endpoints;
}

std::vector<FieldProblem> check_form(const DirectoryForm& form) {
  Problems problems;
  if (trimmed_text(form.name).empty()) problems.add("name", "a name is needed");
  problems.line("name", "the name", form.name, kDirectoryNameLimit);
  if (!form.realm.empty()) {
    if (auto realm = checked_host(form.realm); !realm) {
      problems.add("realm", "a Kerberos realm is expected, EXAMPLE.TEST: " + realm.error().message());
    }
  }
  if (form.domain.size() > kNetbiosNameLimit || !std::ranges::all_of(form.domain, is_netbios_letter)) {
    problems.add("domain", "the domain's NetBIOS name is expected, EXAMPLE: at most 15 letters, digits, . - _");
  }
  check_controllers(form, problems);
  problems.line("base_dn", "the base DN", form.base_dn, kBaseDnLimit);
  if (!form.base_dn.empty() && !form.base_dn.contains('=')) {
    problems.add("base_dn", "a distinguished name is expected, DC=example,DC=test");
  }
  problems.trust("trust_pem", form.trust_pem);
  problems.line("reader", "the directory reader's name", form.reader, kReaderLimit);
  const bool names_account = form.reader.contains('@') || form.reader.contains('\\') || form.reader.contains('=');
  if (!form.reader.empty() && !names_account) {
    problems.add("reader", "a UPN, DOMAIN\\name or distinguished name is expected");
  }
  if (form.reader_sign_in == ReaderSignIn::kerberos) {
    if (form.realm.empty()) problems.add("reader_sign_in", "a sign-in by Kerberos needs the directory's realm");
    if (!form.reader.contains('@') && !form.reader.contains('\\') && form.reader.contains('=')) {
      problems.add("reader", "a sign-in by Kerberos takes a UPN or DOMAIN\\name, no distinguished name");
    }
  }
  return problems.take();
}

std::string_view name_of(ReaderSignIn way) {
  return way == ReaderSignIn::kerberos ? "kerberos" : "simple";
}

Result<ReaderSignIn> parse_reader_sign_in(std::string_view name) {
  for (const ReaderSignIn way : {ReaderSignIn::simple, ReaderSignIn::kerberos}) {
    if (name == name_of(way)) return way;
  }
  return fail(ConnectionsError::invalid_form, "only \"simple\" and \"kerberos\" are known");
}

DirectoryForm trimmed(DirectoryForm form) {
  for (std::string* text : {&form.name, &form.realm, &form.domain, &form.base_dn, &form.trust_pem, &form.reader}) {
    trim(*text);
  }
  form.realm = upper_case(form.realm);
  if (!form.trust_pem.empty()) form.trust_pem += "\n";
  trim(form.controllers);
  return form;
}

Error form_error(const std::vector<FieldProblem>& problems) {
  std::string message;
  for (const FieldProblem& problem : problems) {
    message += (message.empty() ? "" : "; ") + problem.field + ": " + problem.problem;
  }
  return {ConnectionsError::invalid_form, message};
}

}  // namespace mailward::connections
