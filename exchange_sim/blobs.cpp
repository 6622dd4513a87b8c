#include "exchange_sim/blobs.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <stdexcept>
#include <system_error>

namespace mailward::exchange_sim {
namespace {

[[noreturn]] void give_up(const char* what) {
  throw std::system_error(errno, std::generic_category(), what);
}

/// Who has locked the file; 0 where the system does not say.
pid_t holder_of(const FileDescriptor& file) {
  struct flock lock{};
  lock.l_type = F_WRLCK;
  return fcntl(file.get(), F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK ? lock.l_pid : 0;
}

}  // namespace

Result<std::unique_ptr<Blobs>> Blobs::open(const std::filesystem::path& file) {
  const auto io_error = [&] {
    return fail(BaseError::io, file.string() + ": " + std::generic_category().message(errno));
  };
  FileDescriptor opened(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!opened) return io_error();
  // Held as long as the process lives: nothing else here opens the file, so nothing gives the lock away.
  struct flock whole{};
  whole.l_type = F_WRLCK;
  if (fcntl(opened.get(), F_SETLK, &whole) != 0) {
    if (errno != EACCES && errno != EAGAIN) return io_error();
    const pid_t holder = holder_of(opened);
    const std::string who = holder > 0 ? "process " + std::to_string(holder) : "another process";
    return fail(Error(BaseError::invalid_argument, file.parent_path().string() + " is already in use by " + who)
                    .with_remedy("give another folder by --state, or stop that one"));
  }
  if (ftruncate(opened.get(), 0) != 0) return io_error();
  return std::unique_ptr<Blobs>(new Blobs(std::move(opened)));
}

std::unique_ptr<Blobs> Blobs::in_memory() {
  FileDescriptor opened(memfd_create("blobs", MFD_CLOEXEC));
  if (!opened) give_up("memfd_create");
  return std::unique_ptr<Blobs>(new Blobs(std::move(opened)));
}

BlobRef Blobs::add(std::string_view bytes) {
  BlobRef ref{.offset = 0, .size = bytes.size()};
  {
    const std::scoped_lock lock(mutex_);
    ref.offset = end_;
    end_ += bytes.size();
  }
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t wrote =
        pwrite(file_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(ref.offset + done));
    if (wrote <= 0 && errno != EINTR) give_up("writing what mailboxes hold");
    if (wrote > 0) done += static_cast<std::size_t>(wrote);
  }
  return ref;
}

std::string Blobs::read(BlobRef ref) const {
  std::string bytes(ref.size, '\0');
  std::size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t got =
        pread(file_.get(), bytes.data() + done, bytes.size() - done, static_cast<off_t>(ref.offset + done));
    if (got == 0) throw std::runtime_error("what mailboxes hold ends too early: something else shortened contents.bin");
    if (got < 0 && errno != EINTR) give_up("reading what mailboxes hold");
    if (got > 0) done += static_cast<std::size_t>(got);
  }
  return bytes;
}

}  // namespace mailward::exchange_sim
