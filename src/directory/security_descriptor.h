#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

/// Who may do what to an object, in Windows' binary form (MS-DTYP 2.4.6 self-relative security descriptors).
namespace mailward::directory {

/// One entry of the discretionary access list that allows or denies something.
struct AccessEntry {
  bool allows = true;
  bool inherited = false;
  /// Inherit-only: it says nothing about this object, only about those below it.
  bool only_below = false;
  std::uint32_t mask = 0;   ///< access rights (MS-ADTS 5.1.3.2)
  std::string object_type;  ///< a GUID, lower case; empty: all
  std::string trustee;      ///< "S-1-5-…"
};

struct SecurityDescriptor {
  std::string owner;  ///< a SID; empty where there is none
  /// Nothing: no list at all, which allows everybody everything.
  std::optional<std::vector<AccessEntry>> access;
};

/// Entries of unknown kinds (conditional, audit) are left out. Errors: malformed for what ends too early or points
/// outside itself, limit_exceeded above 64 KiB.
Result<SecurityDescriptor> read_security_descriptor(std::string_view bytes);

/// Why somebody can set an account's password.
enum class ResetBy {
  reset_right,   ///< the extended right User-Force-Change-Password, or all extended rights
  full_control,  ///< GENERIC_ALL, or every right of the object
  write_dac,     ///< may give himself the right
  write_owner,   ///< may make himself the owner, who may
  ownership,     ///< is the owner
  no_list,       ///< there is no list: everybody may
};
std::string_view name_of(ResetBy way);

struct Resetter {
  std::string sid;  ///< "S-1-1-0" (Everyone) where there is no list
  ResetBy by = ResetBy::reset_right;
};
/// Who can set the password of the object, each once for each way, in the list's order. What is denied to a trustee by
/// an entry before (the order in which Windows reads them) is not his; groups are not taken apart.
std::vector<Resetter> resetters_in(const SecurityDescriptor& descriptor);

/// Whether one who is all of `sids` may read an attribute of the object, whose schema GUIDs are these (property set:
/// empty where it is in none): the first entry that says so decides, as Windows reads them (MS-ADTS 5.1.3.3.3).
bool may_read(const SecurityDescriptor& descriptor, const std::vector<std::string>& sids, std::string_view attribute,
              std::string_view property_set);

}  // namespace mailward::directory
