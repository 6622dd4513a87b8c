#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include <sys/types.h>

/// The real `mailward`, run for a test.
namespace mailward::testing {

struct Ended {
  int code = -1;  ///< 128 + the signal's number where one ended it
  std::string out;
  std::string err;
};

struct RunOptions {
  /// Given on descriptor 3.
  std::string on_fd_3;
  std::vector<std::string> environment;  ///< "NAME=value", added
  /// In the child, before the program: as other users. Must be async-signal-safe.
  std::function<void()> before_exec;
  std::chrono::seconds limit{30};
};

/// Runs it to its end (killed at the limit).
Ended run_mailward(const std::vector<std::string>& arguments, const RunOptions& options = {});

/// `mailward serve`, up when the constructor returns; ended with the object. Throws where it does not come up.
class ServiceProcess {
 public:
  /// `arguments` after `serve`; the socket is state/run/mailward.sock unless they say otherwise.
  ServiceProcess(std::filesystem::path state, std::vector<std::string> arguments = {});
  ~ServiceProcess();
  ServiceProcess(const ServiceProcess&) = delete;
  ServiceProcess& operator=(const ServiceProcess&) = delete;

  const std::filesystem::path& socket() const { return socket_; }
  pid_t pid() const { return pid_; }
  /// Runs the command line against it.
  Ended cli(std::vector<std::string> arguments, const RunOptions& options = {}) const;
  /// "https://127.0.0.1:PORT"; unless told otherwise it listens on a free port.
  std::string console_url() const;
  const std::filesystem::path& state() const { return state_; }
  /// What it has logged so far.
  std::string log() const;
  /// SIGTERM, and its exit code.
  int stop();
  /// kill -9.
  void kill_hard();
  /// Waits until it ends by itself; its exit code, -1 where it does not (it is killed then).
  int await_end(std::chrono::milliseconds limit);

 private:
  std::filesystem::path state_;
  std::filesystem::path socket_;
  pid_t pid_ = -1;
};

/// Waits until `holds`, at most that long; whether it did.
bool wait_for(const std::function<bool()>& holds, std::chrono::milliseconds limit = std::chrono::seconds(20));

}  // namespace mailward::testing
