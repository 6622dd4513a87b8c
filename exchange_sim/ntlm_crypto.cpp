#include "exchange_sim/ntlm_crypto.h"

#include <locale.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <wctype.h>

#include <algorithm>
#include <bit>
#include <numeric>

namespace mailward::exchange_sim::ntlm {
namespace {

constexpr std::size_t kProofSize = 16;
constexpr std::size_t kBlobHead = 28;

std::uint32_t load_le32(const std::uint8_t* at) {
  return static_cast<std::uint32_t>(at[0]) | static_cast<std::uint32_t>(at[1]) << 8 |
         static_cast<std::uint32_t>(at[2]) << 16 | static_cast<std::uint32_t>(at[3]) << 24;
}

void md4_block(std::array<std::uint32_t, 4>& state, const std::uint8_t* block) {
  std::array<std::uint32_t, 16> x{};
  for (std::size_t i = 0; i < 16; ++i) x[i] = load_le32(block + i * 4);
  auto [a, b, c, d] = state;
  constexpr std::array<std::array<int, 4>, 3> kShifts{{{3, 7, 11, 19}, {3, 5, 9, 13}, {3, 9, 11, 15}}};
  constexpr std::array<std::size_t, 16> kThird{0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15};
  for (std::size_t step = 0; step < 48; ++step) {
    const std::size_t round = step / 16;
    const std::size_t i = step % 16;
    std::uint32_t mixed = 0;
    std::size_t word = i;
    if (round == 0) {
      mixed = (b & c) | (~b & d);
    } else if (round == 1) {
      mixed = ((b & c) | (b & d) | (c & d)) + 0x5a827999U;
      word = i % 4 * 4 + i / 4;
    } else {
      mixed = (b ^ c ^ d) + 0x6ed9eba1U;
      word = kThird[i];
    }
    const std::uint32_t turned = std::rotl(a + mixed + x[word], kShifts[round][i % 4]);
    a = d;
    d = c;
    c = b;
    b = turned;
  }
  state = {state[0] + a, state[1] + b, state[2] + c, state[3] + d};
}

Hash16 md5(BytesView data) {
  Hash16 out{};
  unsigned size = 0;
  EVP_Digest(data.data(), data.size(), out.data(), &size, EVP_md5(), nullptr);
  return out;
}

std::string upper_case(std::string_view utf8) {
  static const locale_t kLocale = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
  const auto wide = to_utf16le(utf8);
  if (!wide || kLocale == nullptr) return std::string(utf8);
  Bytes raised = *wide;
  for (std::size_t i = 0; i + 1 < raised.size(); i += 2) {
    const unsigned unit = raised[i] | static_cast<unsigned>(raised[i + 1]) << 8;
    if (unit >= 0xd800 && unit <= 0xdfff) continue;
    const auto up = static_cast<unsigned>(towupper_l(static_cast<wint_t>(unit), kLocale));
    raised[i] = static_cast<std::uint8_t>(up & 0xff);
    raised[i + 1] = static_cast<std::uint8_t>(up >> 8 & 0xff);
  }
  return from_utf16le(raised).value_or(std::string(utf8));
}

}  // namespace

Hash16 md4(BytesView data) {
  Bytes padded(data.begin(), data.end());
  padded.push_back(0x80);
  while (padded.size() % 64 != 56) padded.push_back(0);
  const std::uint64_t bits = static_cast<std::uint64_t>(data.size()) * 8;
  for (unsigned i = 0; i < 8; ++i) padded.push_back(static_cast<std::uint8_t>(bits >> (8 * i) & 0xff));
  std::array<std::uint32_t, 4> state{0x67452301U, 0xefcdab89U, 0x98badcfeU, 0x10325476U};
  for (std::size_t at = 0; at < padded.size(); at += 64) md4_block(state, padded.data() + at);
  wipe(padded);
  Hash16 out{};
  for (std::size_t i = 0; i < 16; ++i) out[i] = static_cast<std::uint8_t>(state[i / 4] >> (8 * (i % 4)) & 0xff);
  return out;
}

Hash16 hmac_md5(BytesView key, BytesView data) {
  Hash16 out{};
  unsigned size = 0;
  HMAC(EVP_md5(), key.data(), static_cast<int>(key.size()), data.data(), data.size(), out.data(), &size);
  return out;
}

Bytes rc4(BytesView key, BytesView data) {
  Bytes out(data.begin(), data.end());
  if (key.empty()) return out;
  std::array<std::uint8_t, 256> state{};
  std::iota(state.begin(), state.end(), std::uint8_t{0});
  for (std::size_t i = 0, j = 0; i < 256; ++i) {
    j = (j + state[i] + key[i % key.size()]) & 0xff;
    std::swap(state[i], state[j]);
  }
  std::size_t i = 0;
  std::size_t j = 0;
  for (std::uint8_t& byte : out) {
    i = (i + 1) & 0xff;
    j = (j + state[i]) & 0xff;
    std::swap(state[i], state[j]);
    byte = static_cast<std::uint8_t>(byte ^ state[(state[i] + state[j]) & 0xff]);
  }
  return out;
}

Hash16 nt_hash(std::string_view password) {
  Bytes wide = to_utf16le(password).value_or(Bytes{});
  const Hash16 hash = md4(wide);
  wipe(wide);
  return hash;
}

Hash16 ntowf_v2(const Hash16& nt, std::string_view user, std::string_view domain) {
  const Bytes name = to_utf16le(upper_case(user) + std::string(domain)).value_or(Bytes{});
  return hmac_md5(nt, name);
}

Hash16 channel_binding_hash(BytesView application_data) {
  Bytes bindings(16, 0);
  const std::size_t size = application_data.size();
  for (unsigned i = 0; i < 4; ++i) bindings.push_back(static_cast<std::uint8_t>(size >> (8 * i) & 0xff));
  bindings.insert(bindings.end(), application_data.begin(), application_data.end());
  return md5(bindings);
}

bool verify_v2(const Authenticate& message, const std::array<std::uint8_t, 8>& server_challenge, const Hash16& nt) {
  const BytesView response = message.nt_response;
  if (response.size() < kProofSize + kBlobHead) return false;
  const Hash16 key = ntowf_v2(nt, message.user, message.domain);
  Bytes signed_part(server_challenge.begin(), server_challenge.end());
  signed_part.insert(signed_part.end(), response.begin() + kProofSize, response.end());
  const Hash16 proof = hmac_md5(key, signed_part);
  return CRYPTO_memcmp(proof.data(), response.data(), kProofSize) == 0;
}

Result<std::vector<AvPair>> response_pairs(const Authenticate& message) {
  const BytesView response = message.nt_response;
  if (response.size() < kProofSize + kBlobHead || response[kProofSize] != 1) {
    return fail(BaseError::malformed, "NTLM message: no NTLMv2 response in it");
  }
  return parse_av_pairs(response.subspan(kProofSize + kBlobHead));
}

Hash16 compute_mic(const Authenticate& message, const Hash16& nt, BytesView negotiate, BytesView challenge,
                   BytesView authenticate) {
  const Hash16 key = ntowf_v2(nt, message.user, message.domain);
  const BytesView response = message.nt_response;
  if (response.size() < kProofSize || authenticate.size() < 88) return {};
  const Hash16 base_key = hmac_md5(key, response.first(kProofSize));
  Bytes exported(base_key.begin(), base_key.end());
  if ((message.flags & kNegotiateKeyExchange) != 0) exported = rc4(base_key, message.encrypted_session_key);
  Bytes all(negotiate.begin(), negotiate.end());
  all.insert(all.end(), challenge.begin(), challenge.end());
  const std::size_t start = all.size();
  all.insert(all.end(), authenticate.begin(), authenticate.end());
  std::fill_n(all.begin() + static_cast<std::ptrdiff_t>(start) + 72, 16, std::uint8_t{0});
  return hmac_md5(exported, all);
}

}  // namespace mailward::exchange_sim::ntlm
