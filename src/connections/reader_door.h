#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/net.h"
#include "connections/ledger.h"
#include "connections/refusal_memory.h"
#include "directory/directory.h"

namespace mailward::connections {

/// A directory to ask, or why there is none. Both empty: the directory has no reader.
struct OpenedReader {
  std::shared_ptr<const directory::Directory> directory;
  std::string why_not;
  std::string remedy;
};

/// The one door to the directories' readers: a reader's password that is wrong, or becomes so, costs one refused bind,
/// however many tests there are.
/// - All who ask share one directory::Directory while record and password are the same; it binds one at a time and
///   never after a refusal. Any call's refusal is at once in the books, where other processes see it before they bind.
/// - The first bind of a process is made under the lease "reader/<id>", so that one process at a time tries a password
///   that none may know to be right, and is written down before it is made. Found so later, its outcome is unknown
///   (the process was killed, the controller fell silent): a password that was never accepted is not tried until it is
///   typed again; one that was may cost one attempt more.
/// Two processes that both proved the password may cost one bind each, at the same moment. Thread-safe.
class ReaderDoor {
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
  explicit ReaderDoor(Parts parts) : parts_(std::move(parts)) {}

  /// `record` as it stands now. Binds nothing. Errors: DbError, SecretsError.
  Result<OpenedReader> open(const DirectoryRecord& record);

 private:
  struct Shared {
    std::int64_t version = 0;
    secrets::SecretId secret;
    std::shared_ptr<const directory::Directory> directory;
  };
  Parts parts_;
  std::mutex mutex_;
  std::map<DirectoryId, Shared> shared_;
};

/// Under which the refusal memory knows a reader's password: typed again, it is another secret, which nobody tried.
std::string reader_memory_name(secrets::SecretId secret);

}  // namespace mailward::connections
