#include "connections/autodiscovery.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/bytes.h"
#include "base/log.h"
#include "connections/account_hold.h"
#include "connections/autodiscover_try.h"
#include "connections/destination.h"
#include "connections/password.h"
#include "connections/text.h"
#include "kerberos/tickets.h"
#include "secrets/error.h"

namespace mailward::connections {
namespace {

using std::chrono_literals::operator""s;

constexpr std::chrono::milliseconds kEach = 8s;
/// Of a step, with what to do, in bytes.
constexpr std::size_t kLongestSentence = 600;

/// The first address of the host that `check` lets pass.
Result<SocketAddress> address_of(const AutodiscoverWalk& walk, std::string_view host, std::uint16_t port,
                                 Deadline deadline, const std::function<Status(const SocketAddress&)>& check) {
  MW_TRY(const auto found, walk.resolver.resolve(std::string(host), deadline));
  std::optional<Error> refused;
  for (const IpAddress& ip : found) {
    const SocketAddress address{ip, port};
    auto allowed = check(address);
    if (allowed) return address;
    refused = std::move(allowed).error();
  }
  return fail(*std::move(refused));
}

ews::AutodiscoverDoors doors_of(const AutodiscoverWalk& walk) {
  ews::AutodiscoverDoors doors;
  doors.open = [&walk](const ews::HttpsUrl& url, Deadline deadline) -> ews::Outcome<ews::Session> {
    MW_TRY(const auto address, address_of(walk, url.host, url.port, deadline,
                                          [&](const SocketAddress& one) { return walk.destinations.check(one); }));
    ews::SessionSettings settings;
    settings.user_agent = walk.form.user_agent;
    settings.request_id = walk.request_id;
    settings.answer_limit = ews::kAutodiscoverAnswerLimit;
    return ews::Session(
        walk.transport,
        ews::Endpoint{.host = url.host, .port = url.port, .address = address, .trust = walk.trust, .path = url.path},
        settings, walk.way.proxy());
  };
  doors.confirmed = [&walk](const ews::HttpsUrl& url) { return walk.confirmed(url.host); };
  doors.credential = [&walk](const ews::HttpsUrl& url, Deadline deadline) {
    return walk.credential(url.host, deadline);
  };
  // What goes around the proxy would show what the proxy is there to hide.
  if (walk.way.is_straight()) {
    doors.plain_address = [&walk](std::string_view host, Deadline deadline) {
      // The protocol fixes the port: it need not be among the allowed ones.
      return address_of(walk, host, 80, deadline,
                        [&](const SocketAddress& one) { return walk.destinations.check_address(one.ip); });
    };
  }
  doors.services = [&walk](std::string_view name, Deadline deadline) { return walk.resolver.services(name, deadline); };
  return doors;
}

/// The password that a search may show, and to whom.
struct Key {
  std::optional<SecretString> password;
  std::vector<std::string> hosts;
  std::optional<CredentialVersion> active;  ///< where it is the account's active password
};

/// A proxy that cannot be gone by: the form names it, and no part of Mailward is at fault.
std::unexpected<Error> said_of_the_form(Error error) {
  const bool no_address = error.subject() == error_subject(NameError::unknown_host);
  const bool no_ticket = error.subject() == error_subject(kerberos::KerberosError::other);
  if (!no_address && !no_ticket) return fail(std::move(error));
  return fail(form_error({{no_address ? "proxy_url" : "proxy_user", error.message()}})
                  .with_remedy(error.remedy())
                  .caused_by(std::move(error)));
}

class Search {
 public:
  Search(const TestRuns::Parts& parts, EwsSearch asked, Deadline deadline, const std::stop_token& stop)
      : parts_(parts), asked_(std::move(asked)), deadline_(deadline), stop_(stop) {}

