#pragma once

#include <cstdint>
#include <string>

namespace mailward::testing {

/// One entry of an access control list (MS-DTYP 2.4.4).
struct AccessRule {
  enum class Kind : std::uint8_t { allow, deny } kind = Kind::allow;
  bool inherited_by_containers = false;  ///< CONTAINER_INHERIT_ACE
  std::uint32_t rights = 0;              ///< ADS_RIGHT_…: MS-ADTS 5.1.3.2
  std::string object{};                  ///< the GUID of one right or attribute, as text; empty: all
  std::string trustee;                   ///< its SID, as objectSid holds it
};

/// A security descriptor with its DACL alone (nTSecurityDescriptor, MS-DTYP 2.4.6, self-relative), and the rule before
/// all others. Throws std::runtime_error for bytes that are no such descriptor.
std::string with_rule(const std::string& descriptor, const AccessRule& rule);

}  // namespace mailward::testing
