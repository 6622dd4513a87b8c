#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/stream.h"

namespace mailward::http {

/// Reads a text/event-stream (WHATWG HTML 9.2.6) in pieces of any size. `type` is "message" where the stream named
/// none; `id` is the last id seen. Comments and retry fields are passed over.
class EventStreamParser {
 public:
  struct Limits {
    std::size_t line_bytes = std::size_t{1024} * 1024;
    std::size_t event_bytes = std::size_t{4} * 1024 * 1024;
  };
  EventStreamParser() = default;
  explicit EventStreamParser(Limits limits) : limits_(limits) {}

  /// The events that `piece` completes. Errors: limit_exceeded; nothing more can be read then.
  Result<std::vector<StreamEvent>> feed(std::string_view piece);

 private:
  void take_line(std::string_view line, std::vector<StreamEvent>& events);

  Limits limits_;
  std::string line_;
  StreamEvent event_;
  bool has_data_ = false;
  bool after_cr_ = false;
  bool at_start_ = true;
};

}  // namespace mailward::http
