#include "tests/cli/terminal_session.h"

#include <array>
#include <csignal>
#include <stdexcept>

#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/support/paths.h"

namespace mailward::testing {

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLook{20};

}  // namespace

TerminalSession::TerminalSession(const std::vector<std::string>& arguments) {
  const std::string program = (bin_dir() / "mailward").string();
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  const winsize size{.ws_row = 50, .ws_col = 200, .ws_xpixel = 0, .ws_ypixel = 0};
  if (openpty(&person_, &terminal_, nullptr, nullptr, &size) != 0) throw std::runtime_error("no terminal");
  fcntl(person_, F_SETFD, FD_CLOEXEC);
  fcntl(terminal_, F_SETFD, FD_CLOEXEC);
  pid_ = fork();
  if (pid_ < 0) throw std::runtime_error("no fork");
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    signal(SIGINT, SIG_DFL);  // as a login leaves it, also where the tests run in a shell's background
    setsid();
    ioctl(terminal_, TIOCSCTTY, 0);
    for (const int fd : {0, 1, 2}) dup2(terminal_, fd);
    execv(program.c_str(), argv.data());
    _exit(127);
  }
}

TerminalSession::~TerminalSession() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  close(person_);
  close(terminal_);
}

void TerminalSession::read_what_there_is(std::chrono::milliseconds wait) {
  pollfd ready{.fd = person_, .events = POLLIN, .revents = 0};
  if (poll(&ready, 1, static_cast<int>(wait.count())) <= 0) return;
  std::array<char, 4096> buffer{};
  const ssize_t got = read(person_, buffer.data(), buffer.size());
  if (got > 0) shown_.append(buffer.data(), static_cast<std::size_t>(got));
}

bool TerminalSession::sees(std::string_view text, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (true) {
    if (const auto at = shown_.find(text, seen_); at != std::string::npos) {
      seen_ = at + text.size();
      return true;
    }
    if (Clock::now() >= end) return false;
    read_what_there_is(kLook);
  }
}

void TerminalSession::type(std::string_view keys) const {
  if (write(person_, keys.data(), keys.size()) != static_cast<ssize_t>(keys.size())) {
    throw std::runtime_error("the terminal takes no keys");
  }
}

bool TerminalSession::echoes() const {
  termios settings{};
  if (tcgetattr(terminal_, &settings) != 0) throw std::runtime_error("no terminal");
  return (settings.c_lflag & ECHO) != 0;
}

int TerminalSession::await_end(std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  int status = 0;
  while (waitpid(pid_, &status, WNOHANG) != pid_) {
    if (Clock::now() >= end) return -1;
    read_what_there_is(kLook);
  }
  pid_ = -1;
  read_what_there_is(std::chrono::milliseconds(0));
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace mailward::testing
