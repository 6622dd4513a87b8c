#pragma once

#include <stop_token>

#include "base/clock.h"
#include "base/result.h"

namespace mailward::directory {

/// Whoever keeps the books of a reader's password. A Directory tells it of each bind as the reader, one at a time.
class BindWitness {
 public:
  virtual ~BindWitness() = default;
  /// Right before the password leaves. With an error it does not, and the call fails with that error.
  virtual Status before_bind(Deadline deadline, const std::stop_token& stop) = 0;
  /// What came of it; follows each before_bind() that let it pass.
  virtual void after_bind(const Status& outcome) = 0;
};

}  // namespace mailward::directory
