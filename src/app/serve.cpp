#include <csignal>
#include <cstdio>
#include <string>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "app/audit_verification.h"
#include "app/backup.h"
#include "app/failed_start.h"
#include "app/offline.h"
#include "app/service.h"
#include "base/bytes.h"
#include "base/log.h"
#include "kerberos/tickets.h"

namespace mailward::app {

namespace {

using cli::OfflineOptions;

constexpr std::chrono::seconds kDrain{20};
/// What is under way when the database is no longer ours can only fail.
constexpr std::chrono::seconds kDrainInVain{2};
constexpr timespec kBetweenChecks{.tv_sec = 2, .tv_nsec = 0};

/// Passwords are in this process's memory: nobody else looks into it, and it leaves nothing behind.
void close_process() {
  prctl(PR_SET_DUMPABLE, 0);
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  umask(077);
}

Result<Configuration> configuration_of(const OfflineOptions& options) {
  return read_configuration(
      {.config = options.config, .state_dir = options.state_dir, .socket = options.socket, .listen = options.listen});
}

/// Blocked before any thread is made, so that only the wait below takes them.
sigset_t block_signals() {
  sigset_t awaited;
  sigemptyset(&awaited);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&awaited, signal);
  pthread_sigmask(SIG_BLOCK, &awaited, nullptr);
  std::signal(SIGPIPE, SIG_IGN);
  return awaited;
}

/// What SIGHUP asks for, after the log was moved away. The configuration is read at the start only.
void open_log_anew() {
  if (log::reopen()) {
    log::info("log opened anew", {{"signal", "SIGHUP"}});
  } else {
    log::error("the log cannot be opened anew; it goes on in the old file", {{"signal", "SIGHUP"}});
  }
}

/// Waits for a signal that ends the service, and returns it. Errors: the service cannot go on.
Result<int> wait_for_end(Service& service, const sigset_t& awaited) {
  while (true) {
    const int signal = sigtimedwait(&awaited, nullptr, &kBetweenChecks);
    if (signal == SIGHUP) open_log_anew();
    if (signal == SIGTERM || signal == SIGINT) return signal;
    MW_CHECK(service.check_alone());
  }
}

int serve(const OfflineOptions& options) {
  close_process();
  kerberos::ignore_host_configuration();
  const sigset_t awaited = block_signals();
  const auto configuration = configuration_of(options);
  if (!configuration) return report_failed_start(configuration.error());
  log::set_level(configuration->log_level);
  if (!configuration->log_file.empty()) {
    if (!log::to_file(configuration->log_file)) {
      return report_failed_start(
          Error(ConfigurationError::invalid, "log.file: " + configuration->log_file + " cannot be written"));
    }
  }
  auto service = Service::start(*configuration);
  if (!service) return report_failed_start(service.error());
  const auto signal = wait_for_end(**service, awaited);
  if (signal) {
    log::info("stopping", {{"signal", *signal == SIGTERM ? "SIGTERM" : "SIGINT"}});
  } else {
    log::failure("stopping", signal.error());
  }
  if (const auto stopped = (*service)->stop(Deadline::after(signal ? kDrain : kDrainInVain)); !stopped) {
    log::failure("stopping", stopped.error());
  }
  service->reset();
  log::info("stopped");
  return signal ? cli::value_of(cli::ExitCode::ok) : report_failed_start(signal.error());
}

int print_key(const OfflineOptions& options, BytesView key, const std::string& file, const char* what) {
  const std::string id = to_hex(key);
  if (options.json) {
    std::printf("{\"master_key\":\"%s\"}\n", id.c_str());
  } else {
    std::printf("%s: master key %s in %s\n", what, id.c_str(), file.c_str());
  }
  return cli::value_of(cli::ExitCode::ok);
}

/// Opens the ground under the service lock and hands the keyring to `use`.
template <typename Use>
int with_keyring(const OfflineOptions& options, Use use) {
  close_process();
  const auto configuration = configuration_of(options);
  if (!configuration) return report_failed_start(configuration.error());
  const auto ground = open_ground(*configuration, Clock::system());
  if (!ground) return report_failed_start(ground.error());
  return use(*configuration, *ground->keyring);
}

/// Only looks: makes nothing, and works beside a service.
int key_status(const OfflineOptions& options) {
  close_process();
  const auto configuration = configuration_of(options);
  if (!configuration) return report_failed_start(configuration.error());
  const auto key = look_at_key(*configuration, Clock::system());
  if (!key) return report_failed_start(key.error());
  const std::string file = configuration->master_key_file.string();
  if (*key) return print_key(options, **key, file, "in force");
  if (options.json) {
    std::printf("{\"master_key\":null}\n");
  } else {
    std::printf("no key yet: it is made at the first start, in %s\n", file.c_str());
  }
  return cli::value_of(cli::ExitCode::ok);
}

/// Opening makes the key where there is none and nothing is sealed yet; where there is one, that is said.
int key_create(const OfflineOptions& options) {
  close_process();
  const auto configuration = configuration_of(options);
  if (!configuration) return report_failed_start(configuration.error());
  std::error_code error;
  const bool stood = std::filesystem::exists(configuration->master_key_file, error);
  return with_keyring(options, [&](const Configuration& settings, secrets::Keyring& keyring) {
    return print_key(options, keyring.master_key_id(), settings.master_key_file.string(),
                     stood ? "there already" : "created");
  });
}

int key_rotate(const OfflineOptions& options) {
  return with_keyring(options, [&](const Configuration& configuration, secrets::Keyring& keyring) {
    if (const auto rotated = keyring.rotate_master_key(); !rotated) return report_failed_start(rotated.error());
    return print_key(options, keyring.master_key_id(), configuration.master_key_file.string(), "rotated");
  });
}

int print_copied(const OfflineOptions& options, const Result<CopyReport>& copied, const char* what) {
  if (!copied) return report_failed_start(copied.error());
  if (options.json) {
    std::printf("%s\n", copied->json().c_str());
  } else {
    std::printf("%s:\n%s", what, copied->text().c_str());
  }
  return cli::value_of(cli::ExitCode::ok);
}

int backup(const OfflineOptions& options, const cli::OfflineBackup& wanted) {
  close_process();
  const auto configuration = configuration_of(options);
  if (!configuration) return report_failed_start(configuration.error());
  return print_copied(options, make_backup(*configuration, options.config, wanted.folder, Clock::system()), "copied");
}

int restore(const OfflineOptions& options, const cli::OfflineBackup& wanted) {
  close_process();
  const auto configuration = configuration_of(options);
  if (!configuration) return report_failed_start(configuration.error());
  return print_copied(options, restore_backup(*configuration, wanted.folder), "restored");
}

std::expected<std::string, int> verify_audit(const cli::OfflineAudit& wanted) {
  close_process();
  auto report = verify_offline({.database = wanted.database,
                                .master_key = wanted.master_key,
                                .head_file = wanted.head_file,
                                .without_head_file = wanted.without_head_file,
                                .anchor = wanted.anchor});
  if (!report) return std::unexpected(report_failed_start(report.error()));
  return *std::move(report);
}

}  // namespace

cli::OfflineCommands offline_commands() {
  return {.serve = serve,
          .key_status = key_status,
          .key_create = key_create,
          .key_rotate = key_rotate,
          .verify_audit = verify_audit,
          .backup = backup,
          .restore = restore,
          .version = std::string(kVersion),
          .default_state_dir = std::string(kDefaultStateDir)};
}

}  // namespace mailward::app
