#include "ews/spnego.h"

#include <algorithm>
#include <array>

#include "ews/challenge.h"

namespace mailward::ews {
namespace {

// DER's tags as RFC 4178 4.2 has them.
constexpr std::uint8_t kObjectId = 0x06;
constexpr std::uint8_t kSequence = 0x30;
constexpr std::uint8_t kNegTokenResp = 0xa1;   ///< the choice's [1]
constexpr std::uint8_t kNegState = 0xa0;       ///< in it
constexpr std::uint8_t kSupportedMech = 0xa1;  ///< in it

constexpr auto kKerberos = std::to_array<std::uint8_t>({0x2a, 0x86, 0x48, 0x86, 0xf7, 0x12, 0x01, 0x02, 0x02});
/// The one that Windows 2000 made of it by a mistake, and that Windows still chooses.
constexpr auto kKerberosOfWindows = std::to_array<std::uint8_t>({0x2a, 0x86, 0x48, 0x82, 0xf7, 0x12, 0x01, 0x02, 0x02});
constexpr auto kNtlm = std::to_array<std::uint8_t>({0x2b, 0x06, 0x01, 0x04, 0x01, 0x82, 0x37, 0x02, 0x02, 0x0a});
constexpr auto kSpnego = std::to_array<std::uint8_t>({0x2b, 0x06, 0x01, 0x05, 0x05, 0x02});

/// Takes the element of that tag off the front, or nothing. Lengths of up to two bytes: the answers are short.
std::optional<BytesView> take(BytesView& rest, std::uint8_t tag) {
  if (rest.size() < 2 || rest[0] != tag) return std::nullopt;
  std::size_t length = rest[1];
  std::size_t head = 2;
  if (length >= 0x80) {
    const std::size_t more = length & 0x7fU;
    if (more == 0 || more > 2 || rest.size() < head + more) return std::nullopt;
    length = 0;
    for (std::size_t i = 0; i < more; ++i) length = length << 8U | rest[head + i];
    head += more;
  }
  if (rest.size() - head < length) return std::nullopt;
  const BytesView content = rest.subspan(head, length);
  rest = rest.subspan(head + length);
  return content;
}

/// An element of less than 128 bytes.
Bytes element(std::uint8_t tag, const Bytes& content) {
  Bytes made{tag, static_cast<std::uint8_t>(content.size())};
  made.insert(made.end(), content.begin(), content.end());
  return made;
}

Bytes object_id(BytesView id) {
  return element(kObjectId, Bytes(id.begin(), id.end()));
}

}  // namespace

const std::string& mechanism_question() {
  static const std::string question = [] {
    Bytes mechanisms;
    for (const BytesView id : {BytesView(kKerberos), BytesView(kKerberosOfWindows), BytesView(kNtlm)}) {
      const Bytes one = object_id(id);
      mechanisms.insert(mechanisms.end(), one.begin(), one.end());
    }
    // NegTokenInit with its mechTypes alone, in GSSAPI's frame (RFC 2743 3.1).
    const Bytes types = element(0xa0, element(kSequence, mechanisms));
    const Bytes init = element(0xa0, element(kSequence, types));
    Bytes framed = object_id(kSpnego);
    framed.insert(framed.end(), init.begin(), init.end());
    return "Negotiate " + to_base64(element(0x60, framed));
  }();
  return question;
}

std::optional<Mechanism> chosen_mechanism(BytesView answer) {
  auto choice = take(answer, kNegTokenResp);
  auto response = choice ? take(*choice, kSequence) : std::nullopt;
  if (!response) return std::nullopt;
  take(*response, kNegState);
  auto supported = take(*response, kSupportedMech);
  const auto id = supported ? take(*supported, kObjectId) : std::nullopt;
  if (!id) return std::nullopt;
  if (std::ranges::equal(*id, kKerberos) || std::ranges::equal(*id, kKerberosOfWindows)) return Mechanism::kerberos;
  return std::ranges::equal(*id, kNtlm) ? Mechanism::ntlm : Mechanism::other;
}

std::optional<Mechanism> chosen_mechanism(const HttpFields& head) {
  for (const Challenge& challenge : challenges_of(head)) {
    if (challenge.token.empty() || !same_ignoring_case(challenge.scheme, "Negotiate")) continue;
    const auto token = from_base64(challenge.token);
    return token ? chosen_mechanism(BytesView(*token)) : std::nullopt;
  }
  return std::nullopt;
}

}  // namespace mailward::ews
