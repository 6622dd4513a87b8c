#pragma once

#include <string_view>

#include "base/id.h"
#include "secrets/keyring.h"

namespace mailward::secrets {

using SecretId = Id<struct SecretTag>;

/// All sealed secrets, in one table. Each is sealed under a random data key of its own; the data key is sealed under
/// the master key with the secret's id as associated data. The owner keeps the SecretId in its own row and gives the
/// associated data (say, where a password may go) at each opening from what it knows, so that whoever edits the
/// database gets nothing opened for another purpose. Thread-safe.
class SecretStore {
 public:
  SecretStore(Keyring& keyring, const Clock& clock) : keyring_(keyring), clock_(clock) {}

  Result<SecretId> put(db::Transaction& tx, std::string_view purpose, BytesView associated_data,
                       const SecretString& secret);
  /// Errors: unknown_secret, cannot_open.
  Result<SecretString> open(db::Session& session, SecretId id, std::string_view purpose,
                            BytesView associated_data) const;
  /// Gone is gone: not an error when it was not there.
  Status remove(db::Transaction& tx, SecretId id);
  Result<bool> exists(db::Session& session, SecretId id) const;

 private:
  Keyring& keyring_;
  const Clock& clock_;
};

}  // namespace mailward::secrets
