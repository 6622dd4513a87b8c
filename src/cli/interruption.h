#pragma once

#include <csignal>
#include <stop_token>
#include <thread>

namespace mailward::cli {

/// While it lives, Ctrl-C and SIGTERM do not end the program but request a stop; afterwards they are as they were. Make
/// it before other threads.
class Interruption {
 public:
  Interruption();
  ~Interruption();
  Interruption(const Interruption&) = delete;
  Interruption& operator=(const Interruption&) = delete;

  std::stop_token token() const { return source_.get_token(); }

 private:
  std::stop_source source_;
  sigset_t awaited_{};
  sigset_t before_{};
  std::thread waiter_;
};

}  // namespace mailward::cli
