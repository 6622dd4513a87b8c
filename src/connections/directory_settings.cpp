#include "connections/directory_settings.h"

#include <fmt/format.h>

#include <algorithm>

#include "connections/controller.h"
#include "connections/error.h"

namespace mailward::connections {

Result<directory::Settings> reader_settings(const DirectoryRecord& record, const SecretString& reader_password,
                                            const Resolver& resolver, const DestinationPolicy& destinations) {
  directory::Settings settings;
  for (const std::string& text : record.form.controllers) {
    MW_TRY(auto controller, parse_controller(text));
    settings.controllers.push_back(std::move(controller));
  }
  if (settings.controllers.empty()) return fail(ConnectionsError::invalid_form, "the directory names no controller");
  if (!record.form.trust_pem.empty()) {
    MW_TRY(settings.trust, CertificateTrust::from_pem(record.form.trust_pem));
  }
  settings.base_dn = record.form.base_dn;
  settings.reader_name = record.form.reader;
  settings.reader_password = reader_password.clone();
  if (record.form.reader_sign_in == ReaderSignIn::kerberos) {
    settings.sign_in_by = directory::SignInBy::kerberos;
    settings.realm = [record, &resolver, destinations](Deadline deadline) {
      return realm_settings(record, resolver, destinations, deadline);
    };
  }
  return settings;
}

Result<kerberos::Settings> realm_settings(const DirectoryRecord& record, const Resolver& resolver,
                                          const DestinationPolicy& destinations, Deadline deadline,
                                          const KdcChoice& choice) {
  constexpr std::uint16_t kKerberosPort = 88;
  if (record.form.realm.empty()) return fail(ConnectionsError::invalid_form, "the directory has no realm");
  kerberos::Settings settings;
  settings.home.name = record.form.realm;
  settings.domain = record.form.domain;
  std::optional<Error> last;
  for (const std::string& text : record.form.controllers) {
    MW_TRY(const auto written, parse_controller(text));
    const auto controllers = directory::discovered(written, resolver, deadline);
    if (!controllers) {
      last = controllers.error();
      continue;
    }
    for (const directory::Controller& controller : *controllers) {
      if (std::ranges::find(choice.behind, controller.host) != choice.behind.end()) {
        last = Error(BaseError::not_found, "the controller " + controller.host + " has not heard of the password yet");
        continue;
      }
      const auto addresses = resolver.resolve(controller.host, deadline);
      if (!addresses) {
        last = addresses.error();
        continue;
      }
      for (const IpAddress& ip : *addresses) {
        if (auto allowed = destinations.check_address(ip); !allowed) {
          last = allowed.error();
          continue;
        }
        auto& known = settings.home.controllers;
        known.insert(controller.host == choice.first ? known.begin() : known.end(), {ip, kKerberosPort});
      }
    }
  }
  if (settings.home.controllers.empty() && last) return fail(*std::move(last));
  return settings;
}

}  // namespace mailward::connections
