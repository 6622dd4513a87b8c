#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"

namespace mailward::ews {

/// An arriving body on its way from the loop's thread to the one that reads it. Holds a bounded number of bytes: when
/// it is full, the transfer rests until the reader has taken them.
class BodyPipe {
 public:
  explicit BodyPipe(std::size_t capacity) : capacity_(capacity) {}

  /// The loop's side. False: there is no room, and the piece is to be brought again after the reader has asked for
  /// more.
  bool put(std::string_view piece);
  /// The loop's side: the transfer has ended, and nothing touches it any more.
  void end();

  enum class Took { bytes, ended, nothing };
  struct Taken {
    Took took = Took::nothing;  ///< `nothing`: the time was over
    bool resting = false;       ///< the transfer rests, and is to be taken up again
  };
  /// The reader's side: waits for bytes, the end, or `until`. `out` is replaced; its memory is used again.
  Taken take(std::string& out, MonotonicTime until);

 private:
  const std::size_t capacity_;
  std::mutex mutex_;
  std::condition_variable condition_;
  std::string bytes_;
  bool resting_ = false;
  bool ended_ = false;
};

}  // namespace mailward::ews
