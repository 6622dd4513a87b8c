#include "directory/security_descriptor.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "base/bytes.h"
#include "directory/attribute_values.h"

namespace mailward::directory {

namespace {

constexpr std::size_t kLimit = 64UL * 1024;
constexpr std::size_t kHeader = 20;
constexpr std::size_t kAclHeader = 8;
constexpr std::size_t kAceHeader = 4;
constexpr std::size_t kGuid = 16;

// MS-DTYP 2.4.4.1
constexpr std::uint8_t kAllowed = 0x00;
constexpr std::uint8_t kDenied = 0x01;
constexpr std::uint8_t kAllowedObject = 0x05;
constexpr std::uint8_t kDeniedObject = 0x06;
constexpr std::uint8_t kInheritOnly = 0x08;
constexpr std::uint8_t kInherited = 0x10;
constexpr std::uint32_t kHasObjectType = 0x1;
constexpr std::uint32_t kHasInheritedObjectType = 0x2;
constexpr std::uint16_t kDaclPresent = 0x0004;

// MS-ADTS 5.1.3.2
constexpr std::uint32_t kExtendedRight = 0x00000100;
constexpr std::uint32_t kWriteDac = 0x00040000;
constexpr std::uint32_t kWriteOwner = 0x00080000;
constexpr std::uint32_t kGenericAll = 0x10000000;
constexpr std::uint32_t kEveryRight = 0x000f01ff;
constexpr std::string_view kForceChangePassword = "00299570-246d-11d0-a768-00aa006e0529";

/// Reads within bounds.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}
  std::size_t size() const { return bytes_.size(); }
  std::uint8_t u8(std::size_t at) const { return static_cast<std::uint8_t>(bytes_[at]); }
  std::uint16_t u16(std::size_t at) const { return static_cast<std::uint16_t>(u8(at) | (u8(at + 1) << 8U)); }
  std::uint32_t u32(std::size_t at) const { return u16(at) | (static_cast<std::uint32_t>(u16(at + 2)) << 16U); }
  /// Nothing where it does not lie within.
  std::optional<Bytes> part(std::size_t at, std::size_t size) const {
    if (at > bytes_.size() || size > bytes_.size() - at) return std::nullopt;
    return Bytes(bytes_.substr(at, size));
  }
  std::string_view text() const { return bytes_; }

 private:
  std::string_view bytes_;
};

std::unexpected<Error> malformed(const char* what) {
  return fail(BaseError::malformed, std::string("the security descriptor does not hold: ") + what);
}

/// MS-DTYP 2.4.2.2: revision, count, authority, sub-authorities.
Result<std::string> sid_at(const Bytes& bytes, std::size_t at) {
  const auto head = bytes.part(at, 8);
  if (!head) return malformed("a SID ends too early");
  const auto whole = bytes.part(at, 8 + (4UL * head->u8(1)));
  if (!whole) return malformed("a SID ends too early");
  std::string text = sid_text(whole->text());
  if (text.empty()) return malformed("a SID of no known form");
  return text;
}

/// Nothing for a kind that is left out.
Result<std::optional<AccessEntry>> read_entry(const Bytes& ace) {
  AccessEntry entry;
  const std::uint8_t kind = ace.u8(0);
  const std::uint8_t flags = ace.u8(1);
  entry.inherited = (flags & kInherited) != 0;
  entry.only_below = (flags & kInheritOnly) != 0;
  entry.allows = kind == kAllowed || kind == kAllowedObject;
  const bool of_object = kind == kAllowedObject || kind == kDeniedObject;
  if (!of_object && kind != kAllowed && kind != kDenied) return std::nullopt;
  std::size_t at = kAceHeader;
  if (!ace.part(at, of_object ? 8 : 4)) return malformed("an entry ends too early");
  entry.mask = ace.u32(at);
  at += 4;
  if (of_object) {
    const std::uint32_t present = ace.u32(at);
    at += 4;
    if ((present & kHasObjectType) != 0) {
      const auto guid = ace.part(at, kGuid);
      if (!guid) return malformed("an entry's object type ends too early");
      entry.object_type = guid_text(guid->text());
      at += kGuid;
    }
    if ((present & kHasInheritedObjectType) != 0) at += kGuid;
  }
  MW_TRY(entry.trustee, sid_at(ace, at));
  return entry;
}

Result<std::vector<AccessEntry>> read_list(const Bytes& bytes, std::size_t offset) {
  const auto head = bytes.part(offset, kAclHeader);
  if (!head) return malformed("the list's head lies outside");
  const auto list = bytes.part(offset, head->u16(2));
  if (!list || list->size() < kAclHeader) return malformed("the list lies outside");
  std::vector<AccessEntry> entries;
  std::size_t at = kAclHeader;
  for (unsigned left = head->u16(4); left > 0; --left) {
    const auto ace_head = list->part(at, kAceHeader);
    if (!ace_head) return malformed("the list ends too early");
    const std::size_t size = ace_head->u16(2);
    const auto ace = list->part(at, size);
    if (!ace || size < kAceHeader) return malformed("an entry lies outside the list");
    MW_TRY(auto entry, read_entry(*ace));
    if (entry) entries.push_back(*std::move(entry));
    at += size;
  }
  return entries;
}

/// The ways that an entry's mask is about.
std::vector<ResetBy> ways_of(const AccessEntry& entry) {
  std::vector<ResetBy> ways;
  const bool of_all = entry.object_type.empty();
  const bool is_full = (entry.mask & kGenericAll) != 0 || (entry.mask & kEveryRight) == kEveryRight;
  if (is_full && of_all) return {ResetBy::full_control};
  if ((entry.mask & kExtendedRight) != 0 && (of_all || entry.object_type == kForceChangePassword)) {
    ways.push_back(ResetBy::reset_right);
  }
  if ((entry.mask & kWriteDac) != 0) ways.push_back(ResetBy::write_dac);
  if ((entry.mask & kWriteOwner) != 0) ways.push_back(ResetBy::write_owner);
  return ways;
}

}  // namespace

