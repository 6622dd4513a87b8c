#include "base/digest.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <sodium.h>

#include <cstdlib>

namespace mailward {

Sha256 sha256(BytesView data) {
  Sha256 digest{};
  crypto_hash_sha256(digest.data(), data.data(), data.size());
  return digest;
}

Sha256 hmac_sha256(BytesView key, BytesView data) {
  Sha256 digest{};
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, key.data(), key.size());
  crypto_auth_hmacsha256_update(&state, data.data(), data.size());
  crypto_auth_hmacsha256_final(&state, digest.data());
  return digest;
}

Sha1 hmac_sha1(BytesView key, BytesView data) {
  Sha1 digest{};
  unsigned size = 0;
  const auto* done =
      HMAC(EVP_sha1(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), digest.data(), &size);
  // It fails for want of memory alone.
  if (done == nullptr || size != digest.size()) std::abort();
  return digest;
}

bool equal_digests(const Sha256& a, const Sha256& b) {
  return sodium_memcmp(a.data(), b.data(), a.size()) == 0;
}

void fill_random(std::span<std::uint8_t> out) {
  static const int ready = sodium_init();
  if (ready < 0) std::abort();
  // An empty span may have no address, which libsodium does not take.
  if (out.empty()) return;
  randombytes_buf(out.data(), out.size());
}

Bytes random_bytes(std::size_t count) {
  Bytes bytes(count);
  fill_random(bytes);
  return bytes;
}

std::uint32_t random_below(std::uint32_t bound) {
  return randombytes_uniform(bound);
}

std::string random_uuid() {
  std::array<std::uint8_t, 16> bytes{};
  fill_random(bytes);
  bytes[6] = static_cast<std::uint8_t>((bytes[6] & 0x0F) | 0x40);
  bytes[8] = static_cast<std::uint8_t>((bytes[8] & 0x3F) | 0x80);
  const std::string hex = to_hex(bytes);
  return hex.substr(0, 8) + "-" + hex.substr(8, 4) + "-" + hex.substr(12, 4) + "-" + hex.substr(16, 4) + "-" +
         hex.substr(20);
}

}  // namespace mailward
