#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/secret.h"

namespace mailward {

/// A whole file of at most `limit` bytes. Errors: io (with the path and the system's word), limit_exceeded, not_found.
Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit);
/// The same for a file that only its owner (or root) may read. Errors as above, and invalid_argument when its mode lets
/// group or others in, with the chmod as the remedy.
Result<SecretString> read_secret_file(const std::filesystem::path& path, std::size_t limit);
/// Writes beside, syncs, renames over and syncs the folder: after a crash the old contents or the new stand there,
/// never a part. Errors: io, with what to do for a full and a read-only disk.
Status write_file_durably(const std::filesystem::path& path, std::string_view contents, unsigned mode);

/// Owns a file descriptor.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() { reset(); }
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) reset(std::exchange(other.fd_, -1));
    return *this;
  }
  int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd = -1);
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

}  // namespace mailward