  Result<ews::AutodiscoverResult> run() {
    asked_.form = trimmed(std::move(asked_.form));
    if (const auto problems = check_for_search(asked_.form); !problems.empty()) return fail(form_error(problems));
    MW_TRY(const auto destination, search_destination_text(asked_.form, asked_.confirmed));
    MW_CHECK(check_shown(asked_.password, destination));
    MW_CHECK(check_shown(asked_.proxy_password, destination));
    MW_CHECK(read_books());
    MW_CHECK(find_way());
    MW_TRY(Key key, find_key());
    AccountHold hold(parts_.ledger.database(), parts_.runs.process() + "/autodiscover", parts_.clock);
    if (key.password) {
      if (Status held = hold.take(account_name_); !held) {
        return fail(Error(ConnectionsError::account_busy, "another test or change of this account is under way")
                        .with_remedy("try again when it has ended")
                        .caused_by(std::move(held).error()));
      }
    }
    CertificateTrust trust = CertificateTrust::system();
    if (!asked_.form.trust_pem.empty()) {
      MW_TRY(trust, CertificateTrust::from_pem(asked_.form.trust_pem));
    }
    AutodiscoverWalk plan{.transport = parts_.transport,
                          .resolver = parts_.resolver,
                          .destinations = parts_.destinations,
                          .form = asked_.form,
                          .trust = std::move(trust),
                          .way = way_,
                          .request_id = {},
                          .scp_urls = scp_urls(),
                          .confirmed = {},
                          .credential = {}};
    plan.confirmed = [&key](const std::string& host) {
      return key.password && std::ranges::find(key.hosts, host) != key.hosts.end();
    };
    std::optional<AutodiscoverTry> attempt;
    if (key.password) {
      attempt.emplace(AutodiscoverTry::Parts{parts_.refusals, parts_.clock, reader_}, account_name_, *key.password,
                      key.active);
      MW_CHECK(attempt->check(deadline_, stop_));
    }
    bool begun = false;
    plan.credential = [&](const std::string&, Deadline) -> ews::Outcome<ews::Credential> {
      if (!begun) MW_CHECK(attempt->begin());
      begun = true;
      return credential(*key.password);
    };
    MW_TRY(auto result, walk(plan, deadline_, stop_));
    record(result);
    if (begun) {
      if (const Status kept = attempt->settle(result); !kept) {
        log::failure("autodiscover.books_not_kept", kept.error());
      }
    }
    return result;
  }

 private:
  /// Whoever searched, with whose password, and who was shown it.
  void record(const ews::AutodiscoverResult& result) const {
    std::vector<std::string> shown;
    for (const ews::AutodiscoverStep& step : result.steps) {
      if (step.password != ews::AutodiscoverStep::Password::unjudged) shown.push_back(printable(step.url));
    }
    const nlohmann::ordered_json details{{"address", asked_.form.autodiscover},
                                         {"account", account_name_},
                                         {"password", asked_.password ? "typed"
                                                      : shown.empty() ? "none"
                                                                      : "stored"},
                                         {"confirmed", asked_.confirmed},
                                         {"shown_to", shown},
                                         {"ews_url", result.mailbox ? result.mailbox->ews_url() : ""}};
    const audit::Act act{.by = asked_.by,
                         .action = "connection.find",
                         .object_kind = asked_.connection ? "connection" : "form",
                         .object_id = asked_.connection ? asked_.connection->text() : account_name_,
                         .outcome = result.mailbox              ? "found"
                                    : result.password_refused() ? "refused"
                                                                : "not_found",
                         .details = details.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace)};
    const Status kept = parts_.ledger.database().transaction([&](db::Transaction& tx) -> Status {
      MW_CHECK(parts_.trail.append(tx, act));
      return {};
    });
    if (!kept) log::failure("autodiscover.not_in_trail", kept.error());
  }

  Status read_books() {
    if (asked_.connection) {
      MW_TRY(stored_, parts_.ledger.connection(*asked_.connection));
    }
    if (!asked_.form.master_mailbox.empty()) {
      MW_TRY(account_name_, normalised_account_name(asked_.form.master_mailbox));
      if (auto account = parts_.ledger.find_account(account_name_)) account_ = *std::move(account);
    }
    const auto directory = account_ ? account_->directory : asked_.directory;
    if (directory) {
      MW_TRY(directory_, parts_.ledger.directory(*directory));
      if (auto reader = parts_.readers.open(*directory_)) reader_ = std::move(reader->directory);
    }
    return {};
  }

  Status find_way() {
    const ProxyForm& form = asked_.form.proxy;
    std::optional<SecretString> password;
    if (form.signs_in()) {
      MW_TRY(password, proxy_password());
    }
    auto found = ProxyWay::find({parts_.proxies, parts_.resolver, parts_.destinations}, form, password, directory_,
                                deadline_, stop_);
    if (!found) return said_of_the_form(std::move(found).error());
    way_ = *std::move(found);
    return {};
  }

  Result<SecretString> proxy_password() {
    if (asked_.proxy_password) return asked_.proxy_password->secret.clone();
    if (!stored_) return fail(form_error({{"proxy_password", "the proxy's password is needed"}}));
    auto opened = parts_.ledger.open_proxy_password(*stored_, asked_.form.proxy);
    if (opened) return **std::move(opened);
    const Error& error = opened.error();
    if (!error.is(ConnectionsError::no_password) && !error.is(secrets::SecretsError::cannot_open)) {
      return fail(std::move(opened).error());
    }
    return fail(form_error({{"proxy_password", "none is stored that was typed for this proxy: type it"}}));
  }

