#include "cli/interruption.h"

namespace mailward::cli {

namespace {

/// Tells the waiting thread to end.
constexpr int kEnough = SIGUSR1;

}  // namespace

Interruption::Interruption() {
  sigemptyset(&awaited_);
  for (const int signal : {SIGINT, SIGTERM, kEnough}) sigaddset(&awaited_, signal);
  pthread_sigmask(SIG_BLOCK, &awaited_, &before_);
  waiter_ = std::thread([this] {
    int signal = 0;
    while (sigwait(&awaited_, &signal) == 0 && signal != kEnough) source_.request_stop();
  });
}

Interruption::~Interruption() {
  pthread_kill(waiter_.native_handle(), kEnough);
  waiter_.join();
  pthread_sigmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace mailward::cli
