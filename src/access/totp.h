#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/bytes.h"
#include "base/clock.h"
#include "base/secret.h"

/// One-time codes by time: RFC 6238 with the values that every authenticator knows (HMAC-SHA-1, 6 digits, steps of 30
/// seconds from 1970).
namespace mailward::access::totp {

inline constexpr std::size_t kSecretBytes = 20;
/// How many steps a code may be early or late.
inline constexpr std::int64_t kDrift = 1;

/// 20 random bytes (RFC 4226 4, R6).
SecretString new_secret();
/// RFC 6238 4.2: the steps of 30 seconds that have passed.
std::int64_t step_at(Timestamp time);
/// RFC 4226 5.3: the code of a counter, `digits` (6 to 8) decimal digits.
std::string code_at(const SecretString& secret, std::int64_t step, int digits = 6);
/// The step for which `code` is right: within kDrift of now and after `last_used` (a step is used once). Spaces in the
/// code are ignored. Compares in constant time.
std::optional<std::int64_t> matching_step(const SecretString& secret, std::string_view code, Timestamp now,
                                          std::int64_t last_used);

/// RFC 4648 6, without padding.
SecretString base32(BytesView bytes);
/// "otpauth://totp/Mailward:alice?secret=…&issuer=Mailward": what authenticators read from a QR code.
SecretString uri(const SecretString& secret, std::string_view user_name);

}  // namespace mailward::access::totp
