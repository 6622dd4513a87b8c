#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace mailward::exchange_sim {

/// Answers that were recorded, in place of the store's: those of an operation in turn, by the files' names, and from
/// the first again after the last. Thread-safe.
class Replay {
 public:
  struct Answer {
    int status = 200;  ///< 500 for a fault
    std::string body;
  };

  /// Takes every file *.response.xml in the folder and below. Its operation is told by a name that Recorder gave, else
  /// by the element "…Response" in it; what has neither, or one that is none of EWS's, is left out. Errors: not_found
  /// where there is no such file.
  static Result<std::unique_ptr<Replay>> open(const std::filesystem::path& folder);

  /// `element` is the request's. None for an operation of which there is no answer. Errors of reading are an empty
  /// answer.
  std::optional<Answer> next(std::string_view element);
  std::size_t answers() const;
  std::size_t operations() const;
  /// Files that are no answers, each with the reason: links, what is no regular file, what is empty or too large, and
  /// those of which the operation is not told, or is none of EWS's.
  const std::vector<std::string>& left_out() const { return left_out_; }

 private:
  struct Kept {
    std::vector<std::filesystem::path> files;
    std::size_t next = 0;
  };
  mutable std::mutex mutex_;
  std::map<std::string, Kept, std::less<>> kept_;
  std::vector<std::string> left_out_;
};

}  // namespace mailward::exchange_sim
