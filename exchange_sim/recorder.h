#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <map>
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
  /// Makes the folder (0700); numbers go on behind the highest that is there. Of each operation the first
  /// `most_of_each` conversations are kept; 0: all. Errors: io.
  static Result<std::unique_ptr<Recorder>> open(const std::filesystem::path& folder, std::size_t most_of_each);

  /// The answer's file, for what follows of a streamed answer; empty where it is not kept. A full disk is told once and
  /// ends the recording, not the service.
  std::filesystem::path keep(std::string_view operation, std::string_view request, std::string_view response);
  void keep_more(const std::filesystem::path& file, std::string_view piece);

 private:
  Recorder(std::filesystem::path folder, std::uint64_t last, std::size_t most_of_each)
      : folder_(std::move(folder)), most_of_each_(most_of_each), last_(last) {}
  void append(const std::filesystem::path& file, std::string_view bytes);

  std::filesystem::path folder_;
  std::size_t most_of_each_;
  std::mutex mutex_;
  std::uint64_t last_;
  std::map<std::string, std::size_t> kept_;
  bool failed_ = false;
};

}  // namespace mailward::exchange_sim
