#include "app/service.h"

#include <optional>
#include <system_error>
#include <utility>

#include <unistd.h>

#include "api/api.h"
#include "api/callers.h"
#include "api/run_watch.h"
#include "audit/trail.h"
#include "base/file.h"
#include "base/log.h"
#include "connections/ledger.h"
#include "connections/refusal_memory.h"
#include "connections/test_runs.h"
#include "ews/transport.h"
#include "http/server.h"
#include "work/runs.h"

namespace mailward::app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMaxPasswordFile = 4096;

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
        ledger(*ground.database, *ground.keyring, trail, clock),
        refusals(*ground.database, *ground.keyring, clock),
        runs(*ground.database, process_name(clock), clock),
        resolver(configuration.names),
        tests({.ledger = ledger,
               .refusals = refusals,
               .keyring = *ground.keyring,
               .trail = trail,
               .runs = runs,
               .transport = transport,
               .resolver = resolver,
               .destinations = configuration.destinations,
               .clock = clock}),
        watch(*ground.database) {}

  Ground ground;
  audit::Trail trail;
  connections::Ledger ledger;
  connections::RefusalMemory refusals;
  work::Runs runs;
  ews::Transport transport;
  Resolver resolver;
  connections::TestRuns tests;
  api::RunWatch watch;
  std::unique_ptr<http::Server> server;
};

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
  MW_TRY(const auto orphans, parts->runs.interrupt_orphans());
  for (const work::RunId run : orphans) log::warn("run interrupted", {{"run", run.text()}});

  http::ServerOptions options;
  options.clock = &clock;
  options.handler_threads = 8;
  options.limits.connections = 256;
  options.listeners.push_back({.name = "local",
                               .at = http::UnixSocket{configuration.socket, configuration.socket_group},
                               .tls = std::nullopt,
                               .router = api::make_router({.ledger = parts->ledger,
                                                           .tests = parts->tests,
                                                           .runs = parts->runs,
                                                           .database = *parts->ground.database,
                                                           .keyring = *parts->ground.keyring,
                                                           .watch = parts->watch,
                                                           .clock = clock,
                                                           .version = std::string(kVersion),
                                                           .started = clock.now(),
                                                           .socket_group = group})});
  MW_TRY(parts->server, http::Server::start(std::move(options)));
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
