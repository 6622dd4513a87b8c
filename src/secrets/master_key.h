#pragma once

#include <filesystem>
#include <optional>

#include "base/secret.h"
#include "secrets/error.h"

namespace mailward::secrets {

/// The master key: 32 random bytes in a file with mode 0600 outside the database, as one line of text:
/// "mailward-master-key-1 <64 hexadecimal digits> <8 hexadecimal digits>", the last being the start of the SHA-256 of
/// what stands before it, so that a damaged copy is told from a wrong key.
struct MasterKey {
  SecretString bytes;
  /// Eight bytes derived from the key one way; names it in sealed data and logs.
  Bytes id() const;
};

MasterKey random_master_key();

/// Nothing where there is no such file. Errors: malformed_key_file, io; exposed_key_file where others may read
/// it.
Result<std::optional<MasterKey>> read_master_key(const std::filesystem::path& path);

/// Writes a new file, durably and whole or not at all; never replaces one. Errors: io, with what to do.
Status write_new_master_key(const std::filesystem::path& path, const MasterKey& key);

/// Renames over, durably.
Status replace_master_key_file(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace mailward::secrets
