#pragma once

#include <map>
#include <memory>
#include <mutex>

#include "base/net.h"
#include "connections/ledger.h"
#include "connections/refusal_memory.h"
#include "directory/directory.h"

namespace mailward::connections {

/// The one door to the accounts that set others' passwords, with the promises of ReaderDoor: a wrong password costs one
/// refused bind. A pending password's first accepted bind promotes it. Thread-safe.
class ResetDoor {
 public:
  struct Parts {
    Ledger& ledger;
    RefusalMemory& refusals;
    const Resolver& resolver;
    DestinationPolicy destinations;
    const Clock& clock;
    /// Of this process, for ever (work::Runs::process()): what a killed one holds is freed by the next start.
    std::string process;
  };
  explicit ResetDoor(Parts parts) : parts_(std::move(parts)) {}

  /// The directory, to be asked as the reset account of `account`. Binds nothing. Errors: cannot_rotate where there is
  /// none, or its password was refused; password_must_be_typed, no_password, DbError, SecretsError.
  Result<std::shared_ptr<const directory::Directory>> open(const ServiceAccount& account);

 private:
  struct Shared {
    std::int64_t directory_version = 0;
    CredentialVersionId version;
    std::shared_ptr<const directory::Directory> directory;
  };
  Parts parts_;
  std::mutex mutex_;
  std::map<AccountId, Shared> shared_;
};

}  // namespace mailward::connections