std::string_view name_of(ResetBy way) {
  switch (way) {
    case ResetBy::reset_right:
      return "reset_right";
    case ResetBy::full_control:
      return "full_control";
    case ResetBy::write_dac:
      return "write_dac";
    case ResetBy::write_owner:
      return "write_owner";
    case ResetBy::ownership:
      return "ownership";
    case ResetBy::no_list:
      return "no_list";
  }
  std::unreachable();
}

Result<SecurityDescriptor> read_security_descriptor(std::string_view text) {
  if (text.size() > kLimit) return fail(BaseError::limit_exceeded, "the security descriptor is above 64 KiB");
  const Bytes bytes(text);
  if (bytes.size() < kHeader) return malformed("it ends within its head");
  if (bytes.u8(0) != 1) return malformed("it is of another revision than 1");
  SecurityDescriptor read;
  if (const std::uint32_t owner = bytes.u32(4); owner != 0) {
    MW_TRY(read.owner, sid_at(bytes, owner));
  }
  const std::uint32_t list = bytes.u32(16);
  if ((bytes.u16(2) & kDaclPresent) != 0 && list != 0) {
    MW_TRY(read.access, read_list(bytes, list));
  }
  return read;
}

std::vector<Resetter> resetters_in(const SecurityDescriptor& descriptor) {
  if (!descriptor.access) return {{.sid = "S-1-1-0", .by = ResetBy::no_list}};
  std::vector<Resetter> found;
  std::set<std::pair<std::string, ResetBy>> decided;
  for (const AccessEntry& entry : *descriptor.access) {
    if (entry.only_below) continue;
    std::vector<ResetBy> ways = ways_of(entry);
    // Who is denied all is denied each.
    if (!entry.allows && !ways.empty() && ways.front() == ResetBy::full_control) {
      ways = {ResetBy::full_control, ResetBy::reset_right, ResetBy::write_dac, ResetBy::write_owner};
    }
    for (const ResetBy way : ways) {
      const bool is_first = decided.emplace(entry.trustee, way).second;
      if (entry.allows && is_first) found.push_back({.sid = entry.trustee, .by = way});
    }
  }
  if (!descriptor.owner.empty()) found.push_back({.sid = descriptor.owner, .by = ResetBy::ownership});
  return found;
}

bool may_read(const SecurityDescriptor& descriptor, const std::vector<std::string>& sids, std::string_view attribute,
              std::string_view property_set) {
  if (!descriptor.access) return true;
  // RIGHT_DS_READ_PROPERTY, or a generic right that holds it (MS-ADTS 5.1.3.2).
  constexpr std::uint32_t kReads = 0x10 | 0x10000000 | 0x80000000;
  for (const AccessEntry& entry : *descriptor.access) {
    const bool about_it = entry.object_type.empty() || entry.object_type == attribute ||
                          (!property_set.empty() && entry.object_type == property_set);
    if (entry.only_below || !about_it || (entry.mask & kReads) == 0) continue;
    if (std::ranges::find(sids, entry.trustee) != sids.end()) return entry.allows;
  }
  return false;
}

}  // namespace mailward::directory
