#pragma once

#include "exchange_sim/account_source.h"
#include "exchange_sim/settings.h"

namespace mailward::exchange_sim {

/// Accounts of a real Active Directory: Basic by a simple bind over LDAPS, NTLM by the controller through winbindd.
/// Each check is one attempt there. Thread-safe.
class ActiveDirectory : public AccountSource {
 public:
  ActiveDirectory(DirectorySettings settings, std::string netbios, std::string domain);

  std::optional<std::string> check_password(std::string_view user, const SecretString& password) override;
  std::optional<std::string> check_ntlm(const NtlmAttempt& attempt) override;
  std::optional<std::string> canonical_name(std::string_view user) override;

 private:
  DirectorySettings settings_;
  std::string netbios_;
  std::string domain_;
};

}  // namespace mailward::exchange_sim
