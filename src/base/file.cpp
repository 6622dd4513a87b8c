#include "base/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/digest.h"

namespace mailward {
namespace {

Error io_error(std::string_view what, const std::filesystem::path& path, int code) {
  const BaseError kind = code == ENOENT ? BaseError::not_found : BaseError::io;
  Error error(kind, fmt::format("cannot {} {}: {}", what, path.string(), std::generic_category().message(code)));
  switch (code) {
    case ENOSPC:
      return std::move(error).with_remedy("free space on the disk that holds it; nothing was changed");
    case EROFS:
      return std::move(error).with_remedy("mount the disk writable, or choose another folder; nothing was changed");
    case EACCES:
      return std::move(error).with_remedy("give the user that runs Mailward access to it");
    default:
      return error;
  }
}

Result<FileDescriptor> open_for_reading(const std::filesystem::path& path) {
  FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file) return fail(io_error("open", path, errno));
  return file;
}

Status read_into(std::string& out, const FileDescriptor& file, const std::filesystem::path& path, std::size_t limit) {
  char buffer[16384];
  while (true) {
    const ssize_t count = ::read(file.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(io_error("read", path, errno));
    if (count == 0) break;
    out.append(buffer, static_cast<std::size_t>(count));
    if (out.size() > limit) {
      return fail(BaseError::limit_exceeded, fmt::format("{} is larger than {} bytes", path.string(), limit));
    }
  }
  wipe(buffer, sizeof buffer);
  return {};
}

Status write_all(const FileDescriptor& file, std::string_view contents, const std::filesystem::path& path) {
  while (!contents.empty()) {
    const ssize_t count = ::write(file.get(), contents.data(), contents.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(io_error("write", path, errno));
    contents.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

}  // namespace

void FileDescriptor::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  MW_TRY(const FileDescriptor file, open_for_reading(path));
  std::string text;
  MW_CHECK(read_into(text, file, path, limit));
  return text;
}

Result<SecretString> read_secret_file(const std::filesystem::path& path, std::size_t limit) {
  MW_TRY(const FileDescriptor file, open_for_reading(path));
  struct stat status{};
  if (::fstat(file.get(), &status) != 0) return fail(io_error("look at", path, errno));
  if (S_ISREG(status.st_mode) && (status.st_mode & 077) != 0) {
    return fail(Error(BaseError::invalid_argument, fmt::format("{} can be read by others than its owner (mode {:04o})",
                                                               path.string(), status.st_mode & 07777))
                    .with_remedy("chmod 600 " + path.string()));
  }
  std::string text;
  text.reserve(limit + 16384);  // so that it never moves and leaves a copy behind
  const Status read = read_into(text, file, path, limit);
  SecretString secret = SecretString::taken_from(text);
  if (!read) return fail(read.error());
  return secret;
}

Status write_file_durably(const std::filesystem::path& path, std::string_view contents, unsigned mode) {
  const std::filesystem::path folder = path.has_parent_path() ? path.parent_path() : std::filesystem::path(".");
  const std::filesystem::path beside = folder / ("." + path.filename().string() + "." + to_hex(random_bytes(6)));
  FileDescriptor file(::open(beside.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, static_cast<mode_t>(mode)));
  if (!file) return fail(io_error("create", beside, errno));
  const auto give_up = [&](Error error) {
    ::unlink(beside.c_str());
    return fail(std::move(error));
  };
  if (::fchmod(file.get(), static_cast<mode_t>(mode)) != 0) return give_up(io_error("set the mode of", beside, errno));
  if (auto written = write_all(file, contents, path); !written) return give_up(std::move(written).error());
  if (::fdatasync(file.get()) != 0) return give_up(io_error("sync", path, errno));
  if (::rename(beside.c_str(), path.c_str()) != 0) return give_up(io_error("replace", path, errno));
  const FileDescriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory || ::fsync(directory.get()) != 0) return fail(io_error("sync the folder of", path, errno));
  return {};
}

}  // namespace mailward
