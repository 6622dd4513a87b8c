#pragma once

#include <array>
#include <span>
#include <string>

#include "base/bytes.h"

namespace mailward {

using Sha256 = std::array<std::uint8_t, 32>;

Sha256 sha256(BytesView data);
/// RFC 2104 with SHA-256.
Sha256 hmac_sha256(BytesView key, BytesView data);
using Sha1 = std::array<std::uint8_t, 20>;
/// RFC 2104 with SHA-1: for one-time codes (RFC 6238), where every authenticator wants it, and for nothing else.
Sha1 hmac_sha1(BytesView key, BytesView data);
/// In constant time.
bool equal_digests(const Sha256& a, const Sha256& b);
/// From the system's random source (libsodium's randombytes).
void fill_random(std::span<std::uint8_t> out);
Bytes random_bytes(std::size_t count);
/// From 0 to bound - 1, each as likely as the others. `bound` is at least 1.
std::uint32_t random_below(std::uint32_t bound);
/// A random UUID (RFC 9562 version 4), lower case, with hyphens: a client-request-id.
std::string random_uuid();

}  // namespace mailward
