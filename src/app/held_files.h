#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "app/configuration.h"
#include "app/server_certificate.h"
#include "base/clock.h"
#include "db/database.h"

namespace mailward::app {

/// A secret that stands in a file of its own, not in the database.
struct HeldFile {
  std::string kind;  ///< "tls_key", "database_password", "forward_token"
  std::string id;
  std::string opens;  ///< for a person
  std::filesystem::path file;
  std::filesystem::path certificate;  ///< of a key: PEM, which says until when; else empty
};

/// Those that the configuration names, and the key that is made here where it names none.
std::vector<HeldFile> held_files(const Configuration& configuration);

/// Whether they are being used at this moment, as when the service starts.
enum class Used { now, unknown };
/// Writes them into the inventory: made when the file was last changed, set by its owner; and takes out those that are
/// named no more. At the start also that the keys of the database are in use. Writes only what differs. Errors:
/// DbError.
Status record_held_files(db::Database& database, const std::vector<HeldFile>& files, const Clock& clock, Used used);

/// The self-signed certificate is for this host's own names, and for those that the configuration lists.
ServerCertificateSettings certificate_settings(const Configuration& configuration);
/// Makes the self-signed certificate anew and writes that down; empty where the console has none of that sort.
std::function<Result<std::string>()> certificate_maker(const Configuration& configuration, db::Database& database,
                                                       const Clock& clock);

}  // namespace mailward::app
