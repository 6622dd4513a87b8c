#include "app/service.h"

#include <algorithm>
#include <atomic>
#include <optional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "api/api.h"
#include "api/callers.h"
#include "api/watch.h"
#include "app/audit_places.h"
#include "app/held_files.h"
#include "app/housekeeping.h"
#include "app/server_certificate.h"
#include "audit/forwarding.h"
#include "audit/head_keeper.h"
#include "audit/trail.h"
#include "audit/verification.h"
#include "base/file.h"
#include "base/log.h"
#include "connections/ledger.h"
#include "connections/notices.h"
#include "connections/older_database.h"
#include "connections/refusal_memory.h"
#include "connections/rotation_schedule.h"
#include "connections/rotations.h"
#include "connections/test_runs.h"
#include "ews/transport.h"
#include "http/server.h"
#include "notify/channels.h"
#include "notify/deliveries.h"
#include "renewal/measures.h"
#include "renewal/renewals.h"
#include "work/events.h"
#include "work/runs.h"

namespace mailward::app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxPasswordFile = 4096;
constexpr std::chrono::seconds kCertificateLook{5};

/// Made for the owner alone; one that exists keeps its mode.
Status make_state_dir(const fs::path& folder) {
  std::error_code error;
  const bool made = fs::create_directories(folder, error);
  if (!error && made) fs::permissions(folder, fs::perms::owner_all, error);
  if (error) {
    return fail(Error(ConfigurationError::invalid,
                      "the state folder " + folder.string() + " cannot be made: " + error.message())
                    .with_remedy("make it for the user that the service runs as, or name another (server.state_dir)"));
  }
  return {};
}

Result<SecretString> database_password(const Configuration& configuration) {
  if (configuration.database_password_file.empty()) return SecretString();
  auto text = read_secret_file(configuration.database_password_file, kMaxPasswordFile);
  if (!text) {
    return fail(Error(ConfigurationError::unreadable, "database.password_file cannot be used").caused_by(text.error()));
  }
  std::string_view password = text->reveal();
  if (password.ends_with('\n')) password.remove_suffix(1);
  return SecretString(password);
}

std::string host_of_console(const Configuration& configuration) {
  if (!configuration.host_names.empty()) return configuration.host_names.front();
  const IpAddress& ip = configuration.listen->ip;
  if (ip.text() == "0.0.0.0" || ip.text() == "::") return "localhost";
  return ip.is_v4() ? ip.text() : "[" + ip.text() + "]";
}

/// Names this process for ever, so that the runs it leaves behind are known for its own.
std::string process_name(const Clock& clock) {
  std::string host(256, '\0');
  if (gethostname(host.data(), host.size() - 1) != 0) host = "localhost";
  return std::string(host.c_str()) + ":" + std::to_string(getpid()) + ":" + std::to_string(to_micros(clock.now()));
}

}  // namespace

Result<std::unique_ptr<db::Database>> open_database(const Configuration& configuration, const Clock& clock) {
  MW_CHECK(make_state_dir(configuration.state_dir));
  MW_TRY(auto password, database_password(configuration));
  return db::Database::open({.url = configuration.database_url, .password = std::move(password)}, db::OpenAs::service,
                            clock);
}

Result<Ground> open_ground(const Configuration& configuration, const Clock& clock) {
  Ground ground;
  MW_TRY(ground.database, open_database(configuration, clock));
  MW_TRY(ground.keyring, secrets::Keyring::open(*ground.database, configuration.master_key_file, clock));
  return ground;
}

Result<std::optional<Bytes>> look_at_key(const Configuration& configuration, const Clock& clock) {
  constexpr std::string_view kSqlite = "sqlite:";
  const std::string_view url = configuration.database_url;
  std::error_code error;
  if (url.starts_with(kSqlite) && !fs::exists(fs::path(url.substr(kSqlite.size())), error)) {
    MW_TRY(const auto key, secrets::read_master_key(configuration.master_key_file));
    return key ? std::optional(key->id()) : std::nullopt;
  }
  MW_TRY(auto password, database_password(configuration));
  MW_TRY(const auto database, db::Database::open({.url = configuration.database_url, .password = std::move(password)},
                                                 db::OpenAs::guest, clock));
  return secrets::Keyring::look(*database, configuration.master_key_file);
}

