#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/secret.h"
#include "exchange_sim/ntlm_messages.h"

namespace mailward::exchange_sim {

/// A type 3 message and what it answers.
struct NtlmAttempt {
  ntlm::Authenticate message;
  std::array<std::uint8_t, 8> server_challenge{};
  Bytes negotiate_bytes;
  Bytes challenge_bytes;
  Bytes authenticate_bytes;
};

/// Who knows the accounts: the simulator's own list, or a real Active Directory. Each call is at most one sign-in
/// attempt. Thread-safe; may block for a few seconds where a controller is asked.
class AccountSource {
 public:
  virtual ~AccountSource() = default;
  /// The account's canonical name ("EXAMPLE\svc-mailward") when it may sign in; none for every kind of refusal, as IIS
  /// tells the client nothing more.
  virtual std::optional<std::string> check_password(std::string_view user, const SecretString& password) = 0;
  virtual std::optional<std::string> check_ntlm(const NtlmAttempt& attempt) = 0;
  /// For a principal that Kerberos vouches for ("svc-mailward@EXAMPLE.TEST"). No attempt.
  virtual std::optional<std::string> canonical_name(std::string_view user) = 0;
};

}  // namespace mailward::exchange_sim
