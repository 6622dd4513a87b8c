// A library to be preloaded: kills the process at the N-th of the calls of one kind, counted over all its threads
// (strace counts each thread's apart). MAILWARD_KILL_AT is "fdatasync 17"; MAILWARD_KILL_COUNTS names a file that gets
// the numbers of all kinds at the end of a process that nobody killed.
#include <dlfcn.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

enum Kind { kSync, kRename, kConnect, kSocketWrite, kKinds };
constexpr const char* kNames[kKinds] = {"fdatasync", "rename", "connect", "socket_write"};

std::atomic<long> counts[kKinds];

struct Wanted {
  int kind = kKinds;
  long at = 0;
  Wanted() {
    const char* text = std::getenv("MAILWARD_KILL_AT");
    if (text == nullptr) return;
    for (int i = 0; i < kKinds; ++i) {
      const std::size_t length = std::strlen(kNames[i]);
      if (std::strncmp(text, kNames[i], length) != 0 || text[length] != ' ') continue;
      kind = i;
      at = std::atol(text + length);
    }
  }
  ~Wanted() {
    const char* file = std::getenv("MAILWARD_KILL_COUNTS");
    if (file == nullptr) return;
    if (std::FILE* out = std::fopen(file, "w")) {
      for (int i = 0; i < kKinds; ++i) std::fprintf(out, "%s %ld\n", kNames[i], counts[i].load());
      std::fclose(out);
    }
  }
};

void pass(Kind kind) {
  static const Wanted wanted;
  const long number = ++counts[kind];
  if (wanted.kind == kind && wanted.at == number) kill(getpid(), SIGKILL);
}

bool is_socket(int fd) {
  struct stat about{};
  return fstat(fd, &about) == 0 && S_ISSOCK(about.st_mode);
}

template <typename Function>
Function real(const char* name) {
  return reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

}  // namespace

extern "C" {

int rename(const char* from, const char* to) noexcept {
  static const auto next = real<int (*)(const char*, const char*)>("rename");
  pass(kRename);
  return next(from, to);
}
int fdatasync(int fd) {
  static const auto next = real<int (*)(int)>("fdatasync");
  pass(kSync);
  return next(fd);
}
int fsync(int fd) {
  static const auto next = real<int (*)(int)>("fsync");
  pass(kSync);
  return next(fd);
}
int connect(int fd, const sockaddr* address, socklen_t length) {
  static const auto next = real<int (*)(int, const sockaddr*, socklen_t)>("connect");
  pass(kConnect);
  return next(fd, address, length);
}
ssize_t write(int fd, const void* data, size_t size) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t)>("write");
  if (is_socket(fd)) pass(kSocketWrite);
  return next(fd, data, size);
}
ssize_t writev(int fd, const iovec* parts, int count) {
  static const auto next = real<ssize_t (*)(int, const iovec*, int)>("writev");
  if (is_socket(fd)) pass(kSocketWrite);
  return next(fd, parts, count);
}
ssize_t send(int fd, const void* data, size_t size, int flags) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, int)>("send");
  pass(kSocketWrite);
  return next(fd, data, size, flags);
}
ssize_t sendto(int fd, const void* data, size_t size, int flags, const sockaddr* to, socklen_t length) {
  static const auto next = real<ssize_t (*)(int, const void*, size_t, int, const sockaddr*, socklen_t)>("sendto");
  pass(kSocketWrite);
  return next(fd, data, size, flags, to, length);
}
ssize_t sendmsg(int fd, const msghdr* message, int flags) {
  static const auto next = real<ssize_t (*)(int, const msghdr*, int)>("sendmsg");
  pass(kSocketWrite);
  return next(fd, message, flags);
}
}
