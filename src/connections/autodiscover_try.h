#pragma once

#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "base/secret.h"
#include "connections/model.h"
#include "connections/refusal_memory.h"
#include "directory/directory.h"
#include "ews/autodiscover/walk.h"

namespace mailward::connections {

/// The record of a password that a search by Autodiscover shows (RefusalMemory). What tests and calls remember of it
/// counts here too. An account's active password has a record of its own beside theirs: what a search finds out, or
/// leaves open, keeps further searches from showing it, and never a test or a call of a product. These judge it at EWS.
class AutodiscoverTry {
 public:
  struct Parts {
    RefusalMemory& refusals;
    const Clock& clock;
    std::shared_ptr<const directory::Directory> directory;  ///< to ask what a try came to; null: nobody can tell
  };
  /// `account`: its normalised name. `active`: where the password is that version's.
  AutodiscoverTry(Parts parts, std::string account, const SecretString& password,
                  std::optional<CredentialVersion> active);

  /// Whether it may be shown. A try that nobody judged is held against the directory, and is over with the lock-out
  /// window. Errors: account_parked, DbError.
  Status check(Deadline deadline, const std::stop_token& stop) const;
  /// Before it is shown for the first time.
  Status begin();
  /// What became of it. A 401 to the active password is no refusal until the directory has counted one, and then it is
  /// left for the test to find.
  Status settle(const ews::AutodiscoverResult& result) const;

 private:
  /// What the directory shows of tries since then.
  enum class Counted { yes, no, unknown };
  Counted counted_since(Timestamp since, Deadline deadline, const std::stop_token& stop) const;
  Status check_open(const std::string& name, Timestamp since, Deadline deadline, const std::stop_token& stop) const;
  Duration window(Deadline deadline, const std::stop_token& stop) const;
  std::string own_name() const;

  Parts parts_;
  std::string account_;
  const SecretString& password_;
  std::optional<CredentialVersion> active_;
  Timestamp begun_{};
};

}  // namespace mailward::connections
