#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "app/configuration.h"
#include "base/clock.h"
#include "base/result.h"
#include "db/database.h"
#include "secrets/keyring.h"

namespace mailward::app {

inline constexpr std::string_view kVersion = "0.1.0";

/// The database, opened as the configuration says, and the keyring over it: what `serve` starts with and `key` works
/// on. Errors: ConfigurationError (state folder), DbError, SecretsError.
struct Ground {
  std::unique_ptr<db::Database> database;
  std::unique_ptr<secrets::Keyring> keyring;
};
Result<std::unique_ptr<db::Database>> open_database(const Configuration& configuration, const Clock& clock);
Result<Ground> open_ground(const Configuration& configuration, const Clock& clock);
/// The id of the master key that a start would take into force; nothing before the first start. Only reads: makes
/// neither folder, database nor key, and takes no lock. Errors: as open_ground().
Result<std::optional<Bytes>> look_at_key(const Configuration& configuration, const Clock& clock);

/// Every part of Mailward, built in order and serving. Stopped and taken apart in the opposite order.
class Service {
 public:
  /// All or nothing. Errors: as Ground, http::ServerError.
  static Result<std::unique_ptr<Service>> start(const Configuration& configuration,
                                                const Clock& clock = Clock::system());
  ~Service();
  Service(const Service&) = delete;
  Service& operator=(const Service&) = delete;

  /// Whether this is still the only service on its database; to be called every few seconds. Errors:
  /// DbError::lock_lost, and then the service must end: it can write nothing any more.
  Status check_alone();
  /// Lets requests under way end; no new ones come in. Errors: http::ServerError::not_drained.
  Status stop(Deadline deadline);

 private:
  struct Parts;
  explicit Service(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace mailward::app
