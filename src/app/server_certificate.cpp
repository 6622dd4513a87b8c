#include "app/server_certificate.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <system_error>
#include <utility>

#include "app/configuration.h"
#include "base/bytes.h"
#include "base/file.h"
#include "base/log.h"
#include "base/net.h"
#include "base/pool.h"
#include "base/self_signed.h"
#include "base/tls.h"

namespace mailward::app {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kMostPemBytes = 1024UL * 1024;
constexpr std::chrono::days kRenewBefore{30};
constexpr unsigned kPrivate = 0600;

struct Held {
  http::TlsOptions options;
  CertificateInfo info;
};

std::string with_colons(const Sha256& hash) {
  std::string text;
  for (const char c : to_hex(hash)) {
    if (text.size() % 3 == 2) text += ':';
    text += static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  }
  return text;
}

Result<Held> read_files(const fs::path& certificate, const fs::path& key) {
  Held held;
  MW_TRY(held.options.certificate_chain_pem, read_file(certificate, kMostPemBytes));
  MW_TRY(held.options.private_key_pem, read_secret_file(key, kMostPemBytes));
  MW_TRY(const auto described, describe_certificates(held.options.certificate_chain_pem));
  held.info = described.front();
  return held;
}

bool fits(const CertificateInfo& info, const std::vector<std::string>& names, Timestamp now) {
  return info.not_after - kRenewBefore > now && std::ranges::all_of(names, [&](const std::string& name) {
           return std::ranges::find(info.dns_names, name) != info.dns_names.end();
         });
}

}  // namespace

struct ServerCertificate::State {
  State(ServerCertificateSettings wanted, const Clock& with) : settings(std::move(wanted)), clock(with) {}

  bool own_files() const { return !settings.certificate.empty(); }
  fs::path certificate_file() const { return ServerCertificate::certificate_file(settings); }
  fs::path key_file() const { return ServerCertificate::key_file(settings); }

  Result<Held> make() const {
    SelfSignedWish wish{.common_name = "Mailward"};
    for (const std::string& name : settings.names) {
      (IpAddress::parse(name) ? wish.addresses : wish.dns_names).push_back(name);
    }
    MW_TRY(const SelfSigned made, make_self_signed(wish, clock.now()));
    std::error_code error;
    if (fs::create_directories(settings.made_in, error)) {
      fs::permissions(settings.made_in, fs::perms::owner_all, error);
    }
    // The key first: a certificate never stands there with another's key for longer than a kill lasts, and then
    // read_files() or the listener refuses the pair and it is made anew.
    MW_CHECK(write_file_durably(key_file(), made.private_key_pem.reveal(), kPrivate));
    MW_CHECK(write_file_durably(certificate_file(), made.certificate_pem, kPrivate));
    return read_files(certificate_file(), key_file());
  }

  Result<Held> load() const {
    if (own_files()) return read_files(certificate_file(), key_file());
    auto stands = read_files(certificate_file(), key_file());
    if (stands && fits(stands->info, settings.names, clock.now())) return stands;
    return make();
  }

  void look(const std::function<Status(const http::TlsOptions&)>& use) {
    auto found = load();
    if (!found) return complain(found.error());
    {
      const std::scoped_lock lock(mutex);
      if (found->info.fingerprint == held.info.fingerprint &&
          found->options.certificate_chain_pem == held.options.certificate_chain_pem) {
        return;
      }
    }
    if (const auto taken = use(found->options); !taken) return complain(taken.error());
    log::info("certificate reloaded", {{"fingerprint", with_colons(found->info.fingerprint)},
                                       {"valid_until", format_timestamp(found->info.not_after)}});
    const std::scoped_lock lock(mutex);
    held = std::move(*found);
    complaint.clear();
  }

  void complain(const Error& error) {
    std::string words = error.describe();
    const std::scoped_lock lock(mutex);
    if (std::exchange(complaint, std::move(words)) != complaint) log::failure("certificate kept as it was", error);
  }

  const ServerCertificateSettings settings;
  const Clock& clock;
  mutable std::mutex mutex;
  Held held;
  std::string complaint;
  std::condition_variable_any ended;
  std::stop_source stop;
  std::optional<Pool> thread;
};

ServerCertificate::ServerCertificate(std::unique_ptr<State> state) : state_(std::move(state)) {}

ServerCertificate::~ServerCertificate() {
  state_->stop.request_stop();
  state_->thread.reset();
}

Result<std::unique_ptr<ServerCertificate>> ServerCertificate::open(ServerCertificateSettings settings,
                                                                   const Clock& clock) {
  auto state = std::make_unique<State>(std::move(settings), clock);
  auto held = state->load();
  if (!held) {
    return fail(Error(ConfigurationError::invalid,
                      state->own_files()
                          ? "server.certificate and server.certificate_key cannot be used"
                          : "no self-signed certificate can be made in " + state->settings.made_in.string())
                    .caused_by(held.error())
                    .with_remedy(held.error().remedy()));
  }
  state->held = std::move(*held);
  return std::unique_ptr<ServerCertificate>(new ServerCertificate(std::move(state)));
}

http::TlsOptions ServerCertificate::options() const {
  const std::scoped_lock lock(state_->mutex);
  const http::TlsOptions& held = state_->held.options;
  http::TlsOptions options;
  options.certificate_chain_pem = held.certificate_chain_pem;
  options.private_key_pem = held.private_key_pem.clone();
  return options;
}

std::string ServerCertificate::fingerprint() const {
  const std::scoped_lock lock(state_->mutex);
  return with_colons(state_->held.info.fingerprint);
}

fs::path ServerCertificate::key_file(const ServerCertificateSettings& settings) {
  return settings.certificate.empty() ? settings.made_in / "self-signed.key" : settings.key;
}

fs::path ServerCertificate::certificate_file(const ServerCertificateSettings& settings) {
  return settings.certificate.empty() ? settings.made_in / "self-signed.crt" : settings.certificate;
}

Result<std::string> ServerCertificate::make_anew(ServerCertificateSettings settings, const Clock& clock) {
  const State state(std::move(settings), clock);
  if (state.own_files()) {
    return fail(Error(ConfigurationError::invalid, "the certificate is the administrator's own")
                    .with_remedy("put another key and certificate in place; they are taken up within seconds"));
  }
  // A look in between may find the new key with the old certificate: the listener refuses the pair, and is given the
  // next one.
  MW_TRY(const Held made, state.make());
  return with_colons(made.info.fingerprint);
}

bool ServerCertificate::self_signed() const {
  return !state_->own_files();
}

void ServerCertificate::watch(std::chrono::milliseconds interval, std::function<Status(const http::TlsOptions&)> use) {
  state_->thread.emplace("certificate", 1, 1);
  const auto looking = [state = state_.get(), interval, use = std::move(use)] {
    const std::stop_token stop = state->stop.get_token();
    std::mutex waiting;
    while (true) {
      std::unique_lock lock(waiting);
      state->ended.wait_for(lock, stop, interval, [] { return false; });
      if (stop.stop_requested()) return;
      state->look(use);
    }
  };
  if (const auto taken = state_->thread->submit(looking); !taken) log::failure("certificate", taken.error());
}

}  // namespace mailward::app
