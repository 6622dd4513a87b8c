#include "directory/directory.h"

#include <algorithm>
#include <optional>

#include "directory/account_entry.h"
#include "directory/attribute_values.h"
#include "directory/directory_state.h"

namespace mailward::directory {
namespace {

constexpr std::uint16_t kLdapPort = 389;
constexpr std::uint16_t kLdapsPort = 636;
constexpr std::size_t kLongestName = 1024;
constexpr int kSpnOwnerLimit = 50;
constexpr std::size_t kMostDiscovered = 32;

bool equal_without_case(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, [](unsigned char x, unsigned char y) { return std::tolower(x) == std::tolower(y); });
}

std::string all_of(std::string_view attribute, std::string_view value) {
  return "(" + std::string(attribute) + "=" + escape_filter(value) + ")";
}

}  // namespace

Result<Session> Directory::State::open(const Controller& controller, SignIn sign_in, Deadline deadline,
                                       const std::stop_token& stop) {
  std::uint16_t port = controller.port;
  if (port == 0) port = controller.security == LdapSecurity::ldaps ? kLdapsPort : kLdapPort;
  MW_TRY(std::vector<IpAddress> addresses, resolver.resolve(controller.host, deadline));
  std::optional<Error> last;
  for (std::size_t at = 0; at < addresses.size(); ++at) {
    if (auto allowed = destinations.check_address(addresses[at]); !allowed) {
      last = std::move(allowed).error();
      continue;
    }
    auto connection = LdapConnection::open(controller, {addresses[at], port}, settings.trust, deadline, stop);
    if (!connection) {
      last = std::move(connection).error();
      bool next = last->subject() == error_subject(ConnectError::refused) && !deadline.expired();
      if (next) continue;
      break;
    }
    if (sign_in == SignIn::reader) {
      MW_CHECK(gate.pass([&] { return this->sign_in(**connection, controller, addresses[at], deadline, stop); },
                         deadline, stop));
    }
    return Session{*std::move(connection), controller.host};
  }
  if (last->subject() == error_subject(ConnectError::refused)) {
    return std::unexpected(
        Error(DirectoryError::unreachable, "the controller " + printable(controller.host) + " cannot be reached")
            .with_remedy("open TCP port " + std::to_string(port) + " from this machine to the controller")
            .caused_by(*std::move(last)));
  }
  return fail(*std::move(last));
}

Result<Session> Directory::State::open_any(SignIn sign_in, Deadline deadline, const std::stop_token& stop) {
  std::optional<Error> first;
  MW_TRY(const auto known, controllers(deadline));
  const auto count = static_cast<std::int64_t>(known.size());
  for (std::int64_t at = 0; at < count; ++at) {
    // A silent controller takes its share of the time, not all of it.
    Deadline share = deadline.earlier_of(Deadline::after(deadline.remaining() / (count - at)));
    auto session = open(known[static_cast<std::size_t>(at)], sign_in, share, stop);
    if (session) return session;
    const Error& error = session.error();
    bool passed_over = error.is(DirectoryError::unreachable) || error.is(DirectoryError::timed_out) ||
                       error.subject() == error_subject(NameError::unknown_host) ||
                       error.is(DirectoryError::protocol) || error.is(BaseError::refused_destination) ||
                       error.name().starts_with("tls_") || error.is(DirectoryError::start_tls_refused);
    if (!passed_over) return session;
    if (!first) first = error;
    if (deadline.expired()) break;
  }
  if (!first) return fail(BaseError::invalid_argument, "no controller is set");
  return fail(*std::move(first));
}

Result<std::vector<Controller>> Directory::State::controllers(Deadline deadline) const {
  std::vector<Controller> all;
  std::optional<Error> first;
  for (const Controller& set : settings.controllers) {
    const auto found = discovered(set, resolver, deadline);
    if (found) {
      all.insert(all.end(), found->begin(), found->end());
    } else if (!first) {
      first = found.error();
    }
  }
  if (!all.empty()) return all;
  if (first) return fail(*std::move(first));
  return fail(BaseError::invalid_argument, "no controller is set");
}

