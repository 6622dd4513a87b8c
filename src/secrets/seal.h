#pragma once

#include <string_view>

#include "base/bytes.h"
#include "base/secret.h"
#include "secrets/error.h"

namespace mailward::secrets {

/// Sealed data: XChaCha20-Poly1305 (libsodium, 24-byte random nonce) under a 32-byte key.
///
///   byte 0..1  'M' 'S'
///   byte 2     version, 1
///   byte 3     algorithm, 1 = XChaCha20-Poly1305-IETF
///   24 bytes   nonce
///   n + 16     ciphertext and tag
///
/// Authenticated with it: the four bytes of the header, then purpose and associated data, each preceded by its length
/// as 8 bytes, little end first. The plain text's length shows.
Bytes seal(const SecretString& key, std::string_view purpose, BytesView associated_data, const SecretString& secret);

/// Errors: cannot_open, alike for damage, a wrong key, a wrong purpose and wrong associated data.
Result<SecretString> open(const SecretString& key, std::string_view purpose, BytesView associated_data,
                          BytesView sealed);

}  // namespace mailward::secrets
