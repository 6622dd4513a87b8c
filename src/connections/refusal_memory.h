#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/secret.h"
#include "connections/error.h"
#include "db/database.h"
#include "secrets/keyring.h"

namespace mailward::connections {

/// How long wrong passwords count towards a lock-out, where nobody says: Windows' own default for the policy's window.
inline constexpr std::chrono::minutes kUsualLockoutWindow{30};

/// What is remembered of a password that was tried for an account.
struct TriedPassword {
  enum class State {
    being_tried,  ///< written before the try; found so later, the try was interrupted and its outcome is unknown
    refused,
  };
  State state = State::being_tried;
  Timestamp at;
  std::string failure_class;              ///< of a refusal
  std::optional<Timestamp> pwd_last_set;  ///< as read before the try, where it could be
};

/// Remembers which passwords were refused, as hashes under the sub-key "refusal", so that trying one again costs
/// nothing. `account` is the account's normalised name (an unsaved form has no id). Durable before it returns; survives
/// kills: a try is written down before it is made. Thread-safe.
///
/// What cannot matter any more goes with the next try: what was tried of an account before its password was last set,
/// all but its newest 64 passwords, and what no account bears any more (or none ever did: an unsaved form's) once it is
/// a week old. 64 wrong passwords are far above any lock-out threshold; the oldest of them would cost one try again.
class RefusalMemory {
 public:
  RefusalMemory(db::Database& database, secrets::Keyring& keyring, const Clock& clock);

  Result<std::optional<TriedPassword>> recall(std::string_view account, const SecretString& password) const;
  /// Until when no further password of the account may be tried where no directory tells how many tries are left: five
  /// were refused within half an hour, and many policies lock an account at ten. Nothing while fewer were.
  Result<std::optional<Timestamp>> braked_until(std::string_view account) const;
  /// Before the try; with when the account's password was last set, as far as that can be read.
  Status begin_try(std::string_view account, const SecretString& password, std::optional<Timestamp> pwd_last_set);
  /// The password was refused.
  Status refused(std::string_view account, const SecretString& password, std::string_view failure_class);
  /// As it was before a try that told nothing.
  Status restore(std::string_view account, const SecretString& password, const TriedPassword& refused);
  /// Accepted, or never judged (nothing reached a judge): nothing is remembered of it.
  Status forget(std::string_view account, const SecretString& password);

  /// Everything of that name, within a transaction of the books.
  static Status forget_all(db::Transaction& tx, std::string_view account);
  /// Of an account that is deleted, by each of its names: all that is older than a day. What is younger stays for the
  /// week that it has without an account, so that deleting an account and making it anew opens no second try within
  /// any usual lock-out window.
  static Status forget_deleted(db::Transaction& tx, const std::vector<std::string>& names, Timestamp now);

 private:
  Result<Bytes> hash(std::string_view account, const SecretString& password) const;
  Status keep(std::string_view account, const SecretString& password, std::string_view failure_class, Timestamp at);
  db::Database& database_;
  secrets::Keyring& keyring_;
  const Clock& clock_;
};

}  // namespace mailward::connections
