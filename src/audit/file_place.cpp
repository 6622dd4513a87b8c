#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "audit/entry_line.h"
#include "audit/place.h"
#include "base/file.h"

namespace mailward::audit {

namespace {

/// Appends lines to a file, opened anew for each batch, so that it may be moved away (logrotate) and may be one that
/// can only be appended to (chattr +a).
class FilePlace final : public Place {
 public:
  explicit FilePlace(std::string path) : path_(std::move(path)) {}
  Status take(std::span<const Link> entries, Deadline deadline, const std::stop_token& stop) override;

 private:
  Error trouble(std::string_view what) const {
    return {AuditError::not_taken,
            "cannot " + std::string(what) + " " + path_ + ": " + std::generic_category().message(errno)};
  }
  /// Whether the last line there was cut off, by a full disk or a power cut.
  bool torn(int fd) const;
  const std::string path_;
};

bool FilePlace::torn(int fd) const {
  struct stat status{};
  char last = '\n';
  if (::fstat(fd, &status) != 0 || status.st_size == 0) return false;
  return ::pread(fd, &last, 1, status.st_size - 1) == 1 && last != '\n';
}

Status FilePlace::take(std::span<const Link> entries, Deadline, const std::stop_token&) {
  constexpr int kFlags = O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW;
  const FileDescriptor file(::open(path_.c_str(), kFlags, 0600));
  if (!file) return fail(trouble("open"));
  std::string text = torn(file.get()) ? "\n" : "";
  for (const Link& link : entries) text += entry_line(link) + "\n";
  for (std::string_view rest = text; !rest.empty();) {
    const ssize_t count = ::write(file.get(), rest.data(), rest.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return fail(trouble("write"));
    rest.remove_prefix(static_cast<std::size_t>(count));
  }
  if (::fdatasync(file.get()) != 0) return fail(trouble("sync"));
  return {};
}

}  // namespace

std::unique_ptr<Place> make_file_place(const PlaceAddress& address) {
  return std::make_unique<FilePlace>(address.path);
}

}  // namespace mailward::audit
