#include "tests/support/supervised.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <stdexcept>

namespace mailward::testing {

void Supervised::start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
                       const std::filesystem::path& log) {
  std::vector<char*> argv;
  std::vector<char*> envp;
  for (const auto& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  for (const auto& word : environment) envp.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  envp.push_back(nullptr);
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  int output = open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  supervisor = fork();
  if (supervisor < 0) throw std::runtime_error("cannot fork");
  if (supervisor == 0) supervise(argv.data(), envp.data(), ends, output);
  close(ends[0]);
  close(output);
  leash = ends[1];
}

// Only calls that are safe between fork and exec. Two sessions: killing the controller's leaves the supervisor alive.
void Supervised::supervise(char** argv, char** envp, const int* ends, int output) {
  signal(SIGINT, SIG_IGN);
  close(ends[1]);
  setsid();
  pid_t child = fork();
  if (child == 0) {
    setsid();
    signal(SIGINT, SIG_DFL);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    int empty = open("/dev/null", O_RDONLY);
    dup2(empty, 0);
    dup2(output, 1);
    dup2(output, 2);
    execve(argv[0], argv, envp);
    _exit(127);
  }
  // Other programs started meanwhile must not hold our copies open.
  for (int fd = 3; fd < 1024; ++fd) {
    if (fd != ends[0]) close(fd);
  }
  pollfd waiting{.fd = ends[0], .events = POLLIN, .revents = 0};
  while (poll(&waiting, 1, 500) == 0 && waitpid(child, nullptr, WNOHANG) == 0) {
  }
  kill(-child, SIGKILL);
  while (waitpid(-1, nullptr, 0) > 0) {
  }
  _exit(0);
}

bool Supervised::running() const {
  return supervisor > 0 && waitpid(supervisor, nullptr, WNOHANG) == 0;
}

void Supervised::stop() {
  if (leash >= 0) close(leash);
  if (supervisor > 0) waitpid(supervisor, nullptr, 0);
  leash = supervisor = -1;
}

}  // namespace mailward::testing
