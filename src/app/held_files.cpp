#include "app/held_files.h"

#include <algorithm>
#include <optional>
#include <utility>

#include <sys/stat.h>

#include "audit/actor.h"
#include "audit/place.h"
#include "base/file.h"
#include "base/tls.h"
#include "renewal/inventory.h"
#include "secrets/inventory.h"

namespace mailward::app {

namespace {

constexpr std::size_t kMostPem = 1024UL * 1024;

bool is_of_file(std::string_view kind) {
  return kind == "tls_key" || kind == "database_password" || kind == "forward_token";
}

/// Until when the certificate beside a key is valid.
std::optional<Timestamp> valid_until(const std::filesystem::path& certificate) {
  if (certificate.empty()) return std::nullopt;
  const auto pem = read_file(certificate, kMostPem);
  if (!pem) return std::nullopt;
  const auto described = describe_certificates(*pem);
  return described ? std::optional(described->front().not_after) : std::nullopt;
}

/// Nothing where the file is not there now.
std::optional<secrets::SecretRecord> record_of(const HeldFile& held) {
  struct stat about{};
  if (::stat(held.file.c_str(), &about) != 0) return std::nullopt;
  const auto changed = std::chrono::seconds(about.st_mtim.tv_sec) + std::chrono::nanoseconds(about.st_mtim.tv_nsec);
  return secrets::SecretRecord{.kind = held.kind,
                               .id = held.id,
                               .opens = held.opens,
                               .created = Timestamp(std::chrono::duration_cast<Duration>(changed)),
                               .last_used = std::nullopt,
                               .renew_by = valid_until(held.certificate),
                               .set_by = audit::Actor::local(about.st_uid).text()};
}

bool differ(const secrets::SecretRecord& one, const secrets::SecretRecord& other) {
  return std::tie(one.opens, one.created, one.renew_by, one.set_by) !=
         std::tie(other.opens, other.created, other.renew_by, other.set_by);
}

}  // namespace

std::vector<HeldFile> held_files(const Configuration& configuration) {
  std::vector<HeldFile> files;
  if (configuration.listen) {
    const ServerCertificateSettings settings = certificate_settings(configuration);
    const bool is_made = settings.certificate.empty();
    files.push_back({.kind = "tls_key",
                     .id = is_made ? std::string(renewal::kSelfSigned) : "files",
                     .opens = "the console and the API at " + configuration.listen->text(),
                     .file = ServerCertificate::key_file(settings),
                     .certificate = ServerCertificate::certificate_file(settings)});
  }
  if (!configuration.database_password_file.empty()) {
    files.push_back({.kind = "database_password",
                     .id = "database",
                     .opens = "the database " + configuration.database_url,
                     .file = configuration.database_password_file,
                     .certificate = {}});
  }
  for (const ForwardSetting& place : configuration.audit_forward) {
    if (place.token_file.empty()) continue;
    const auto address = audit::PlaceAddress::parse(place.to);
    const std::string to = address ? address->shown() : place.token_file.string();
    files.push_back({.kind = "forward_token",
                     .id = to,
                     .opens = "the audit trail's place " + to,
                     .file = place.token_file,
                     .certificate = {}});
  }
  return files;
}

Status record_held_files(db::Database& database, const std::vector<HeldFile>& files, const Clock& clock, Used used) {
  std::vector<secrets::SecretRecord> wanted;
  for (const HeldFile& file : files) {
    if (auto record = record_of(file)) wanted.push_back(*std::move(record));
  }
  MW_TRY(const auto standing, database.read([](db::Session& session) { return secrets::list_secrets(session); }));
  std::vector<secrets::SecretRecord> changed;
  for (secrets::SecretRecord& record : wanted) {
    const auto same =
        std::ranges::find_if(standing, [&](const auto& one) { return one.kind == record.kind && one.id == record.id; });
    if (same != standing.end() && !differ(*same, record) && used == Used::unknown) continue;
    record.last_used = used == Used::now        ? std::optional(clock.now())
                       : same == standing.end() ? std::nullopt
                                                : same->last_used;
    changed.push_back(record);
  }
  std::vector<secrets::SecretRecord> gone;
  std::ranges::copy_if(standing, std::back_inserter(gone), [&](const auto& one) {
    return is_of_file(one.kind) && std::ranges::none_of(wanted, [&](const auto& other) {
             return other.kind == one.kind && other.id == one.id;
           });
  });
  if (changed.empty() && gone.empty() && used == Used::unknown) return {};
  return database.transaction([&](db::Transaction& tx) -> Status {
    for (const auto& record : changed) MW_CHECK(secrets::record_secret(tx, record));
    for (const auto& record : gone) MW_CHECK(secrets::forget_secret(tx, record.kind, record.id));
    if (used == Used::unknown) return {};
    for (const auto& one : standing) {
      const bool is_key = one.kind == secrets::kMasterKeyKind || one.kind == secrets::kSubKeyKind;
      if (is_key) MW_CHECK(secrets::record_use(tx, one.kind, one.id, clock.now()));
    }
    return {};
  });
}

std::function<Result<std::string>()> certificate_maker(const Configuration& configuration, db::Database& database,
                                                       const Clock& clock) {
  if (!configuration.listen || !configuration.certificate.empty()) return {};
  return [settings = certificate_settings(configuration), files = held_files(configuration), &database,
          &clock]() -> Result<std::string> {
    MW_TRY(auto fingerprint, ServerCertificate::make_anew(settings, clock));
    MW_CHECK(record_held_files(database, files, clock, Used::unknown));
    return fingerprint;
  };
}

/// The self-signed certificate is for this host's own names, and for those that the configuration lists.
ServerCertificateSettings certificate_settings(const Configuration& configuration) {
  ServerCertificateSettings settings{.certificate = configuration.certificate,
                                     .key = configuration.certificate_key,
                                     .made_in = configuration.state_dir / "tls",
                                     .names = {"localhost", "127.0.0.1", "::1"}};
  const std::string address = configuration.listen->ip.text();
  const bool everywhere = address == "0.0.0.0" || address == "::";
  std::vector<std::string> more = configuration.host_names;
  if (!everywhere) more.push_back(address);
  for (std::string& name : more) {
    if (std::ranges::find(settings.names, name) == settings.names.end()) settings.names.push_back(std::move(name));
  }
  return settings;
}

}  // namespace mailward::app
