#include "secrets/seal.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <stdexcept>

#include "base/digest.h"

namespace mailward::secrets {

namespace {

constexpr std::array<std::uint8_t, 4> kHeader{'M', 'S', 1, 1};
constexpr std::size_t kNonce = crypto_aead_xchacha20poly1305_ietf_NPUBBYTES;
constexpr std::size_t kTag = crypto_aead_xchacha20poly1305_ietf_ABYTES;
constexpr std::size_t kOverhead = kHeader.size() + kNonce + kTag;

void put(Bytes& out, BytesView part) {
  for (unsigned shift = 0; shift < 64; shift += 8) {
    out.push_back(static_cast<std::uint8_t>(std::uint64_t{part.size()} >> shift));
  }
  out.insert(out.end(), part.begin(), part.end());
}

Bytes bound_data(std::string_view purpose, BytesView associated_data) {
  Bytes data(kHeader.begin(), kHeader.end());
  put(data, as_bytes(purpose));
  put(data, associated_data);
  return data;
}

void check_key(const SecretString& key) {
  if (key.size() != crypto_aead_xchacha20poly1305_ietf_KEYBYTES) throw std::logic_error("a sealing key has 32 bytes");
}

}  // namespace

Bytes seal(const SecretString& key, std::string_view purpose, BytesView associated_data, const SecretString& secret) {
  check_key(key);
  Bytes sealed(kOverhead + secret.size());
  std::ranges::copy(kHeader, sealed.begin());
  const std::span<std::uint8_t> nonce(sealed.data() + kHeader.size(), kNonce);
  fill_random(nonce);
  const Bytes bound = bound_data(purpose, associated_data);
  crypto_aead_xchacha20poly1305_ietf_encrypt(sealed.data() + kHeader.size() + kNonce, nullptr,
                                             secret.reveal_bytes().data(), secret.size(), bound.data(), bound.size(),
                                             nullptr, nonce.data(), key.reveal_bytes().data());
  return sealed;
}

Result<SecretString> open(const SecretString& key, std::string_view purpose, BytesView associated_data,
                          BytesView sealed) {
  check_key(key);
  const auto refused = [&](std::string_view why) {
    return fail(SecretsError::cannot_open, "sealed data (" + std::string(purpose) + ") " + std::string(why));
  };
  if (sealed.size() < kOverhead || sealed[0] != kHeader[0] || sealed[1] != kHeader[1]) return refused("is damaged");
  if (sealed[2] != kHeader[2] || sealed[3] != kHeader[3])
    return refused("is of a form that this program does not know");
  const BytesView nonce = sealed.subspan(kHeader.size(), kNonce);
  const BytesView cipher = sealed.subspan(kHeader.size() + kNonce);
  const Bytes bound = bound_data(purpose, associated_data);
  Bytes plain(cipher.size() - kTag);
  const int bad =
      crypto_aead_xchacha20poly1305_ietf_decrypt(plain.data(), nullptr, nullptr, cipher.data(), cipher.size(),
                                                 bound.data(), bound.size(), nonce.data(), key.reveal_bytes().data());
  if (bad != 0) {
    wipe(plain);
    return refused("does not open: it was changed, or belongs to something else");
  }
  SecretString secret{BytesView(plain)};
  wipe(plain);
  return secret;
}

}  // namespace mailward::secrets
