#include "tests/support/paths.h"

#include <cstdlib>
#include <stdexcept>

namespace mailward::testing {

std::filesystem::path bin_dir() {
  return std::filesystem::read_symlink("/proc/self/exe").parent_path();
}

std::filesystem::path source_dir() {
  return bin_dir().parent_path().parent_path().parent_path();
}

std::optional<std::filesystem::path> shared_dir() {
  const char* named = std::getenv("MAILWARD_SHARED");
  std::filesystem::path path = named != nullptr ? std::filesystem::path(named) : source_dir().parent_path() / "shared";
  if (!std::filesystem::is_directory(path / "ews-traces")) return std::nullopt;
  return path;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = std::filesystem::temp_directory_path() / "mailward-test-XXXXXX";
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a temporary folder");
  path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

}  // namespace mailward::testing
