#include "connections/destination.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/tls.h"
#include "connections/controller.h"
#include "connections/error.h"
#include "connections/form.h"
#include "connections/text.h"

namespace mailward::connections {

namespace {

/// First line of each text; a change of what the lines mean changes it, and then passwords must be typed again.
constexpr std::string_view kServerText = "mailward-destination-1\n";
constexpr std::string_view kSearchText = "mailward-search-destination-1\n";
constexpr std::string_view kReaderText = "mailward-reader-destination-1\n";
constexpr std::string_view kAccountContext = "mailward-service-account-1";
constexpr std::string_view kProxyContext = "mailward-proxy-1";
constexpr std::string_view kReaderContext = "mailward-directory-reader-1";

struct FieldName {
  std::string_view key;
  std::string_view name;
};
/// How a person calls the lines, in the order to name them.
constexpr FieldName kFieldNames[] = {
    {"confirmed", "hosts that may see it"},
    {"ews", "EWS host"},
    {"front_end", "front ends"},
    {"trust", "certificate trust"},
    {"authentication", "authentication"},
    {"autodiscover", "Autodiscover domain"},
    {"proxy", "proxy"},
    {"proxy_trust", "certificate trust of the proxy"},
    {"directory", "directory"},
    {"realm", "Kerberos realm"},
    {"controller", "domain controllers"},
    {"directory_trust", "certificate trust of the directory"},
    {"reader", "directory reader"},
    {"sign_in", "how the directory reader signs in"},
};

void line(std::string& text, std::string_view key, std::string_view value) {
  text.append(key).append("=").append(value).append("\n");
}

/// The certificates themselves, not where they came from.
Result<std::string> trust_identity(const std::string& pem) {
  if (trimmed_text(pem).empty()) return CertificateTrust::system().identity();
  auto trust = CertificateTrust::from_pem(pem);
  if (!trust) return fail(ConnectionsError::invalid_form, "the certificates do not hold: " + trust.error().message());
  return trust->identity();
}

/// How a connection's servers are reached, whichever they are.
Status way_lines(std::string& text, const ConnectionForm& form) {
  MW_TRY(const auto trust, trust_identity(form.trust_pem));
  line(text, "trust", trust);
  line(text, "authentication", form.authentication.text());
  if (!form.autodiscover.empty()) {
    MW_TRY(const auto domain, autodiscover_domain(form.autodiscover));
    line(text, "autodiscover", domain);
  }
  if (!form.proxy.is_set()) return {};
  MW_TRY(const auto proxy, ProxyUrl::parse(form.proxy.url));
  line(text, "proxy", proxy.text());
  if (proxy.tls) {
    MW_TRY(const auto proxy_trust, trust_identity(form.proxy.trust_pem));
    line(text, "proxy_trust", proxy_trust);
  }
  return {};
}

Status controller_lines(std::string& text, const DirectoryForm& form) {
  std::set<std::string> controllers;
  for (const std::string& written : form.controllers) {
    MW_TRY(const auto controller, parse_controller(written));
    controllers.insert(controller_text(controller));
  }
  for (const std::string& controller : controllers) line(text, "controller", controller);
  MW_TRY(const auto trust, trust_identity(form.trust_pem));
  line(text, "directory_trust", trust);
  return {};
}

/// A value that could forge another line. Forms are checked before they are stored; rows may have been edited since.
Status check_line(std::string_view value, std::string_view field) {
  if (text_problem(value, 1000)) {
    return fail(ConnectionsError::invalid_form, "the stored " + std::string(field) + " does not hold");
  }
  return {};
}

void append_number(Bytes& bytes, std::uint64_t number) {
  for (unsigned shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<std::uint8_t>(number >> shift));
}

void append_text(Bytes& bytes, std::string_view text) {
  append_number(bytes, text.size());
  bytes.insert(bytes.end(), text.begin(), text.end());
}

std::multimap<std::string, std::string> fields_of(std::string_view text) {
  std::multimap<std::string, std::string> fields;
  while (!text.empty()) {
    const std::size_t end = text.find('\n');
    const std::string_view one = text.substr(0, end);
    const std::size_t equals = one.find('=');
    if (equals != std::string_view::npos) fields.emplace(one.substr(0, equals), one.substr(equals + 1));
    text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
  }
  return fields;
}

std::multiset<std::string> values_of(const std::multimap<std::string, std::string>& fields, std::string_view key) {
  std::multiset<std::string> values;
  const auto [first, last] = fields.equal_range(std::string(key));
  for (auto at = first; at != last; ++at) values.insert(at->second);
  return values;
}

}  // namespace

Result<std::string> destination_text(const ConnectionForm& form, const std::optional<DirectoryForm>& directory) {
  MW_TRY(const auto url, EwsUrl::parse(form.ews_url));
  MW_TRY(const auto front_ends, front_end_endpoints(form));

  std::string text(kServerText);
  line(text, "ews", Endpoint{.host = url.host, .port = url.port}.text());
  for (const Endpoint& front_end : std::set<Endpoint>(front_ends.begin(), front_ends.end())) {
    line(text, "front_end", front_end.text());
  }
  MW_CHECK(way_lines(text, form));
  if (!directory) {
    line(text, "directory", "none");
    return text;
  }
  MW_CHECK(check_line(directory->realm, "realm"));
  line(text, "realm", upper_case(directory->realm));
  MW_CHECK(controller_lines(text, *directory));
  return text;
}

Result<std::string> destination_text(const DirectoryForm& form) {
  std::string text(kReaderText);
  MW_CHECK(check_line(form.reader, "directory reader"));
  line(text, "reader", form.reader);
  // A proof of the password that goes to a KDC stands in no TLS: nobody may switch to that with a password of before.
  if (form.reader_sign_in == ReaderSignIn::kerberos) {
    MW_CHECK(check_line(form.realm, "realm"));
    line(text, "sign_in", name_of(form.reader_sign_in));
    line(text, "realm", upper_case(form.realm));
  }
  MW_CHECK(controller_lines(text, form));
  return text;
}

Result<std::vector<std::string>> confirmed_hosts(const std::vector<std::string>& typed) {
  std::set<std::string> hosts;
  for (const std::string& one : typed) {
    const bool is_bare_ipv6 = one.contains(':') && !one.starts_with('[');
    const auto host = checked_host(is_bare_ipv6 ? "[" + one + "]" : one);
    if (!host) return fail(form_error({{"confirmed", host.error().message()}}));
    hosts.insert(*host);
  }
  return std::vector<std::string>(hosts.begin(), hosts.end());
}

Result<std::string> search_destination_text(const ConnectionForm& form, const std::vector<std::string>& confirmed) {
  MW_TRY(const auto hosts, confirmed_hosts(confirmed));
  std::string text(kSearchText);
  for (const std::string& host : hosts) line(text, "confirmed", host);
  MW_CHECK(way_lines(text, form));
  return text;
}

Result<std::vector<std::string>> bound_hosts(const ConnectionForm& form) {
  MW_TRY(const auto url, EwsUrl::parse(form.ews_url));
  std::vector<std::string> hosts{url.host};
  if (form.autodiscover.empty()) return hosts;
  MW_TRY(const auto domain, autodiscover_domain(form.autodiscover));
  hosts.push_back(domain);
  hosts.push_back("autodiscover." + domain);
  return hosts;
}

bool covers_search(std::string_view destination, std::string_view search) {
  const auto given = fields_of(destination);
  const auto wanted = fields_of(search);
  for (const std::string_view key : {"trust", "authentication", "autodiscover", "proxy", "proxy_trust"}) {
    if (values_of(given, key) != values_of(wanted, key)) return false;
  }
  std::set<std::string> hosts;
  for (const std::string& ews : values_of(given, "ews")) {
    if (const auto endpoint = Endpoint::parse(ews, 443)) hosts.insert(endpoint->host);
  }
  for (const std::string& domain : values_of(given, "autodiscover")) {
    hosts.insert(domain);
    hosts.insert("autodiscover." + domain);
  }
  return std::ranges::all_of(values_of(wanted, "confirmed"),
                             [&](const std::string& host) { return hosts.contains(host); });
}

Result<bool> is_in_directory(std::string_view destination, const DirectoryForm& form) {
  std::string text;
  line(text, "realm", upper_case(form.realm));
  MW_CHECK(controller_lines(text, form));
  const auto wanted = fields_of(text);
  const auto given = fields_of(destination);
  // A reader's simple bind is bound to no realm: no KDC sees its password.
  const bool names_realm = given.contains("realm") || destination.starts_with(kServerText);
  return (!names_realm || values_of(given, "realm") == values_of(wanted, "realm")) &&
         values_of(given, "controller") == values_of(wanted, "controller") &&
         values_of(given, "directory_trust") == values_of(wanted, "directory_trust");
}

Status check_destination_text(std::string_view text) {
  constexpr std::size_t kLimit = 100'000;
  const auto fields = fields_of(text);
  std::string known(kServerText);
  for (std::string_view rest = text.substr(std::min(kServerText.size(), text.size())); !rest.empty();) {
    const std::string_view one = rest.substr(0, rest.find('\n'));
    const auto named = [&](const FieldName& field) { return one.starts_with(std::string(field.key) + "="); };
    if (text_problem(one, 1000) || !std::ranges::any_of(kFieldNames, named)) break;
    known.append(one).append("\n");
    rest.remove_prefix(std::min(one.size() + 1, rest.size()));
  }
  if (text.size() <= kLimit && text == known && fields.count("ews") == 1) return {};
  return fail(
      form_error({{"destination", "is not a destination as Mailward writes it (\"ews=HOST:PORT\" and so on)"}}));
}

Bytes sealing_context(AccountId account, std::string_view normalised_name, std::int64_t version_number,
                      const std::vector<std::string>& destinations) {
  Bytes context;
  append_text(context, kAccountContext);
  append_number(context, static_cast<std::uint64_t>(account.value()));
  append_text(context, normalised_name);
  append_number(context, static_cast<std::uint64_t>(version_number));
  append_number(context, destinations.size());
  for (const std::string& destination : destinations) append_text(context, destination);
  return context;
}

Bytes sealing_context(ConnectionId connection, std::string_view proxy_destination) {
  Bytes context;
  append_text(context, kProxyContext);
  append_number(context, static_cast<std::uint64_t>(connection.value()));
  append_text(context, proxy_destination);
  return context;
}

Bytes sealing_context(DirectoryId directory, std::string_view destination) {
  Bytes context;
  append_text(context, kReaderContext);
  append_number(context, static_cast<std::uint64_t>(directory.value()));
  append_text(context, destination);
  return context;
}

Status check_shown(std::string_view shown, std::string_view destination) {
  if (shown == destination) return {};
  return fail(
      Error(ConnectionsError::destination_changed,
            "the password would not go where it was shown to go; what differs: " + difference(shown, destination))
          .with_remedy("look at the destination as it is now, and decide again"));
}

Status check_shown(const std::optional<TypedPassword>& typed, std::string_view destination) {
  return typed && typed->destination ? check_shown(*typed->destination, destination) : Status();
}

std::string difference(std::string_view before, std::string_view after) {
  const auto old_fields = fields_of(before);
  const auto new_fields = fields_of(after);
  std::string names;
  for (const FieldName& field : kFieldNames) {
    if (values_of(old_fields, field.key) == values_of(new_fields, field.key)) continue;
    names.append(names.empty() ? "" : ", ").append(field.name);
  }
  if (names.empty() && before != after) return "the form of the record";
  return names;
}

}  // namespace mailward::connections
