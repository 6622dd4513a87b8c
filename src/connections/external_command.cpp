#include "connections/external_command.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <chrono>
#include <optional>
#include <system_error>

#include "base/bytes.h"
#include "base/file.h"

namespace mailward::connections {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kGlance{50};

std::unexpected<Error> failed(std::string message) {
  return fail(Error(ConnectionsError::external_source, std::move(message))
                  .with_remedy("run it by hand as the service's user: it must write the password to standard output "
                               "and end with status 0"));
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> all;
  all.reserve(words.size() + 1);
  for (const std::string& word : words) all.push_back(const_cast<char*>(word.c_str()));  // NOLINT: C API, not written
  all.push_back(nullptr);
  return all;
}

/// A child in a group of its own; gone, with its group, when this object is. Until then it is not reaped, so that its
/// number, by which the group is killed, is nobody else's.
class Child {
 public:
  explicit Child(pid_t pid) : pid_(pid) {}
  ~Child() {
    ::kill(-pid_, SIGKILL);
    int status = 0;
    while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) {
    }
  }
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;
  /// How it has ended, if it has. Errors: it is not known.
  Result<std::optional<siginfo_t>> look() const {
    siginfo_t info{};
    int code = 0;
    do {
      code = waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOHANG | WNOWAIT);
    } while (code != 0 && errno == EINTR);
    if (code != 0) return failed("how the program ended is not known: " + std::generic_category().message(errno));
    if (info.si_pid == 0) return std::nullopt;
    return info;
  }

 private:
  pid_t pid_;
};

Result<pid_t> spawn(const std::vector<std::string>& command, const std::vector<std::string>& environment, int output) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  sigset_t none;
  sigset_t all;
  sigemptyset(&none);
  sigfillset(&all);
  posix_spawnattr_setsigmask(&attributes, &none);
  posix_spawnattr_setsigdefault(&attributes, &all);
  posix_spawnattr_setpgroup(&attributes, 0);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  auto argv = pointers(command);
  auto envp = pointers(environment);
  pid_t pid = -1;
  const int code = posix_spawn(&pid, command.front().c_str(), &actions, &attributes, argv.data(), envp.data());
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (code != 0) {
    return failed("the program " + printable(command.front(), 200) +
                  " cannot be run: " + std::generic_category().message(code));
  }
  return pid;
}

}  // namespace

Result<SecretString> output_of(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                               std::size_t limit, Deadline deadline, const std::stop_token& stop) {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    return failed(std::string("no pipe can be had: ") + std::generic_category().message(errno));
  const FileDescriptor reading(ends[0]);
  FileDescriptor writing(ends[1]);
  MW_TRY(const pid_t pid, spawn(command, environment, writing.get()));
  const Child child(pid);
  writing.reset();
  const std::string name = printable(command.front(), 200);
  std::string text;
  const auto fails = [&](const std::string& why) {
    wipe(text);
    return failed("the program " + name + " " + why);
  };
  std::array<char, 1024> piece{};
  for (bool more = true; more;) {
    if (stop.stop_requested()) return fails("was stopped");
    if (deadline.expired()) return fails("did not end in time and was killed");
    pollfd wanted{.fd = reading.get(), .events = POLLIN, .revents = 0};
    const auto wait = std::min(deadline.remaining(), kGlance);
    if (poll(&wanted, 1, static_cast<int>(wait.count())) <= 0) continue;
    const ssize_t got = read(reading.get(), piece.data(), piece.size());
    if (got < 0 && errno == EINTR) continue;
    if (got > 0) text.append(piece.data(), static_cast<std::size_t>(got));
    more = got > 0;
    wipe(piece.data(), piece.size());
    if (text.size() > limit) return fails("wrote more than " + std::to_string(limit) + " bytes and was killed");
  }
  // It has closed its output, and may take its time to end.
  std::optional<siginfo_t> ended;
  for (;;) {
    auto looked = child.look();
    if (!looked) {
      wipe(text);
      return fail(std::move(looked.error()));
    }
    ended = *looked;
    if (ended) break;
    if (stop.stop_requested()) return fails("was stopped");
    if (deadline.expired()) return fails("did not end in time and was killed");
    poll(nullptr, 0, 1);
  }
  if (ended->si_code != CLD_EXITED) return fails("was ended by signal " + std::to_string(ended->si_status));
  if (ended->si_status != 0) return fails("ended with status " + std::to_string(ended->si_status));
  return SecretString::taken_from(text);
}

}  // namespace mailward::connections