Result<Controller> Directory::State::controller_named(std::string_view host, Deadline deadline) const {
  MW_TRY(const auto known, controllers(deadline));
  const auto found = std::ranges::find(known, host, &Controller::host);
  if (found != known.end()) return *found;
  return fail(BaseError::invalid_argument, "no controller of this directory is called " + printable(host, 60));
}

std::vector<Controller> controllers_within(const Controller& domain, const std::vector<ServiceHost>& offered) {
  std::vector<Controller> all;
  const std::string below = "." + domain.host;
  for (const ServiceHost& one : offered) {
    const std::string_view host = one.host;
    const bool inside =
        equal_without_case(host, domain.host) ||
        (host.size() > below.size() && equal_without_case(host.substr(host.size() - below.size()), below));
    const bool is_new = std::ranges::find(all, one.host, &Controller::host) == all.end();
    // The record's port is that of LDAP without TLS.
    if (inside && is_new) all.push_back({.host = one.host, .security = domain.security, .port = domain.port});
  }
  return all;
}

Result<std::vector<Controller>> discovered(const Controller& controller, const Resolver& resolver, Deadline deadline) {
  if (!controller.discover) return std::vector{controller};
  const std::string& domain = controller.host;
  std::vector<std::string> names{"_ldap._tcp.dc._msdcs." + domain};
  if (!controller.site.empty()) {
    names.insert(names.begin(), "_ldap._tcp." + controller.site + "._sites.dc._msdcs." + domain);
  }
  std::vector<ServiceHost> offered;
  std::optional<Error> last;
  for (const std::string& name : names) {
    const auto found = resolver.services(name, deadline);
    if (found) offered.insert(offered.end(), found->begin(), found->end());
    if (!found) last = found.error();
  }
  if (offered.empty() && last) return fail(*std::move(last));
  std::vector<Controller> all = controllers_within(controller, offered);
  if (all.size() > kMostDiscovered) all.resize(kMostDiscovered);
  if (!all.empty()) return all;
  return fail(Error(NameError::unknown_host, "DNS names no controller within the domain " + printable(domain, 80))
                  .with_remedy("name the controllers one by one"));
}

Result<Entry> read_root(LdapConnection& connection) {
  MW_TRY(auto entries,
         connection.search({.attributes = {"defaultNamingContext", "configurationNamingContext", "currentTime"}}));
  if (entries.empty()) return fail(DirectoryError::protocol, "the controller has no rootDSE");
  return std::move(entries.front());
}

Error with_delegation(Error error, const Account& account, const std::string& reader, std::string_view right) {
  if (!error.is(DirectoryError::insufficient_rights)) return error;
  return std::move(error).with_remedy("give it the right, on a domain controller: dsacls \"" + printable(account.dn) +
                                      "\" /G \"" + printable(reader) + ":" + std::string(right) + "\"");
}

Result<std::string> Directory::State::base_of(LdapConnection& connection) const {
  if (!settings.base_dn.empty()) return settings.base_dn;
  MW_TRY(Entry root_entry, read_root(connection));
  const std::string& base = root_entry.first("defaultnamingcontext");
  if (base.empty())
    return fail(DirectoryError::protocol, "the controller names no domain; this is no Active Directory");
  return base;
}

Directory::Directory(Settings settings, const Resolver& resolver, DestinationPolicy destinations, const Clock& clock,
                     std::shared_ptr<BindWitness> witness)
    : state_(new State{std::move(settings), resolver, std::move(destinations), clock, BindGate(std::move(witness))}) {}
Directory::~Directory() = default;

Status Directory::check_reader(Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(auto session, state_->open_any(SignIn::reader, deadline, stop));
  return {};
}

