#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "base/secret.h"

namespace mailward::cli {

/// Where a password comes from: never from an argument.
struct PasswordSource {
  std::string file;  ///< only its owner may read it
  int fd = -1;       ///< an open descriptor: a pipe, a here-string
  bool prompt = false;
  bool given() const { return !file.empty() || fd >= 0 || prompt; }
};

/// Reads it. From a file or a descriptor exactly one line end at its end is taken off, which tools write there; more,
/// or one within, belongs to the password (and will be asked about). At a prompt it is typed unseen, on the terminal,
/// whatever standard input is; lines that are pasted with it belong to it too, all but the last line end. None where
/// the source is not given. Errors: io, invalid_argument (a file that others may read), limit_exceeded (over 4,096
/// bytes), cancelled.
Result<std::optional<SecretString>> read_password(const PasswordSource& source, const std::string& question);

/// Asks a question that is answered by y or n; no where there is no terminal.
bool confirm(const std::string& question);
/// Asks whether to delete that; with `yes` it is not asked. Errors: cancelled, also where nobody can be asked.
Status agree_to_delete(const std::string& what, bool yes);
/// Whether a person sits at a terminal: there is one, and both input and output are it.
bool person_present();

}  // namespace mailward::cli
