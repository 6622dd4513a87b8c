#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace mailward::exchange_sim {

/// Writes each conversation as two files: "000007.GetFolder.request.xml" and "000007.GetFolder.response.xml", bodies
/// alone, as they were, for their owner's eyes alone (0600). No header is kept, so no credential either; mail is kept
/// as it went by. Thread-safe.
class Recorder {
 public:
  /// Makes the folder (0700); numbers go on behind the highest that is there. Errors: io.
  static Result<std::unique_ptr<Recorder>> open(const std::filesystem::path& folder);

  /// The answer's file, for what follows of a streamed answer. A full disk is told once and ends the recording, not the
  /// service.
  std::filesystem::path keep(std::string_view operation, std::string_view request, std::string_view response);
  void keep_more(const std::filesystem::path& file, std::string_view piece);

 private:
  explicit Recorder(std::filesystem::path folder, std::uint64_t last) : folder_(std::move(folder)), last_(last) {}
  void append(const std::filesystem::path& file, std::string_view bytes);

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::uint64_t last_;
  bool failed_ = false;
};

}  // namespace mailward::exchange_sim
