#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "base/secret.h"

namespace mailward {

/// A certificate that vouches for itself, and its private key.
struct SelfSigned {
  std::string certificate_pem;
  SecretString private_key_pem;
};

/// What a self-signed server certificate says.
struct SelfSignedWish {
  std::string common_name;
  std::vector<std::string> dns_names{};
  std::vector<std::string> addresses{};  ///< in text form
  std::chrono::days valid{397};          ///< from a day before `now`, for clocks that are behind
};

/// An EC P-256 key and a certificate for TLS servers signed by it (RFC 5280; no authority: nothing else can be issued
/// by it). Errors: crypto.
Result<SelfSigned> make_self_signed(const SelfSignedWish& wish, Timestamp now);

}  // namespace mailward
