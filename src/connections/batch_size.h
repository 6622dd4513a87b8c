#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <mutex>

#include "ews/evidence.h"
#include "ews/failure.h"

namespace mailward::connections {

/// What stood in a call's way before it went well.
struct Hindrance {
  unsigned throttled = 0;  ///< how often the server asked to be left alone
  unsigned lost = 0;       ///< how often the answer was lost, or too long in coming
};

/// How many items to ask for in one call, found out from what the answers cost: more while they are cheap, fewer where
/// they take long, are large, or the server is busy. One for each kind of request, shared by all who make it.
/// Thread-safe.
class BatchSize {
 public:
  struct Bounds {
    std::size_t least = 1;
    std::size_t first = 10;
    std::size_t most = 200;
    /// What one answer should cost at most. Its time counts from the request to the last byte taken.
    std::chrono::milliseconds time{3'000};
    std::uint64_t bytes = 8U << 20U;
  };
  BatchSize() : BatchSize(Bounds{}) {}
  explicit BatchSize(const Bounds& bounds);

  std::size_t next() const;
  /// An answer with `items` of them has come, with what it met before. Of what was asked for and answered alone is
  /// learnt: `items` as they were asked for in one request.
  void went_well(std::size_t items, const ews::Evidence& evidence, const Hindrance& met = {});
  /// A call for `items` of them failed for good. True where fewer may go well: it was too much, or took too long.
  bool failed(std::size_t items, const ews::Failure& failure);

 private:
  void shrink(std::size_t items);

  const Bounds bounds_;
  mutable std::mutex mutex_;
  double size_;
  /// What an item has cost lately.
  double item_ms_ = 0;
  double item_bytes_ = 0;
  bool measured_ = false;
  /// Grows by doubling until something was too much, then by a tenth.
  bool careful_ = false;
};

}  // namespace mailward::connections
