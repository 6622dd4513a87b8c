#pragma once

#include <array>
#include <string_view>

#include "base/secret.h"
#include "exchange_sim/ntlm_messages.h"

namespace mailward::exchange_sim::ntlm {

using Hash16 = std::array<std::uint8_t, 16>;

/// RFC 1320. OpenSSL 3 keeps MD4 in a provider that is off by default.
Hash16 md4(BytesView data);
Hash16 hmac_md5(BytesView key, BytesView data);
/// RC4, for the exchanged session key only (3.1.5.1.2).
Bytes rc4(BytesView key, BytesView data);

/// NTOWFv1: MD4 over the password in UTF-16LE.
Hash16 nt_hash(std::string_view password);
/// NTOWFv2 (3.3.2): HMAC-MD5 of the NT hash over upper-case user and domain as the client wrote it.
Hash16 ntowf_v2(const Hash16& nt, std::string_view user, std::string_view domain);

/// The MD5 over the gss_channel_bindings_struct (2.2.2.1, MsvAvChannelBindings) with `application_data`,
/// "tls-server-end-point:" and the certificate's hash; addresses empty.
Hash16 channel_binding_hash(BytesView application_data);

/// Whether an NTLMv2 response (2.2.2.8) answers the challenge. False for NTLMv1 and anything malformed.
bool verify_v2(const Authenticate& message, const std::array<std::uint8_t, 8>& server_challenge, const Hash16& nt);
/// What the client put into its NTLMv2 response. Errors: malformed for other responses.
Result<std::vector<AvPair>> response_pairs(const Authenticate& message);

/// The MIC (3.1.5.1.2) of the three messages; `authenticate` as received, its MIC field is taken as zero.
Hash16 compute_mic(const Authenticate& message, const Hash16& nt, BytesView negotiate, BytesView challenge,
                   BytesView authenticate);

}  // namespace mailward::exchange_sim::ntlm
