#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/secret.h"
#include "exchange_sim/account_source.h"
#include "exchange_sim/ntlm_crypto.h"

namespace mailward::exchange_sim {

enum class AccountState { enabled, disabled, expired, password_expired, must_change };
std::string_view account_state_name(AccountState state);
std::optional<AccountState> account_state_from(std::string_view name);

/// As a domain's policy has it. Threshold 0: nothing is counted and nobody is locked out.
struct LockoutPolicy {
  int threshold = 10;
  std::chrono::seconds window{std::chrono::minutes(10)};    ///< bad attempts further apart than this count anew
  std::chrono::seconds duration{std::chrono::minutes(10)};  ///< how long a locked account stays so
  /// How long the password before a reset still signs in by NTLM and Basic (OldPasswordAllowedPeriod); it is not
  /// counted.
  std::chrono::seconds old_password_allowed{0};
};

struct AccountSettings {
  std::string name;  ///< "EXAMPLE\svc-mailward"
  std::string upn;   ///< "svc-mailward@example.test"; empty for none
  SecretString password;
  AccountState state = AccountState::enabled;
};

/// An account as the control API shows it.
struct AccountView {
  std::string name;
  std::string upn;
  AccountState state = AccountState::enabled;
  bool locked = false;
  int bad_password_count = 0;
  /// Every wrong password since the start, counted or not, never set back.
  int bad_passwords_seen = 0;
  int sign_ins = 0;
  Timestamp password_last_set{};
};

/// The simulator's own list of accounts. Thread-safe.
class AccountList : public AccountSource {
 public:
  AccountList(const std::vector<AccountSettings>& accounts, LockoutPolicy policy, const Clock& clock);

  std::optional<std::string> check_password(std::string_view user, const SecretString& password) override;
  std::optional<std::string> check_ntlm(const NtlmAttempt& attempt) override;
  std::optional<std::string> canonical_name(std::string_view user) override;

  std::optional<AccountView> view(std::string_view user) const;
  std::vector<AccountView> all() const;
  /// The following return false for an unknown account.
  bool reset_password(std::string_view user, const SecretString& password);
  bool set_state(std::string_view user, AccountState state);
  bool unlock(std::string_view user);

 private:
  struct Account {
    std::string name;
    std::string upn;
    ntlm::Hash16 hash{};
    std::optional<ntlm::Hash16> previous_hash{};
    AccountState state = AccountState::enabled;
    Timestamp password_last_set{};
    int bad_count = 0;
    int bad_seen = 0;
    int sign_ins = 0;
    std::optional<Timestamp> last_bad{};
    std::optional<Timestamp> locked_at{};

    bool locked(const LockoutPolicy& policy, Timestamp now) const {
      return locked_at && now - *locked_at < policy.duration;
    }
  };
  Account* find(std::string_view user);
  const Account* find(std::string_view user) const;
  std::optional<std::string> judge(std::string_view user, const std::function<bool(const ntlm::Hash16&)>& proves);

  mutable std::mutex mutex_;
  std::map<std::string, Account> accounts_;  ///< by lower-case name
  LockoutPolicy policy_;
  const Clock& clock_;
};

}  // namespace mailward::exchange_sim
