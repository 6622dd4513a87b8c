#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

#include "access/error.h"
#include "access/user.h"
#include "base/pool.h"
#include "secrets/keyring.h"

namespace mailward::access {

/// What one Argon2id costs (RFC 9106; libsodium has one lane). The default is RFC 9106's second recommendation: 64 MiB,
/// three passes, about 150 ms of one core.
struct PasswordCost {
  std::size_t memory_bytes = std::size_t{64} << 20;
  unsigned long long passes = 3;
};

/// Whose queue a password is checked in. One thread each, so that a flood of strangers never keeps out those who signed
/// in from the same place before.
enum class Lane { known, stranger };

/// Argon2id of passwords, on two threads of its own with short queues: whatever comes in, at most two are worked on, so
/// the memory is bounded by twice the cost. Before Argon2id stands a keyed hash (HMAC-SHA256 under the sub-key
/// "user_password") of the user's id and the password: the database alone gives no guess at a password (NIST SP 800-63B
/// 3.1.1.2), and a hash moved to another user's row opens nothing. Thread-safe; all calls wait for their turn.
class Passwords {
 public:
  /// So many may wait in each lane.
  static constexpr std::size_t kQueue = 6;
  /// So many threads may stand and wait in calls of this room; whoever calls needs more than that, or a flood of
  /// strangers holds all of them.
  static constexpr std::size_t kMostCallers = 2 * (1 + kQueue);

  Passwords(secrets::Keyring& keyring, PasswordCost cost, std::size_t queue = kQueue);

  /// A line "$argon2id$…" to be stored. Errors: busy.
  Result<std::string> hash(UserId user, const SecretString& password);
  /// Whether it is that user's password. For an empty `stored` it takes as long, and the answer is no. Errors: busy.
  Result<bool> verify(UserId user, std::string_view stored, const SecretString& password, Lane lane);
  /// Whether `stored` was made at another cost and should be made anew when the password is at hand.
  bool outdated(std::string_view stored) const;

 private:
  Result<SecretString> peppered(UserId user, const SecretString& password);
  secrets::Keyring& keyring_;
  const PasswordCost cost_;
  /// A hash of nothing anybody knows, at the present cost, so that a name without password costs the same.
  const std::string dummy_;
  Pool known_;
  Pool strangers_;
};

}  // namespace mailward::access
