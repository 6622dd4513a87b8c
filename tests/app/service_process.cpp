#include "tests/app/service_process.h"

#include <algorithm>
#include <csignal>
#include <cstring>
#include <fstream>
#include <sstream>
#include <stdexcept>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "tests/support/paths.h"

extern char** environ;

namespace mailward::testing {

namespace {

using Clock = std::chrono::steady_clock;

std::string slurp(const std::filesystem::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

int code_of(int status) {
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/// Starts the program with its output in two files.
pid_t start(const std::vector<std::string>& arguments, const std::filesystem::path& out,
            const std::filesystem::path& err, const RunOptions& options) {
  const std::string program = (bin_dir() / "mailward").string();
  std::vector<std::string> words{program};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> argv;
  for (std::string& word : words) argv.push_back(word.data());
  argv.push_back(nullptr);
  std::vector<std::string> variables;
  for (char** one = environ; *one != nullptr; ++one) {
    if (std::strncmp(*one, "MAILWARD_SOCKET=", 16) != 0) variables.emplace_back(*one);
  }
  variables.insert(variables.end(), options.environment.begin(), options.environment.end());
  std::vector<char*> envp;
  for (std::string& one : variables) envp.push_back(one.data());
  envp.push_back(nullptr);

  const FileDescriptor to_out(open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  const FileDescriptor to_err(open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666));
  const FileDescriptor nothing(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (!to_out || !to_err || !nothing) throw std::runtime_error("the program's output cannot be kept");
  int given[2] = {-1, -1};
  if (!options.on_fd_3.empty() && pipe2(given, O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const FileDescriptor given_read(given[0]);
  FileDescriptor given_write(given[1]);
  const pid_t pid = fork();
  if (pid < 0) throw std::runtime_error("no fork");
  if (pid == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    dup2(nothing.get(), 0);
    dup2(to_out.get(), 1);
    dup2(to_err.get(), 2);
    if (given_read.get() == 3) {
      fcntl(3, F_SETFD, 0);
    } else if (given_read) {
      dup2(given_read.get(), 3);
    }
    if (options.before_exec) options.before_exec();
    execve(program.c_str(), argv.data(), envp.data());
    _exit(127);
  }
  if (given_write) {
    if (write(given_write.get(), options.on_fd_3.data(), options.on_fd_3.size()) < 0)
      throw std::runtime_error("no write");
  }
  return pid;
}

/// Its exit code, or nothing within the time.
bool await(pid_t pid, std::chrono::milliseconds limit, int& code) {
  return wait_for(
      [&] {
        int status = 0;
        if (waitpid(pid, &status, WNOHANG) != pid) return false;
        code = code_of(status);
        return true;
      },
      limit);
}

}  // namespace

bool wait_for(const std::function<bool()>& holds, std::chrono::milliseconds limit) {
  const auto end = Clock::now() + limit;
  while (!holds()) {
    if (Clock::now() >= end) return false;
    poll(nullptr, 0, 5);
  }
  return true;
}

Ended run_mailward(const std::vector<std::string>& arguments, const RunOptions& options) {
  const TemporaryFolder folder;
  const auto out = folder.path() / "out";
  const auto err = folder.path() / "err";
  const pid_t pid = start(arguments, out, err, options);
  Ended ended;
  if (!await(pid, options.limit, ended.code)) {
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
  }
  ended.out = slurp(out);
  ended.err = slurp(err);
  return ended;
}

ServiceProcess::ServiceProcess(std::filesystem::path state, std::vector<std::string> arguments)
    : state_(std::move(state)), socket_(state_ / "run" / "mailward.sock") {
  std::filesystem::create_directories(state_.parent_path());
  std::vector<std::string> words{"serve", "--state-dir", state_.string()};
  if (std::ranges::find(arguments, "--listen") == arguments.end())
    words.insert(words.end(), {"--listen", "127.0.0.1:0"});
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    if (arguments[i] == "--socket" && i + 1 < arguments.size()) socket_ = arguments[i + 1];
    words.push_back(arguments[i]);
  }
  pid_ = start(words, state_.string() + ".out", state_.string() + ".log", {});
  const bool up = wait_for([&] {
    int code = 0;
    if (await(pid_, std::chrono::milliseconds(0), code)) {
      pid_ = -1;
      throw std::runtime_error("mailward serve ended with " + std::to_string(code) + ": " + log());
    }
    return log().find("serving") != std::string::npos;
  });
  if (!up) throw std::runtime_error("mailward serve did not come up: " + log());
}

ServiceProcess::~ServiceProcess() {
  stop();
}

Ended ServiceProcess::cli(std::vector<std::string> arguments, const RunOptions& options) const {
  arguments.insert(arguments.end(), {"--socket", socket_.string()});
  return run_mailward(arguments, options);
}

std::string ServiceProcess::log() const {
  return slurp(state_.string() + ".log");
}

std::string ServiceProcess::console_url() const {
  const std::string text = log();
  constexpr std::string_view kBefore = " console url=";
  const std::size_t at = text.rfind(kBefore);
  if (at == std::string::npos) throw std::runtime_error("mailward serve has no console: " + text);
  const std::size_t from = at + kBefore.size();
  return text.substr(from, text.find(' ', from) - from);
}

int ServiceProcess::stop() {
  if (pid_ < 0) return -1;
  kill(pid_, SIGTERM);
  return await_end(std::chrono::seconds(25));
}

void ServiceProcess::kill_hard() {
  if (pid_ < 0) return;
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
  pid_ = -1;
}

int ServiceProcess::await_end(std::chrono::milliseconds limit) {
  int code = -1;
  if (pid_ >= 0 && !await(pid_, limit, code)) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  pid_ = -1;
  return code;
}

}  // namespace mailward::testing
