#include "exchange_sim/ntlm_messages.h"

#include <algorithm>

namespace mailward::exchange_sim::ntlm {
namespace {

constexpr std::size_t kMaxMessage = 65536;
constexpr std::size_t kMaxPairs = 64;
constexpr std::string_view kSignature{"NTLMSSP\0", 8};
constexpr std::size_t kAuthenticateHead = 64;
constexpr std::size_t kMicOffset = 72;
constexpr std::size_t kMicEnd = 88;

std::unexpected<Error> malformed(std::string_view what) {
  return fail(BaseError::malformed, "NTLM message: " + std::string(what));
}

std::uint16_t read_u16(BytesView bytes, std::size_t at) {
  return static_cast<std::uint16_t>(bytes[at] | bytes[at + 1] << 8);
}

std::uint32_t read_u32(BytesView bytes, std::size_t at) {
  return static_cast<std::uint32_t>(read_u16(bytes, at)) | static_cast<std::uint32_t>(read_u16(bytes, at + 2)) << 16;
}

void put_u16(Bytes& out, std::size_t value) {
  out.push_back(static_cast<std::uint8_t>(value & 0xff));
  out.push_back(static_cast<std::uint8_t>(value >> 8 & 0xff));
}

void put_u32(Bytes& out, std::size_t value) {
  put_u16(out, value & 0xffff);
  put_u16(out, value >> 16 & 0xffff);
}

void append(Bytes& out, BytesView more) {
  out.insert(out.end(), more.begin(), more.end());
}

Status check_head(BytesView message, std::uint32_t type, std::size_t least) {
  if (message.size() > kMaxMessage) return malformed("too long");
  if (message.size() < least) return malformed("cut off");
  if (message_type(message) != type) return malformed("another message was expected");
  return {};
}

/// What a length, maximum length and offset (8 bytes at `at`) point to; empty for length 0 wherever it points.
Result<BytesView> field(BytesView message, std::size_t at) {
  const std::size_t length = read_u16(message, at);
  const std::size_t offset = read_u32(message, at + 4);
  if (length == 0) return BytesView{};
  if (offset > message.size() || length > message.size() - offset) return malformed("a field lies outside of it");
  return message.subspan(offset, length);
}

Result<std::string> text_field(BytesView message, std::size_t at, std::uint32_t flags) {
  MW_TRY(const BytesView raw, field(message, at));
  if ((flags & kNegotiateUnicode) != 0) return from_utf16le(raw);
  return std::string(as_text(raw));
}

}  // namespace

std::uint32_t message_type(BytesView message) {
  if (message.size() < 12 || as_text(message.first(8)) != kSignature) return 0;
  return read_u32(message, 8);
}

Result<Negotiate> parse_negotiate(BytesView message) {
  MW_CHECK(check_head(message, 1, 16));
  return Negotiate{.flags = read_u32(message, 12)};
}

Result<Challenge> parse_challenge(BytesView message) {
  MW_CHECK(check_head(message, 2, 48));
  Challenge challenge;
  challenge.flags = read_u32(message, 20);
  std::copy_n(message.begin() + 24, 8, challenge.server_challenge.begin());
  MW_TRY(challenge.target_name, text_field(message, 12, challenge.flags));
  MW_TRY(const BytesView info, field(message, 40));
  if (!info.empty()) {
    MW_TRY(challenge.target_info, parse_av_pairs(info));
  }
  return challenge;
}

Result<Authenticate> parse_authenticate(BytesView message) {
  MW_CHECK(check_head(message, 3, kAuthenticateHead));
  Authenticate authenticate;
  authenticate.flags = read_u32(message, 60);
  MW_TRY(const BytesView lm, field(message, 12));
  MW_TRY(const BytesView nt, field(message, 20));
  MW_TRY(authenticate.domain, text_field(message, 28, authenticate.flags));
  MW_TRY(authenticate.user, text_field(message, 36, authenticate.flags));
  MW_TRY(authenticate.workstation, text_field(message, 44, authenticate.flags));
  MW_TRY(const BytesView key, field(message, 52));
  authenticate.lm_response.assign(lm.begin(), lm.end());
  authenticate.nt_response.assign(nt.begin(), nt.end());
  authenticate.encrypted_session_key.assign(key.begin(), key.end());

  std::size_t payload = message.size();
  for (const std::size_t at : {12U, 20U, 28U, 36U, 44U, 52U}) {
    if (read_u16(message, at) > 0) payload = std::min<std::size_t>(payload, read_u32(message, at + 4));
  }
  if (payload >= kMicEnd) {
    authenticate.mic.emplace();
    std::copy_n(message.begin() + kMicOffset, 16, authenticate.mic->begin());
  }
  return authenticate;
}

Bytes build_challenge(const Challenge& challenge) {
  // Names that are no UTF-8 cannot come out of our configuration; an empty name is the honest fallback.
  const Bytes name = to_utf16le(challenge.target_name).value_or(Bytes{});
  const Bytes info = build_av_pairs(challenge.target_info);
  constexpr std::size_t kHead = 56;
  Bytes out(kSignature.begin(), kSignature.end());
  put_u32(out, 2);
  put_u16(out, name.size());
  put_u16(out, name.size());
  put_u32(out, kHead);
  put_u32(out, challenge.flags);
  append(out, challenge.server_challenge);
  put_u32(out, 0);
  put_u32(out, 0);
  put_u16(out, info.size());
  put_u16(out, info.size());
  put_u32(out, kHead + name.size());
  append(out, std::array<std::uint8_t, 8>{10, 0, 0x63, 0x45, 0, 0, 0, 15});  // Windows Server 2019, NTLM revision 15
  append(out, name);
  append(out, info);
  return out;
}

Result<std::vector<AvPair>> parse_av_pairs(BytesView bytes) {
  std::vector<AvPair> pairs;
  while (bytes.size() >= 4) {
    const auto id = static_cast<AvId>(read_u16(bytes, 0));
    const std::size_t length = read_u16(bytes, 2);
    if (id == AvId::eol) return pairs;
    if (length > bytes.size() - 4) return malformed("an AV pair runs past the end");
    if (pairs.size() == kMaxPairs) return malformed("too many AV pairs");
    const BytesView value = bytes.subspan(4, length);
    pairs.push_back({.id = id, .value = Bytes(value.begin(), value.end())});
    bytes = bytes.subspan(4 + length);
  }
  return malformed("AV pairs without an end");
}

Bytes build_av_pairs(const std::vector<AvPair>& pairs) {
  Bytes out;
  for (const AvPair& pair : pairs) {
    put_u16(out, static_cast<std::size_t>(pair.id));
    put_u16(out, pair.value.size());
    append(out, pair.value);
  }
  put_u32(out, 0);
  return out;
}

const AvPair* find(const std::vector<AvPair>& pairs, AvId id) {
  const auto found = std::ranges::find(pairs, id, &AvPair::id);
  return found == pairs.end() ? nullptr : &*found;
}

}  // namespace mailward::exchange_sim::ntlm
