#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string_view>

#include "ews/failure.h"

namespace mailward::ews {

/// Undoes gzip (RFC 1952) while it arrives. Refuses what grows beyond a limit, or, from 256 MiB on, beyond 250 times
/// what came, so that a small answer cannot fill memory or keep a processor busy.
class Gunzip {
 public:
  using Take = std::function<Outcome<void>(std::string_view piece)>;

  /// `limit`: bytes that may come out.
  explicit Gunzip(std::uint64_t limit);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  /// Gives pieces of at most 64 KiB. Errors: malformed_http for what is no gzip or fails its checksum,
  /// answer_too_large, and those of `take`.
  Outcome<void> feed(std::string_view packed, const Take& take);
  /// Nothing more comes. Errors: truncated.
  Outcome<void> finish() const;

 private:
  struct Inner;
  std::unique_ptr<Inner> inner_;
};

}  // namespace mailward::ews
