#include "exchange_sim/simulator.h"

#include <algorithm>
#include <set>

#include "base/file.h"
#include "exchange_sim/active_directory.h"
#include "exchange_sim/control_api.h"
#include "exchange_sim/control_guard.h"
#include "exchange_sim/known_keys.h"

namespace mailward::exchange_sim {
namespace {

/// IIS's default: 35 MB for EWS requests.
constexpr std::size_t kBodyLimit = std::size_t{35} * 1024 * 1024;
constexpr std::size_t kMaxPem = std::size_t{1024} * 1024;
constexpr std::string_view kPath = "/EWS/Exchange.asmx";

std::string url_of(const SocketAddress& address) {
  return "https://" + address.text() + std::string(kPath);
}

}  // namespace

struct Simulator::Server {
  FrontEndSettings settings;
  SocketAddress address;    ///< with the port it was given
  SocketAddress inspected;  ///< where the balancer leads while it opens TLS
  std::unique_ptr<FrontEnd> front_end;
  std::unique_ptr<http::Server> http;  ///< null while the front end refuses connections
  std::optional<FaultKind> shown;      ///< which TLS fault it shows
  std::optional<std::string> opened;   ///< the value of tls_inspection that `inspected` shows
};

Simulator::Simulator(Settings settings) : settings_(std::move(settings)), directory_(settings_.directory) {}

Simulator::~Simulator() {
  control_.reset();
  balancer_.reset();
}

Result<std::unique_ptr<Simulator>> Simulator::load(Settings settings) {
  if (!is_loopback(settings.control.ip)) {
    return fail(Error(BaseError::invalid_argument, "the control API cannot listen on " + settings.control.text() +
                                                       ": it sets passwords and shows every message")
                    .with_remedy("give it a loopback address, as 127.0.0.1:8440"));
  }
  std::unique_ptr<Simulator> simulator(new Simulator(std::move(settings)));
  MW_CHECK(simulator->fill());
  return simulator;
}

Status Simulator::fill() {
  std::error_code ignored;
  std::filesystem::create_directories(settings_.state, ignored);
  MW_TRY(auto blobs, Blobs::open(settings_.state / "contents.bin"));
  organisation_ = std::make_unique<Organisation>(settings_.domain, std::move(settings_.mailboxes),
                                                 std::move(settings_.grants), std::move(blobs));
  organisation_->set_lists(std::move(settings_.lists));
  organisation_->set_journal_rules(settings_.journal_rules);
  if (!settings_.public_folders.empty()) fill_public_folders();
  throttling_.set(settings_.throttling);
  if (!settings_.mail.empty()) {
    MW_TRY(reach_.mail, load_mail(*organisation_, settings_.mail));
  }
  return {};
}

void Simulator::fill_public_folders() {
  std::vector<std::string> holders;
  for (PublicFolderPlan& plan : settings_.public_folders) {
    if (plan.mailbox.empty()) continue;
    if (const Mailbox* known = organisation_->find_mailbox(plan.mailbox)) plan.mailbox = known->smtp;
    holders.push_back(plan.mailbox);
  }
  const std::string named = settings_.public_folder_mailbox;
  organisation_->set_public_folders({.smtp = named.empty() ? "publicfolders@" + settings_.domain : named,
                                     .display_name = "Public Folders",
                                     .account = {}},
                                    std::move(holders));
  make_public_folders(*organisation_->public_folders(), settings_.public_folders);
}

Status Simulator::serve() {
  AccountSource* source = nullptr;
  std::string keytab = settings_.keytab;
  if (settings_.active_directory) {
    active_directory_ =
        std::make_unique<ActiveDirectory>(*settings_.active_directory, settings_.netbios, settings_.domain);
    source = active_directory_.get();
    keytab = settings_.active_directory->keytab;
  } else {
    accounts_ = std::make_unique<AccountList>(std::move(settings_.accounts), settings_.lockout, Clock::system());
    source = accounts_.get();
  }
  if (!keytab.empty()) {
    MW_TRY(kerberos_, KerberosAcceptor::open(keytab));
  }
  door_ = std::make_unique<SignInDoor>(*source, kerberos_.get(), settings_.netbios, settings_.domain, settings_.host);
  std::set<std::string> addresses{"127.0.0.1"};
  for (const FrontEndSettings& front_end : settings_.front_ends) addresses.insert(front_end.listen.ip.text());
  if (settings_.balancer) addresses.insert(settings_.balancer->ip.text());
  MW_TRY(authority_, CertificateAuthority::open(settings_.state, settings_.host, settings_.domain,
                                                {addresses.begin(), addresses.end()}));

  if (!settings_.record.empty()) {
    MW_TRY(recorder_, Recorder::open(settings_.record, settings_.record_each));
  }
  if (!settings_.schemas.empty()) {
    MW_TRY(schemas_, RequestSchemas::open(settings_.schemas));
  }
  if (!settings_.replay.empty()) {
    MW_TRY(replay_, Replay::open(settings_.replay));
    reach_.replay = {
        .answers = replay_->answers(), .operations = replay_->operations(), .left_out = replay_->left_out()};
  }

  const Organised shared{.organisation = *organisation_,
                         .door = *door_,
                         .directory = directory_,
                         .faults = faults_,
                         .log = log_,
                         .subscriptions = subscriptions_,
                         .throttling = throttling_,
                         .host = settings_.host,
                         .domain = settings_.domain,
                         .recorder = recorder_.get(),
                         .replay = replay_.get(),
                         .schemas = schemas_.get()};
  for (const FrontEndSettings& front_end : settings_.front_ends) {
    auto server = std::make_unique<Server>();
    server->settings = front_end;
    server->address = front_end.listen;
    server->inspected = {.ip = front_end.listen.ip, .port = 0};
    server->front_end = std::make_unique<FrontEnd>(front_end.name, shared);
    MW_CHECK(start_front_end(*server));
    reach_.front_ends.push_back({.name = front_end.name, .address = server->address, .url = url_of(server->address)});
    servers_.push_back(std::move(server));
  }
  reach_.host = settings_.host;
  reach_.ca = authority_->root_file();
  reach_.url = reach_.front_ends.front().url;
  if (settings_.balancer) {
    struct Way {
      std::string name;
      SocketAddress plain;
      SocketAddress inspected;
    };
    std::vector<Way> ways;
    ways.reserve(servers_.size());
    for (const auto& server : servers_) ways.push_back({server->settings.name, server->address, server->inspected});
    MW_TRY(balancer_, Balancer::start(*settings_.balancer, [this, ways] {
             std::vector<SocketAddress> targets;
             targets.reserve(ways.size());
             for (const Way& way : ways) {
               const bool opened = faults_.peek(FaultKind::tls_inspection, way.name).has_value();
               targets.push_back(opened ? way.inspected : way.plain);
             }
             return targets;
           }));
    reach_.url = url_of(balancer_->address());
  }
  for (auto& [kind, setting] : settings_.faults) faults_.set(kind, setting);
  MW_CHECK(apply_listener_faults());

  http::ServerOptions control;
  control.listeners.push_back(
      {.name = "control", .at = settings_.control, .tls = std::nullopt, .router = make_control_routes(*this)});
  control.handler_threads = 2;
  MW_TRY(control_, http::Server::start(std::move(control)));
  MW_TRY(const SocketAddress at, control_->address("control"));
  reach_.control = "http://" + at.text();
  return {};
}

Status Simulator::start_front_end(Server& server) {
  auto router = std::make_shared<http::Router>();
  const FrontEnd* front_end = server.front_end.get();
  router->set_fallback([front_end](const http::Request& request,
                                   http::Connection& connection) { return front_end->handle(request, connection); },
                       {.body_limit = kBodyLimit});
  router->set_error_page([front_end](int status, std::string_view) { return front_end->error_page(status); });
  http::TlsOptions tls;
  if (server.settings.certificate.empty()) {
    MW_TRY(tls, authority_->tls(server.shown));
  } else {
    MW_TRY(tls.certificate_chain_pem, read_file(server.settings.certificate, kMaxPem));
    MW_TRY(tls.private_key_pem, read_secret_file(server.settings.key, kMaxPem));
  }
  http::ServerOptions options;
  options.listeners.push_back({.name = "ews", .at = server.address, .tls = std::move(tls), .router = router});
  if (settings_.balancer) {
    MW_TRY(http::TlsOptions other, authority_->tls(std::nullopt));
    options.listeners.push_back({.name = std::string(kBehindInspection),
                                 .at = server.inspected,
                                 .tls = std::move(other),
                                 .router = std::move(router)});
  }
  MW_TRY(server.http, http::Server::start(std::move(options)));
  MW_TRY(server.address, server.http->address("ews"));
  if (settings_.balancer) {
    MW_TRY(server.inspected, server.http->address(kBehindInspection));
  }
  return {};
}

Status Simulator::apply_to(Server& server) {
  const std::string& name = server.settings.name;
  if (faults_.peek(FaultKind::refused, name)) {
    server.http.reset();
    return {};
  }
  std::optional<FaultKind> wanted;
  for (const auto& [kind, text] : fault_names()) {
    if (is_tls_fault(kind) && faults_.peek(kind, name)) wanted = kind;
  }
  if (!server.http) {
    server.shown.reset();
    server.opened.reset();
    MW_CHECK(start_front_end(server));
  }
  const auto mode = faults_.peek(FaultKind::hang, name)    ? http::ListenerMode::hang
                    : faults_.peek(FaultKind::reset, name) ? http::ListenerMode::reset
                                                           : http::ListenerMode::serve;
  MW_CHECK(server.http->set_mode("ews", mode));
  if (wanted != server.shown) {
    MW_TRY(const http::TlsOptions tls, authority_->tls(wanted));
    MW_CHECK(server.http->set_tls("ews", tls));
    server.shown = wanted;
  }
  const auto inspection = faults_.peek(FaultKind::tls_inspection, name);
  if (inspection && server.opened != inspection->value) {
    MW_TRY(const http::TlsOptions tls, authority_->tls_of_inspection(inspection->value == "same_issuer"));
    MW_CHECK(server.http->set_tls(kBehindInspection, tls));
    server.opened = inspection->value;
  }
  return {};
}

Status Simulator::apply_listener_faults() {
  const std::scoped_lock lock(mutex_);
  for (const auto& server : servers_) MW_CHECK(apply_to(*server));
  return {};
}

Status Simulator::set_fault(FaultKind kind, FaultSetting setting) {
  if (kind == FaultKind::tls_inspection && !settings_.balancer) {
    return fail(BaseError::invalid_argument, "tls_inspection needs a balancer: it is what opens TLS");
  }
  if (!setting.front_end.empty() &&
      std::ranges::none_of(reach_.front_ends, [&](const auto& each) { return each.name == setting.front_end; })) {
    std::vector<std::string_view> names;
    for (const auto& each : reach_.front_ends) names.push_back(each.name);
    return fail(BaseError::invalid_argument, "there is no such front end: " + not_known(setting.front_end, names));
  }
  faults_.set(kind, std::move(setting));
  return apply_listener_faults();
}

Status Simulator::clear_fault(FaultKind kind) {
  faults_.clear(kind);
  return apply_listener_faults();
}

Status Simulator::clear_faults() {
  faults_.clear_all();
  return apply_listener_faults();
}

Status Simulator::reset() {
  directory_.set(settings_.directory);
  log_.clear();
  throttling_.set(settings_.throttling);
  throttling_.forget();
  return clear_faults();
}

}  // namespace mailward::exchange_sim
