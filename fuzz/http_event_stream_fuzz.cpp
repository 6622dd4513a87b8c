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

/// What is read before the end or the first error, in pieces of `piece` bytes.
std::string read(std::string_view input, std::size_t piece) {
  EventStreamParser parser({.line_bytes = 200, .event_bytes = 1000});
  std::string out;
  while (!input.empty()) {
    const auto events = parser.feed(input.substr(0, piece));
    input.remove_prefix(std::min(piece, input.size()));
    if (!events) return "limit";
    for (const StreamEvent& event : *events) {
      if (event.data.size() > 1000) std::abort();
      out += mailward::http::format_event(event);
    }
  }
  return out;
}

}  // namespace

/// Pieces of any size give the same events, and what was read is read again from its written form.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const std::string whole = read(input, input.size() + 1);
  if (whole != read(input, 1 + data[0] % 16U)) std::abort();
  if (whole != "limit" && read(whole, 7) != "limit" && read(whole, 7) != whole) std::abort();
  return 0;
}