  Result<Key> find_key() {
    Key key;
    if (!asked_.password && !asked_.confirmed.empty()) {
      return fail(
          form_error({{"confirmed", "hosts are confirmed for a password that is typed: type it, or name none"}}));
    }
    if (account_name_.empty()) {
      if (!asked_.password) return key;
      return fail(form_error({{"master_mailbox", "name the account whose password this is: it signs in with it"}}));
    }
    if (asked_.password) {
      MW_CHECK(check_typed(*asked_.password, asked_.form.authentication));
      key.password = asked_.password->secret.clone();
      const bool is_active = account_ && parts_.ledger.is_active(*account_, *key.password).value_or(false);
      if (is_active) key.active = *account_->active();
      MW_TRY(key.hosts, confirmed_hosts(asked_.confirmed));
    } else if (account_) {
      const auto destination =
          destination_text(asked_.form, directory_ ? std::optional(directory_->form) : std::nullopt);
      if (!destination) return key;
      auto opened = parts_.ledger.open_password(*account_, *destination);
      if (!opened || opened->version.refused) return key;
      key.password = std::move(opened->secret);
      if (opened->version.state == CredentialState::active) key.active = std::move(opened->version);
      MW_TRY(key.hosts, bound_hosts(asked_.form));
    }
    return key;
  }

  std::vector<std::string> scp_urls() const {
    if (!reader_) return {};
    const auto urls = reader_->autodiscover_urls(deadline_.earlier_of(Deadline::after(kEach)), stop_);
    return urls ? *urls : std::vector<std::string>();
  }

  ews::Outcome<ews::Credential> credential(const SecretString& password) const {
    const Authentication& allowed = asked_.form.authentication;
    if (!allowed.ntlm && !allowed.basic) {
      return std::unexpected(ews::Failure(ews::EwsError::scheme_not_offered,
                                          "Autodiscover is signed in to by NTLM or Basic here; neither is allowed"));
    }
    ews::Credential credential;
    credential.scheme = allowed.ntlm ? ews::Scheme::ntlm : ews::Scheme::basic;
    credential.user = asked_.form.master_mailbox;
    credential.password = password.clone();
    credential.account = account_name_;
    return credential;
  }

  const TestRuns::Parts& parts_;
  EwsSearch asked_;
  Deadline deadline_;
  const std::stop_token& stop_;
  std::optional<ServerConnection> stored_;
  std::string account_name_;
  std::optional<ServiceAccount> account_;
  std::optional<DirectoryRecord> directory_;
  std::shared_ptr<const directory::Directory> reader_;
  ProxyWay way_;
};

}  // namespace

Result<std::string> autodiscover_address(const ConnectionForm& form) {
  if (form.autodiscover.contains('@')) return checked_smtp_address(form.autodiscover);
  MW_TRY(const auto domain, autodiscover_domain(form.autodiscover));
  for (const std::string* held : {&form.mailbox_check, &form.master_mailbox}) {
    if (lower_case(*held).ends_with("@" + domain)) return checked_smtp_address(*held);
  }
  return fail(form_error({{"autodiscover", "Autodiscover is asked about a mailbox: give an e-mail address of " +
                                               domain + " here, or as the mailbox check"}}));
}

Result<ews::AutodiscoverResult> walk(const AutodiscoverWalk& walk, Deadline deadline, const std::stop_token& stop) {
  MW_TRY(auto address, autodiscover_address(walk.form));
  const ews::AutodiscoverQuestion question{.address = std::move(address), .scp_urls = walk.scp_urls, .each = kEach};
  return ews::discover(question, doors_of(walk), deadline, stop);
}

nlohmann::json json_of(const ews::AutodiscoverResult& result) {
  nlohmann::json steps = nlohmann::json::array();
  for (const ews::AutodiscoverStep& step : result.steps) {
    steps.push_back({{"source", ews::autodiscover_source_name(step.source)},
                     {"url", printable(step.url)},
                     {"verdict", ews::autodiscover_verdict_name(step.verdict)},
                     {"sentence", printable(step.sentence, kLongestSentence)},
                     {"status", step.evidence ? step.evidence->status : 0}});
  }
  nlohmann::json mailbox(nullptr);
  if (result.mailbox) {
    mailbox = {{"address", printable(result.mailbox->address)},
               {"display_name", printable(result.mailbox->display_name)},
               {"ews_url", result.mailbox->ews_url()},
               {"exchange_online", result.mailbox->exchange_online}};
  }
  return {{"mailbox", mailbox},
          {"steps", steps},
          {"unconfirmed", result.unconfirmed},
          {"password_refused", result.password_refused()}};
}

Result<ews::AutodiscoverResult> find_ews(const TestRuns::Parts& parts, EwsSearch search, Deadline deadline,
                                         const std::stop_token& stop) {
  return Search(parts, std::move(search), deadline, stop).run();
}

}  // namespace mailward::connections
