#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"

namespace mailward {

/// A fixed number of threads that take tasks from a queue of a fixed length. Thread-safe. The destructor lets the
/// running tasks end, drops those still queued, and joins; a task must therefore heed its own deadline and stop token.
class Pool {
 public:
  Pool(std::string name, std::size_t threads, std::size_t queue_length);
  ~Pool();
  Pool(const Pool&) = delete;
  Pool& operator=(const Pool&) = delete;

  /// Errors: pool_full when `queue_length` tasks wait already, or while the pool is being destroyed. An exception that
  /// leaves the task ends it, and is logged.
  Status submit(std::move_only_function<void()> task);
  std::size_t queued() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace mailward