/// Declared in the order in which they are built.
struct Service::Parts {
  Parts(Ground opened, SecretString audit_key, const Configuration& configuration, const Clock& clock)
      : ground(std::move(opened)),
        trail(std::move(audit_key), clock),
        verifier(trail, *ground.database, configuration.audit_head_file),
        ledger(*ground.database, *ground.keyring, trail, clock),
        inventory(*ground.database, ledger, trail, clock),
        refusals(*ground.database, *ground.keyring, clock),
        runs(*ground.database, process_name(clock), clock),
        resolver(configuration.names),
        readers({.ledger = ledger,
                 .refusals = refusals,
                 .resolver = resolver,
                 .destinations = configuration.destinations,
                 .clock = clock,
                 .process = runs.process()}),
        proxies({.refusals = refusals, .clock = clock}),
        tests({.ledger = ledger,
               .refusals = refusals,
               .keyring = *ground.keyring,
               .trail = trail,
               .runs = runs,
               .transport = transport,
               .readers = readers,
               .proxies = proxies,
               .resolver = resolver,
               .destinations = configuration.destinations,
               .clock = clock}),
        gate({.ledger = ledger,
              .refusals = refusals,
              .readers = readers,
              .proxies = proxies,
              .transport = transport,
              .resolver = resolver,
              .destinations = configuration.destinations,
              .clock = clock,
              .process = runs.process()}),
        recovery(configuration.state_dir / "recovery.log"),
        generation(configuration.state_dir / "generation", *ground.keyring),
        rotations({.ledger = ledger,
                   .refusals = refusals,
                   .keyring = *ground.keyring,
                   .trail = trail,
                   .runs = runs,
                   .tests = tests,
                   .gate = gate,
                   .readers = readers,
                   .resolver = resolver,
                   .destinations = configuration.destinations,
                   .clock = clock,
                   .recovery = recovery,
                   .generation = generation,
                   .source_patience = configuration.vault_patience}),
        schedule({.ledger = ledger,
                  .clock = clock,
                  .start =
                      [this](connections::AccountId account) {
                        return rotations.start(
                            {.account = account},
                            {.actor = audit::Actor::system("schedule"), .source = {}, .token = {}, .request_id = {}});
                      },
                  .remind =
                      [&clock](db::Transaction& tx, const connections::RotationReminder& reminder) {
                        return connections::notices::reminder(tx, reminder, clock.now());
                      }}),
        heartbeats({.ledger = ledger, .tests = tests, .runs = runs, .clock = clock}),
        channels(*ground.database, *ground.keyring, trail, clock),
        measure_lines({.ledger = ledger,
                       .readers = readers,
                       .resolver = resolver,
                       .destinations = configuration.destinations,
                       .clock = clock}),
        runs_changed(*ground.database, "runs"),
        events(*ground.database, std::string(work::events::kChannel)) {}

  Ground ground;
  audit::Trail trail;
  /// Goes after all that appends, so that what it notes last is the end.
  std::unique_ptr<audit::HeadKeeper> head_keeper;
  audit::Verifier verifier;
  connections::Ledger ledger;
  renewal::Inventory inventory;
  connections::RefusalMemory refusals;
  work::Runs runs;
  ews::Transport transport;
  Resolver resolver;
  std::unique_ptr<audit::Forwarding> forwarding;
  connections::ReaderDoor readers;
  connections::ProxyDoor proxies;
  connections::TestRuns tests;
  connections::Gate gate;
  secrets::RecoveryFile recovery;
  secrets::GenerationFile generation;
  connections::Rotations rotations;
  connections::RotationSchedule schedule;
  connections::Heartbeats heartbeats;
  notify::Channels channels;
  connections::MeasureLines measure_lines;
  api::Watch runs_changed;
  api::Watch events;
  std::unique_ptr<access::Access> access;
  std::unique_ptr<notify::Deliveries> deliveries;
  std::unique_ptr<renewal::Measures> measures;
  std::unique_ptr<renewal::Renewals> renewals;
  std::string console_host;                    ///< as a browser names it
  std::atomic<std::uint16_t> console_port{0};  ///< known once the server listens
  std::unique_ptr<http::Server> server;
  /// Follows its files as long as it lives, and tells the server: goes before it.
  std::unique_ptr<ServerCertificate> certificate;
  std::unique_ptr<Housekeeping> housekeeping;

