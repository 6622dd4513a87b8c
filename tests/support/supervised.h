#pragma once

#include <sys/types.h>

#include <filesystem>
#include <string>
#include <vector>

namespace mailward::testing {

/// A program in a session of its own that dies, with all that it started, when this end of a pipe closes: so also when
/// this process is killed. Not stopped by the destructor.
struct Supervised {
  int leash = -1;
  pid_t supervisor = -1;

  /// Starts it with output to `log`. Throws std::runtime_error.
  void start(const std::vector<std::string>& command, const std::vector<std::string>& environment,
             const std::filesystem::path& log);
  bool running() const;
  /// Kills it (SIGKILL) and waits for its end.
  void stop();

 private:
  [[noreturn]] static void supervise(char** argv, char** envp, const int* ends, int output);
};

}  // namespace mailward::testing
