#include "tests/support/security_descriptor.h"

#include <array>
#include <cstring>
#include <stdexcept>

namespace mailward::testing {
namespace {

constexpr std::size_t kHeader = 20;
constexpr std::size_t kListHeader = 8;
constexpr std::size_t kControlAt = 2;
constexpr std::size_t kDaclAt = 16;
constexpr std::uint16_t kDaclPresent = 0x0004;
constexpr std::uint16_t kSelfRelative = 0x8000;

/// Little-endian, as all of it is.
template <class Number>
Number number_at(const std::string& bytes, std::size_t at) {
  if (at + sizeof(Number) > bytes.size()) throw std::runtime_error("a security descriptor that is cut off");
  Number number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

template <class Number>
std::string bytes_of(Number number) {
  return {reinterpret_cast<const char*>(&number), sizeof number};
}

/// A GUID's first three groups are numbers, its last two bytes as they are read.
std::string guid(const std::string& text) {
  std::array<unsigned, 11> part{};
  const int read = std::sscanf(text.c_str(), "%8x-%4x-%4x-%2x%2x-%2x%2x%2x%2x%2x%2x", &part[0], &part[1], &part[2],
                               &part[3], &part[4], &part[5], &part[6], &part[7], &part[8], &part[9], &part[10]);
  if (read != 11) throw std::runtime_error("not a GUID: " + text);
  std::string bytes =
      bytes_of(part[0]) + bytes_of(static_cast<std::uint16_t>(part[1])) + bytes_of(static_cast<std::uint16_t>(part[2]));
  for (std::size_t i = 3; i < part.size(); ++i) bytes += static_cast<char>(part[i]);
  return bytes;
}

std::string entry(const AccessRule& rule) {
  const bool denies = rule.kind == AccessRule::Kind::deny;
  const bool one = !rule.object.empty();
  // ACCESS_ALLOWED_ACE 0, ACCESS_DENIED_ACE 1, ACCESS_ALLOWED_OBJECT_ACE 5, ACCESS_DENIED_OBJECT_ACE 6.
  const auto type = static_cast<char>((one ? 5 : 0) + (denies ? 1 : 0));
  std::string rest = bytes_of(rule.rights);
  constexpr std::uint32_t kObjectTypePresent = 1;
  if (one) rest += bytes_of(kObjectTypePresent) + guid(rule.object);
  rest += rule.trustee;
  std::string head{type, rule.inherited_by_containers ? '\2' : '\0'};
  return head + bytes_of(static_cast<std::uint16_t>(rest.size() + 4)) + rest;
}

}  // namespace

std::string with_rule(const std::string& descriptor, const AccessRule& rule) {
  const auto control = number_at<std::uint16_t>(descriptor, kControlAt);
  const std::size_t list = number_at<std::uint32_t>(descriptor, kDaclAt);
  if ((control & kDaclPresent) == 0 || list == 0) throw std::runtime_error("a security descriptor without a DACL");
  const std::size_t size = number_at<std::uint16_t>(descriptor, list + 2);
  const auto count = number_at<std::uint16_t>(descriptor, list + 4);
  if (size < kListHeader || list + size > descriptor.size()) throw std::runtime_error("a DACL that is cut off");
  const std::string added = entry(rule);

  std::string changed =
      descriptor.substr(0, kControlAt) + bytes_of(static_cast<std::uint16_t>(control | kSelfRelative));
  changed.append(kDaclAt - changed.size(), '\0');  // neither owner nor group nor SACL
  changed += bytes_of(static_cast<std::uint32_t>(kHeader));
  // ACL_REVISION_DS: one with entries for objects.
  changed += std::string{'\4', '\0'} + bytes_of(static_cast<std::uint16_t>(size + added.size())) +
             bytes_of(static_cast<std::uint16_t>(count + 1)) + std::string(2, '\0');
  return changed + added + descriptor.substr(list + kListHeader, size - kListHeader);
}

}  // namespace mailward::testing
