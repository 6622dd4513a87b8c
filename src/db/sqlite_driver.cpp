#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "base/file.h"
#include "db/sqlite_connection.h"

namespace mailward::db {

namespace {

class SqliteDriver final : public Driver {
 public:
  SqliteDriver(std::string path, OpenAs as, const Clock& clock) : path_(std::move(path)), as_(as), clock_(clock) {}

  Backend backend() const override { return Backend::sqlite; }
  std::string describe() const override { return "SQLite " + path_; }
  Result<std::unique_ptr<Connection>> connect(Access access) override;
  Status lock_service() override;
  /// A lock on an open file goes with the process only.
  Status service_lock_stands() override { return {}; }
  Status check_service_lock() override { return {}; }
  Status back_up_before(int version) override;
  Status copy_to(const std::string& file) override;

 private:
  const std::string path_;
  const OpenAs as_;
  const Clock& clock_;
  FileDescriptor lock_;
};

Result<std::unique_ptr<Connection>> SqliteDriver::connect(Access access) {
  if (as_ == OpenAs::reader) {
    MW_TRY(auto looking, SqliteConnection::open_to_look(path_, clock_));
    return std::unique_ptr<Connection>(std::move(looking));
  }
  const bool create = as_ == OpenAs::service && access == Access::write;
  if (create) {
    // Made here, so that nobody else may read it from its first moment; "-wal" and "-shm" take over its mode.
    const FileDescriptor made(::open(path_.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  }
  MW_TRY(auto connection,
         SqliteConnection::open(path_, access, create ? SqliteConnection::Create::yes : SqliteConnection::Create::no,
                                clock_));
  return std::unique_ptr<Connection>(std::move(connection));
}

Status SqliteDriver::lock_service() {
  const std::string path = path_ + ".lock";
  FileDescriptor file(::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600));
  if (!file) {
    const int code = errno;
    const DbError error = code == EROFS || code == EACCES || code == EPERM ? DbError::read_only
                          : code == ENOSPC || code == EDQUOT               ? DbError::disk_full
                                                                           : DbError::cannot_connect;
    return fail(Error(error, "cannot open " + path + ": " + std::strerror(code))
                    .with_remedy("The folder must exist, and the service's user must be able to write in it."));
  }
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    std::string holder(32, '\0');
    const ssize_t size = ::pread(file.get(), holder.data(), holder.size(), 0);
    holder.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
    return fail(Error(DbError::busy_other_service,
                      "another Mailward service (process " + printable(holder, 20) + ") uses the database " + path_)
                    .with_remedy("Stop that service first, or give this one a database of its own."));
  }
  // The process number only serves the message above: a full disk must not keep us from starting.
  const std::string self = std::to_string(::getpid());
  if (::ftruncate(file.get(), 0) == 0 && ::pwrite(file.get(), self.data(), self.size(), 0) < 0) errno = 0;
  lock_ = std::move(file);
  return {};
}

Status SqliteDriver::back_up_before(int version) {
  std::string number = std::to_string(version);
  number.insert(0, 4 - std::min<std::size_t>(4, number.size()), '0');
  const std::string copy = path_ + ".before-" + number;
  const std::string part = copy + ".part";
  std::error_code ignored;
  std::filesystem::remove(part, ignored);
  MW_CHECK(copy_to(part));
  if (::rename(part.c_str(), copy.c_str()) == 0) return {};
  return fail(DbError::other, "cannot keep the copy " + copy + ": " + std::strerror(errno));
}

Status SqliteDriver::copy_to(const std::string& file) {
  // Made first, for its mode; SQLite takes an empty file.
  {
    const FileDescriptor made(::open(file.c_str(), O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600));
    if (!made) return fail(DbError::misuse, "cannot make " + file + ": " + std::strerror(errno));
  }
  MW_TRY(auto connection, SqliteConnection::open(path_, Access::write, SqliteConnection::Create::no, clock_));
  MW_CHECK(connection->run("VACUUM INTO $1", {file}, Fetch::all_at_once, [](Row&&) -> Status { return {}; }));
  const FileDescriptor copied(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  if (copied && ::fsync(copied.get()) == 0) return {};
  return fail(DbError::other, "cannot keep the copy " + file + ": " + std::strerror(errno));
}

}  // namespace

Result<std::unique_ptr<Driver>> sqlite_driver(const std::string& path, OpenAs as, const Clock& clock) {
  if (path.empty() || path.starts_with(":") || path.starts_with("file:")) {
    return fail(Error(DbError::misuse, "'" + printable(path) + "' is not the path of a database file")
                    .with_remedy("Write \"sqlite:PATH\"; a database in memory does not serve."));
  }
  // One name for one file, so that a symbolic link does not lead round the service lock.
  std::error_code failed;
  const auto canonical = std::filesystem::weakly_canonical(std::filesystem::absolute(path), failed);
  return std::make_unique<SqliteDriver>(failed ? path : canonical.string(), as, clock);
}

}  // namespace mailward::db
