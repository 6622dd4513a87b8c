#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/result.h"

namespace mailward::exchange_sim {

/// Where bytes stand in the file.
struct BlobRef {
  std::uint64_t offset = 0;
  std::uint64_t size = 0;
};

/// Bodies, attachments and messages as they came: one file that only grows, so that what is in memory of 200,000
/// messages is small. Nothing is taken out: what was written is forgotten as a whole at the next start. Thread-safe.
class Blobs {
 public:
  /// Empties the file, which is then this process's alone. Errors: io; invalid_argument where another process has it.
  static Result<std::unique_ptr<Blobs>> open(const std::filesystem::path& file);
  /// In memory, for what has no folder. Throws std::system_error where there is none.
  static std::unique_ptr<Blobs> in_memory();

  /// Throws std::system_error where the disk is full: nothing here goes on without it.
  BlobRef add(std::string_view bytes);
  /// Throws where the file is shorter than it was left, or cannot be read.
  std::string read(BlobRef ref) const;

 private:
  explicit Blobs(FileDescriptor file) : file_(std::move(file)) {}
  FileDescriptor file_;
  std::mutex mutex_;
  std::uint64_t end_ = 0;
};

}  // namespace mailward::exchange_sim
