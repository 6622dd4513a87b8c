#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/inner/request_parser.h"

using mailward::http::Request;
using mailward::http::RequestParser;

namespace {

constexpr std::size_t kBodyLimit = 4096;

struct Reading {
  bool complete = false;
  std::size_t taken = 0;
  std::string target;
  std::string body;
  std::size_t headers = 0;
};

/// Reads one request, given to the parser in pieces of `piece` bytes as a socket would give them.
Reading read(std::string_view input, std::size_t piece) {
  RequestParser parser(2048);
  Reading reading;
  std::string waiting;
  bool limited = false;
  while (parser.stage() == RequestParser::Stage::head || parser.stage() == RequestParser::Stage::body) {
    const std::size_t taken = parser.feed(waiting);
    reading.taken += taken;
    waiting.erase(0, taken);
    if (parser.stage() == RequestParser::Stage::body && !limited) {
      limited = true;
      parser.set_body_limit(kBodyLimit);
      continue;
    }
    if (parser.stage() != RequestParser::Stage::head && parser.stage() != RequestParser::Stage::body) break;
    if (input.empty()) break;
    waiting += input.substr(0, piece);
    input.remove_prefix(std::min(piece, input.size()));
  }
  reading.complete = parser.stage() == RequestParser::Stage::done;
  if (reading.complete) {
    Request& request = parser.request();
    if (mailward::http::interpret_target(request) && request.path.contains('\0')) std::abort();
    if (request.body.size() > kBodyLimit) std::abort();
    reading.target = request.target;
    reading.body = request.body;
    reading.headers = request.headers.size();
  }
  return reading;
}

}  // namespace

/// However the bytes are cut into pieces, the same request is read, or none.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view input(reinterpret_cast<const char*>(data) + 1, size - 1);
  const Reading whole = read(input, input.size() + 1);
  const Reading pieces = read(input, 1 + data[0] % 16U);
  if (whole.complete != pieces.complete) std::abort();
  if (whole.complete && (whole.taken != pieces.taken || whole.target != pieces.target || whole.body != pieces.body ||
                         whole.headers != pieces.headers)) {
    std::abort();
  }
  return 0;
}