  std::string console_url() const {
    const std::uint16_t port = console_port;
    return port == 0 ? std::string() : "https://" + console_host + ":" + std::to_string(port);
  }
  /// As notices name it.
  notify::House house() const;
  Status open_console();
  /// Whether a subscription's owner is still there and may see what notices of that kind are about.
  Result<bool> may_hear(const std::string& owner, const notify::Kind& kind) const;
};

Result<bool> Service::Parts::may_hear(const std::string& owner, const notify::Kind& kind) const {
  const auto user = access->users.find_named(owner);
  if (!user && user.error().is(access::AccessError::unknown_user)) return false;
  if (!user) return std::unexpected(user.error());
  const auto right = access::right_named(kind.needs);
  return user->enabled && right && user->rights().has(*right);
}

notify::House Service::Parts::house() const {
  if (!console_host.empty() && console_host != "localhost") return {.host = console_host, .console = console_url()};
  std::string host(256, '\0');
  if (gethostname(host.data(), host.size() - 1) != 0) host = "localhost";
  return {.host = host.c_str(), .console = console_url()};
}

/// Says where the console is, and follows its certificate's files from here on.
Status Service::Parts::open_console() {
  MW_TRY(const SocketAddress at, server->address("console"));
  console_port = at.port;
  log::info("console", {{"url", console_url()},
                        {"certificate", certificate->self_signed() ? "self-signed" : "the administrator's"},
                        {"sha256", certificate->fingerprint()}});
  certificate->watch(kCertificateLook, [running = server.get()](const http::TlsOptions& tls) {
    return running->set_tls("console", tls);
  });
  return {};
}

Service::Service(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}
Service::~Service() = default;

