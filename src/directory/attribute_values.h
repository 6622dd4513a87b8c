#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

/// The forms in which Active Directory writes its values (MS-ADTS 3.1.1.2, MS-DTYP).
namespace mailward::directory {

/// RFC 4515 section 3: whatever the text holds, it stays one value inside a filter.
std::string escape_filter(std::string_view value);

/// A decimal number; nothing for anything else.
std::optional<std::int64_t> number(std::string_view text);
/// A FILETIME (100 ns since 1601); nothing for 0 and "never".
std::optional<Timestamp> file_time(std::string_view text);
/// An interval, written as a negative count of 100 ns; nothing for "never".
std::optional<std::chrono::seconds> interval(std::string_view text);
/// LDAP's generalized time, "20260131090500.0Z". Errors: malformed.
Result<Timestamp> generalized_time(std::string_view text);

/// "S-1-5-21-…" from its binary form; empty for malformed bytes.
std::string sid_text(std::string_view binary);
/// The binary form. Errors: malformed.
Result<std::string> sid_binary(std::string_view text);
/// objectGUID as text, lower case; empty for malformed bytes.
std::string guid_text(std::string_view binary);

/// msDS-SupportedEncryptionTypes (MS-KILE 2.2.7) as names, strongest first.
std::vector<std::string> encryption_type_names(std::int64_t bits);

}  // namespace mailward::directory
