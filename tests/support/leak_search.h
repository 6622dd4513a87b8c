#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace mailward::testing {

/// The forms in which a secret would stand somewhere: plain, UTF-16LE, base64 at each of its three alignments, and
/// escaped for URLs and for JSON.
struct Needle {
  std::string form;  ///< "UTF-16LE"
  std::string bytes;
};
std::vector<Needle> needles_of(std::string_view secret);

/// Which forms stand in the text; empty where none does.
std::vector<std::string> found_in(std::string_view text, const std::vector<Needle>& needles);
/// The same for a file (a database, its write-ahead log). A file that is gone holds none: a service at work replaces
/// its own.
std::vector<std::string> found_in_file(const std::filesystem::path& path, const std::vector<Needle>& needles);
/// The same for all that a running process holds, as a core of it would: each mapping that it can write. Needs the
/// right to look into it (root); throws where that lacks.
std::vector<std::string> found_in_process(pid_t process, const std::vector<Needle>& needles);

}  // namespace mailward::testing