namespace {

/// Whether DOMAIN in DOMAIN\name is the one at `base` (MS-ADTS 6.1.1.2.1.1: its crossRef), by NetBIOS or DNS name.
Result<bool> domain_is(LdapConnection& connection, const std::string& base, std::string_view domain) {
  MW_TRY(Entry root, read_root(connection));
  MW_TRY(auto found, connection.search({.base = "CN=Partitions," + root.first("configurationnamingcontext"),
                                        .scope = Scope::subtree,
                                        .filter = "(&(objectClass=crossRef)(nCName=" + escape_filter(base) + ")(|" +
                                                  all_of("nETBIOSName", domain) + all_of("dnsRoot", domain) + "))",
                                        .attributes = {"nETBIOSName"}}));
  return !found.empty();
}

/// "DC=example,DC=test" as "example.test".
std::string dns_name(std::string_view base) {
  std::string name;
  while (!base.empty()) {
    auto comma = base.find(',');
    std::string_view part = base.substr(0, comma);
    if (auto equals = part.find('='); equals != std::string_view::npos) {
      name += (name.empty() ? "" : ".") + std::string(part.substr(equals + 1));
    }
    base.remove_prefix(comma == std::string_view::npos ? base.size() : comma + 1);
  }
  return name;
}

/// The filters to try in turn, until one finds something.
Result<std::vector<std::string>> filters_for(std::string_view name, LdapConnection& connection,
                                             const std::string& base) {
  if (name.starts_with("S-1-")) {
    MW_TRY(std::string sid, sid_binary(name));
    return std::vector{all_of("objectSid", sid)};
  }
  if (auto slash = name.find('\\'); slash != std::string_view::npos) {
    std::string_view domain = name.substr(0, slash);
    MW_TRY(bool ours, domain_is(connection, base, domain));
    if (!ours)
      return fail(DirectoryError::not_found,
                  "the domain " + printable(domain, 60) + " is not the one of this directory");
    return std::vector{all_of("sAMAccountName", name.substr(slash + 1))};
  }
  if (auto at = name.rfind('@'); at != std::string_view::npos) {
    std::vector<std::string> filters{
        "(|" + all_of("userPrincipalName", name) + "(proxyAddresses=smtp:" + escape_filter(name) + "))",
        all_of("mail", name)};
    // Every account answers to sAMAccountName@domain, whatever its userPrincipalName (MS-ADTS 5.1.1.1.1).
    if (equal_without_case(name.substr(at + 1), dns_name(base)))
      filters.push_back(all_of("sAMAccountName", name.substr(0, at)));
    return filters;
  }
  return std::vector{all_of("sAMAccountName", name)};
}

}  // namespace

Result<Account> Directory::find_account(std::string_view name, Deadline deadline, const std::stop_token& stop) const {
  if (name.empty() || name.size() > kLongestName || !is_utf8(name)) {
    return fail(BaseError::invalid_argument, "not an account's name: " + printable(name, 60));
  }
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(std::string base, state_->base_of(*session.connection));
  MW_TRY(auto filters, filters_for(name, *session.connection, base));
  for (const auto& filter : filters) {
    MW_TRY(auto entries,
           session.connection->search(
               {.base = base, .scope = Scope::subtree, .filter = filter, .attributes = account_attributes()}));
    if (entries.empty()) continue;
    if (entries.size() > 1) {
      return fail(DirectoryError::ambiguous, "more than one entry answers to " + printable(name) + ": " +
                                                 printable(entries[0].dn) + " and " + printable(entries[1].dn));
    }
    return account_of(entries.front(), session.controller, state_->time.now());
  }
  return fail(DirectoryError::not_found, "the directory knows nobody as " + printable(name));
}

