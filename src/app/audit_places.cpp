#include "app/audit_places.h"

#include "base/file.h"

namespace mailward::app {

namespace {

constexpr std::size_t kMostTrust = 1024UL * 1024;
constexpr std::size_t kMostToken = 4096;

std::unexpected<Error> unusable(const audit::PlaceAddress& to, std::string_view what, const Error& why) {
  return fail(Error(ConfigurationError::unreadable,
                    "audit.forward: the " + std::string(what) + " for " + to.shown() + " cannot be used")
                  .caused_by(why));
}

Result<audit::PlaceSettings> settings_of(const ForwardSetting& setting) {
  audit::PlaceSettings settings;
  MW_TRY(settings.address, audit::PlaceAddress::parse(setting.to));
  if (!setting.trust_file.empty()) {
    auto pem = read_file(setting.trust_file, kMostTrust);
    if (!pem) return unusable(settings.address, "trust_file", pem.error());
    auto trust = CertificateTrust::from_pem(*std::move(pem));
    if (!trust) return unusable(settings.address, "trust_file", trust.error());
    settings.trust = *std::move(trust);
  }
  if (!setting.token_file.empty()) {
    auto token = read_secret_file(setting.token_file, kMostToken);
    if (!token) return unusable(settings.address, "token_file", token.error());
    std::string_view text = token->reveal();
    while (text.ends_with('\n') || text.ends_with('\r')) text.remove_suffix(1);
    settings.token = SecretString(text);
  }
  return settings;
}

}  // namespace

Result<std::vector<audit::Forwarding::To>> audit_places(const Configuration& configuration, const Resolver& resolver) {
  std::vector<audit::Forwarding::To> places;
  for (const ForwardSetting& setting : configuration.audit_forward) {
    MW_TRY(audit::PlaceSettings settings, settings_of(setting));
    const audit::PlaceAddress address = settings.address;
    places.push_back({.address = address, .place = audit::make_place(std::move(settings), resolver)});
  }
  return places;
}

}  // namespace mailward::app
