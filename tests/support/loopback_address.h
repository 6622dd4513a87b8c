#pragma once

#include <string>

namespace mailward::testing {

/// A loopback address that no other test program or demo on this machine holds: taken with a locked file under the
/// temporary folder, given back at the end or when the process dies. On it any port is free (as root, the low ones
/// too).
class LoopbackAddress {
 public:
  /// Throws when none is left.
  LoopbackAddress();
  ~LoopbackAddress();
  LoopbackAddress(LoopbackAddress&& other) noexcept;
  LoopbackAddress& operator=(LoopbackAddress&&) = delete;
  LoopbackAddress(const LoopbackAddress&) = delete;

  /// "127.77.x.y"
  const std::string& text() const { return text_; }

 private:
  std::string text_;
  int lock_ = -1;
};

}  // namespace mailward::testing
