#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/digest.h"
#include "base/secret.h"

namespace mailward::exchange_sim {

/// IIS keeps what a Basic sign-in gave for a while, each server its own (UserTokenTTL, 15 minutes: Microsoft KB
/// 152526): with the same name and password nobody is asked again, so that a password that was changed since, or an
/// account that was disabled, is let in until then. What was refused is never kept. Thread-safe.
class TokenCache {
 public:
  explicit TokenCache(const Clock& clock);

  /// What was kept less than `lifetime` ago.
  std::optional<std::string> find(std::string_view server, std::string_view user, const SecretString& password,
                                  std::chrono::seconds lifetime);
  void keep(std::string_view server, std::string_view user, const SecretString& password, std::string account);

 private:
  struct Token {
    std::string account;
    MonotonicTime since;
  };
  Sha256 key(std::string_view server, std::string_view user, const SecretString& password) const;

  const Clock& clock_;
  const Bytes mac_key_;
  std::mutex mutex_;
  std::map<Sha256, Token> tokens_;
};

}  // namespace mailward::exchange_sim