Result<std::unique_ptr<Service>> Service::start(const Configuration& configuration, const Clock& clock) {
  std::optional<gid_t> group;
  if (!configuration.socket_group.empty()) {
    auto number = api::Doorkeeper::group_of(configuration.socket_group);
    if (!number) {
      return fail(Error(ConfigurationError::invalid, "server.socket_group: " + number.error().message())
                      .with_remedy(number.error().remedy()));
    }
    group = *number;
  }
  MW_TRY(Ground ground, open_ground(configuration, clock));
  MW_TRY(SecretString audit_key, ground.keyring->sub_key("audit"));
  auto parts = std::make_unique<Parts>(std::move(ground), std::move(audit_key), configuration, clock);
  MW_TRY(parts->head_keeper,
         audit::HeadKeeper::start(*parts->ground.database, parts->trail, configuration.audit_head_file, clock));
  MW_TRY(auto places, audit_places(configuration, parts->resolver));
  parts->forwarding =
      std::make_unique<audit::Forwarding>(*parts->ground.database, parts->trail, clock, std::move(places));
  MW_CHECK(connections::park_if_older(parts->ledger, parts->recovery, parts->generation, parts->trail, clock));
  MW_CHECK(parts->runs.free_orphaned_leases());
  MW_TRY(parts->access, access::Access::open(*parts->ground.database, *parts->ground.keyring, parts->trail, clock));
  MW_CHECK(parts->rotations.resume());
  parts->renewals = std::make_unique<renewal::Renewals>(
      renewal::Renewals::Parts{.database = *parts->ground.database,
                               .keyring = *parts->ground.keyring,
                               .trail = parts->trail,
                               .runs = parts->runs,
                               .rotations = parts->rotations,
                               .access = *parts->access,
                               .inventory = parts->inventory,
                               .clock = clock,
                               .make_certificate = certificate_maker(configuration, *parts->ground.database, clock)});
  MW_CHECK(parts->renewals->resume());
  MW_TRY(const auto orphans, parts->runs.interrupt_orphans());
  for (const work::RunId run : orphans) log::warn("run interrupted", {{"run", run.text()}});

  parts->deliveries = std::make_unique<notify::Deliveries>(notify::Deliveries::Parts{
      .database = *parts->ground.database,
      .channels = parts->channels,
      .resolver = parts->resolver,
      .destinations = configuration.destinations,
      .clock = clock,
      .may_hear = [made = parts.get()](const std::string& owner,
                                       const notify::Kind& kind) { return made->may_hear(owner, kind); },
      .house = [made = parts.get()] { return made->house(); }});
  MW_CHECK(parts->deliveries->take_up());
  parts->measures = std::make_unique<renewal::Measures>(renewal::Measures::Parts{
      .ledger = parts->ledger,
      .lines = parts->measure_lines,
      .sources = renewal::measure_sources(parts->measure_lines, *parts->access, *parts->ground.database, clock),
      .runs = parts->runs,
      .database = *parts->ground.database,
      .trail = parts->trail,
      .clock = clock});
  const auto router = api::make_router({.ledger = parts->ledger,
                                        .tests = parts->tests,
                                        .rotations = parts->rotations,
                                        .schedule = parts->schedule,
                                        .recovery = parts->recovery,
                                        .runs = parts->runs,
                                        .heartbeats = parts->heartbeats,
                                        .measures = *parts->measures,
                                        .database = *parts->ground.database,
                                        .keyring = *parts->ground.keyring,
                                        .access = *parts->access,
                                        .channels = parts->channels,
                                        .deliveries = *parts->deliveries,
                                        .inventory = parts->inventory,
                                        .renewals = *parts->renewals,
                                        .trail = parts->trail,
                                        .head_keeper = *parts->head_keeper,
                                        .forwarding = *parts->forwarding,
                                        .verifier = parts->verifier,
                                        .runs_changed = parts->runs_changed,
                                        .events = parts->events,
                                        .clock = clock,
                                        .version = std::string(kVersion),
                                        .started = clock.now(),
                                        .socket_group = group,
                                        .site_names = configuration.host_names,
                                        .console_url = [made = parts.get()] { return made->console_url(); }});
  http::ServerOptions options;
  options.clock = &clock;
  options.handler_threads = access::Passwords::kMostCallers + 8;
  options.limits.connections = 1024;
  options.limits.connections_of_address = 256;
  options.listeners.push_back({.name = "local",
                               .at = http::UnixSocket{configuration.socket, configuration.socket_group},
                               .tls = std::nullopt,
                               .router = router});
  if (configuration.listen) {
    parts->console_host = host_of_console(configuration);
    MW_TRY(parts->certificate, ServerCertificate::open(certificate_settings(configuration), clock));
    options.listeners.push_back(
        {.name = "console", .at = *configuration.listen, .tls = parts->certificate->options(), .router = router});
  }
  MW_TRY(parts->server, http::Server::start(std::move(options)));
  if (configuration.listen) MW_CHECK(parts->open_console());
  MW_CHECK(record_held_files(*parts->ground.database, held_files(configuration), clock, Used::now));
  parts->housekeeping = std::make_unique<Housekeeping>(Housekeeping::Parts{.database = *parts->ground.database,
                                                                           .heartbeats = parts->heartbeats,
                                                                           .rotations = parts->rotations,
                                                                           .schedule = parts->schedule,
                                                                           .renewals = *parts->renewals,
                                                                           .access = *parts->access,
                                                                           .deliveries = *parts->deliveries,
                                                                           .measures = *parts->measures,
                                                                           .held = held_files(configuration),
                                                                           .clock = clock});
  log::info("serving", {{"version", std::string(kVersion)},
                        {"database", parts->ground.database->describe()},
                        {"socket", configuration.socket.string()}});
  return std::unique_ptr<Service>(new Service(std::move(parts)));
}

Status Service::check_alone() {
  return parts_->ground.database->check_service_lock();
}

Status Service::stop(Deadline deadline) {
  return parts_->server->stop(deadline);
}

}  // namespace mailward::app
