#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "http/event_stream_parser.h"
#include "http/inner/event_stream.h"

using mailward::http::EventStreamParser;
using mailward::http::StreamEvent;

namespace {

struct Reading {
  bool limited = false;
  std::string events;  ///< written again, without their ids
  std::string ids;
  bool operator==(const Reading&) const = default;
};

/// What is read in pieces of `piece` bytes; nothing but `limited` once a limit is passed.
Reading read(std::string_view input, std::size_t piece) {
  EventStreamParser parser({.line_bytes = 200, .event_bytes = 1000});
  Reading reading;
  while (!input.empty()) {
    auto events = parser.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    if (!events) return {.limited = true, .events = {}, .ids = {}};
    for (StreamEvent& event : *events) {
      if (event.data.size() > 1000) std::abort();
      reading.ids += event.id + "\n";
      event.id.clear();
      reading.events += mailward::http::format_event(event);
    }
  }
  return reading;
}

}  // namespace

/// Pieces of any size give the same events, and what was read is read again from its written form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = read(input, input.size() + 1);
  if (whole != read(input, 1 + data[0] % 16U)) std::abort();
  const Reading again = read(whole.events, 7);
  if (!again.limited && again.events != whole.events) std::abort();
  return 0;
}
