#include <cstddef>
#include <cstdint>

#include "exchange_sim/ntlm_crypto.h"

/// Every NTLM message as it may come from the network, and what is done with a type 3 afterwards.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace ntlm = mailward::exchange_sim::ntlm;
  const mailward::BytesView message(data, size);
  (void)ntlm::parse_negotiate(message);
  if (const auto challenge = ntlm::parse_challenge(message)) (void)ntlm::build_challenge(*challenge);
  if (const auto answer = ntlm::parse_authenticate(message)) {
    const ntlm::Hash16 hash{};
    (void)ntlm::verify_v2(*answer, {}, hash);
    (void)ntlm::response_pairs(*answer);
    (void)ntlm::compute_mic(*answer, hash, message, message, message);
  }
  return 0;
}
