#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/bytes.h"

/// NTLM as a server sees it, read from MS-NLMP. Messages come from the network: every length and offset is checked, and
/// what lies outside the message is refused.
namespace mailward::exchange_sim::ntlm {

/// MS-NLMP 2.2.2.5, those that matter here.
inline constexpr std::uint32_t kNegotiateUnicode = 0x00000001;
inline constexpr std::uint32_t kRequestTarget = 0x00000004;
inline constexpr std::uint32_t kNegotiateSign = 0x00000010;
inline constexpr std::uint32_t kNegotiateNtlm = 0x00000200;
inline constexpr std::uint32_t kNegotiateAlwaysSign = 0x00008000;
inline constexpr std::uint32_t kTargetTypeDomain = 0x00010000;
inline constexpr std::uint32_t kNegotiateExtendedSessionSecurity = 0x00080000;
inline constexpr std::uint32_t kNegotiateTargetInfo = 0x00800000;
inline constexpr std::uint32_t kNegotiateVersion = 0x02000000;
inline constexpr std::uint32_t kNegotiate128 = 0x20000000;
inline constexpr std::uint32_t kNegotiateKeyExchange = 0x40000000;
inline constexpr std::uint32_t kNegotiate56 = 0x80000000;

/// MS-NLMP 2.2.2.1, the AvId of an AV_PAIR.
enum class AvId : std::uint16_t {
  eol = 0,
  nb_computer_name = 1,
  nb_domain_name = 2,
  dns_computer_name = 3,
  dns_domain_name = 4,
  dns_tree_name = 5,
  flags = 6,
  timestamp = 7,
  single_host = 8,
  target_name = 9,
  channel_bindings = 10,
};

struct AvPair {
  AvId id = AvId::eol;
  Bytes value;
};

/// NEGOTIATE_MESSAGE, 2.2.1.1. Names are not needed and not read.
struct Negotiate {
  std::uint32_t flags = 0;
};

/// CHALLENGE_MESSAGE, 2.2.1.2.
struct Challenge {
  std::uint32_t flags = 0;
  std::array<std::uint8_t, 8> server_challenge{};
  std::string target_name;
  std::vector<AvPair> target_info;
};

/// AUTHENTICATE_MESSAGE, 2.2.1.3.
struct Authenticate {
  std::uint32_t flags = 0;
  Bytes lm_response;
  Bytes nt_response;
  std::string domain;
  std::string user;
  std::string workstation;
  Bytes encrypted_session_key;
  /// Where the message has room for a MIC (the payload begins at byte 88 or later).
  std::optional<std::array<std::uint8_t, 16>> mic;
};

/// Which message it is (1 to 3), or 0 where the bytes are no NTLM message.
std::uint32_t message_type(BytesView message);

/// Errors: malformed. Messages above 64 KiB are refused.
Result<Negotiate> parse_negotiate(BytesView message);
Result<Challenge> parse_challenge(BytesView message);
Result<Authenticate> parse_authenticate(BytesView message);

Bytes build_challenge(const Challenge& challenge);

/// The pairs up to MsvAvEOL, at most 64. Errors: malformed where they run out of the bytes or no EOL comes.
Result<std::vector<AvPair>> parse_av_pairs(BytesView bytes);
Bytes build_av_pairs(const std::vector<AvPair>& pairs);
const AvPair* find(const std::vector<AvPair>& pairs, AvId id);

}  // namespace mailward::exchange_sim::ntlm