Result<std::vector<SpnOwner>> Directory::find_spn_owners(std::string_view spn, Deadline deadline,
                                                         const std::stop_token& stop) const {
  if (spn.empty() || spn.size() > kLongestName || !is_utf8(spn)) {
    return fail(BaseError::invalid_argument, "not a service principal name: " + printable(spn, 60));
  }
  MW_TRY(Session session, state_->open_any(SignIn::reader, deadline, stop));
  MW_TRY(std::string base, state_->base_of(*session.connection));
  MW_TRY(auto entries, session.connection->search({.base = base,
                                                   .scope = Scope::subtree,
                                                   .filter = all_of("servicePrincipalName", spn),
                                                   .attributes = account_attributes(),
                                                   .limit = kSpnOwnerLimit}));
  std::vector<SpnOwner> owners;
  for (const auto& entry : entries) {
    Account account = account_of(entry, session.controller, state_->time.now());
    SpnOwner owner{account.dn, account.sam_account_name, std::string(spn), account.enabled, account.encryption_types};
    for (const auto& held : account.service_principal_names) {
      if (equal_without_case(held, spn)) owner.spn = held;
    }
    owners.push_back(std::move(owner));
  }
  return owners;
}

std::vector<ControllerReading> Directory::read_on_each_controller(const Account& account,
                                                                  const std::vector<std::string>& attributes,
                                                                  Deadline deadline,
                                                                  const std::stop_token& stop) const {
  std::vector<ControllerReading> readings;
  const auto known = state_->controllers(deadline);
  if (!known) {
    for (const Controller& set : state_->settings.controllers) readings.push_back({set.host, fail(known.error())});
    return readings;
  }
  auto count = static_cast<std::int64_t>(known->size());
  for (const Controller& controller : *known) {
    auto left = count - static_cast<std::int64_t>(readings.size());
    Deadline share = deadline.earlier_of(Deadline::after(deadline.remaining() / left));
    auto read = [&]() -> Result<Attributes> {
      MW_TRY(Session session, state_->open(controller, SignIn::reader, share, stop));
      MW_TRY(auto entries, session.connection->search({.base = account.dn, .attributes = attributes}));
      if (entries.empty()) {
        return fail(DirectoryError::not_found,
                    "the controller " + printable(controller.host) + " does not know " + printable(account.dn));
      }
      return std::move(entries.front().attributes);
    };
    readings.push_back({controller.host, read()});
  }
  return readings;
}

std::vector<SignInCounters> Directory::sign_in_counters(const Account& account, Deadline deadline,
                                                        const std::stop_token& stop) const {
  std::vector<SignInCounters> counters;
  for (auto& reading : read_on_each_controller(account, {"badPwdCount", "badPasswordTime", "lockoutTime", "pwdLastSet"},
                                               deadline, stop)) {
    SignInCounters& counter = counters.emplace_back();
    counter.controller = reading.controller;
    if (!reading.attributes) {
      counter.error = std::move(reading.attributes).error();
      continue;
    }
    Entry entry{account.dn, *std::move(reading.attributes)};
    if (auto count = number(entry.first("badpwdcount"))) counter.bad_password_count = static_cast<int>(*count);
    counter.bad_password_time = file_time(entry.first("badpasswordtime"));
    counter.lockout_time = file_time(entry.first("lockouttime"));
    counter.pwd_last_set = file_time(entry.first("pwdlastset"));
  }
  return counters;
}

Result<ControllerClock> Directory::clock(Deadline deadline, const std::stop_token& stop) const {
  MW_TRY(Session session, state_->open_any(SignIn::anonymous, deadline, stop));
  Timestamp before = state_->time.now();
  MW_TRY(Entry root, read_root(*session.connection));
  Timestamp after = state_->time.now();
  MW_TRY(Timestamp theirs, generalized_time(root.first("currenttime")));
  auto difference = theirs - (before + (after - before) / 2);
  return ControllerClock{session.controller, theirs, std::chrono::duration_cast<std::chrono::milliseconds>(difference)};
}

}  // namespace mailward::directory
