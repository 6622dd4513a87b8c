#pragma once

#include <filesystem>
#include <optional>
#include <string>

/// Where a test finds things. The test programs stand in build/<preset>/bin/ of the tree they test.
namespace mailward::testing {

/// build/<preset>/bin, where `mailward` and `exchange-sim` stand too.
std::filesystem::path bin_dir();
/// The root of the source tree.
std::filesystem::path source_dir();
/// ../shared beside the source tree (or $MAILWARD_SHARED); nothing where it is absent, and then a test says what it
/// skips.
std::optional<std::filesystem::path> shared_dir();

/// A folder of its own, emptied and removed at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;
  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

}  // namespace mailward::testing
