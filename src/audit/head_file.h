#pragma once

#include <filesystem>
#include <optional>

#include "audit/trail.h"

namespace mailward::audit {

/// The head as it is noted beside the master key, outside the database: one line of text,
/// "mailward-audit-head-1 NUMBER MAC NOTED SEAL", NOTED in microseconds since 1970, MAC and SEAL hexadecimal. The seal
/// is made under the audit key: who writes the database cannot write this.
struct HeadNote {
  Head head;
  Timestamp noted;
};

/// Where it stands: "KEY_FILE.audit-head".
std::filesystem::path head_file_beside(const std::filesystem::path& master_key_file);

/// Nothing where there is no such file. Errors: broken_head_file, io.
Result<std::optional<HeadNote>> read_head_file(const std::filesystem::path& file, const Trail& trail);
/// Whole or not at all, and on the disk when it returns. Errors: io.
Status write_head_file(const std::filesystem::path& file, const HeadNote& note, const Trail& trail);

}  // namespace mailward::audit
