#include "http/inner/chunked_body.h"

#include <algorithm>
#include <utility>

namespace mailward::http {

namespace {

constexpr unsigned kMostDigits = 16;
constexpr std::size_t kMostTrailerBytes = std::size_t{8} * 1024;

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

}  // namespace

void ChunkedBody::refuse(Refusal refusal) {
  refusal_ = refusal;
  stage_ = Stage::refused;
}

std::size_t ChunkedBody::feed(std::string_view input, std::string& body, std::size_t limit) {
  std::size_t taken = 0;
  while (stage_ == Stage::reading && taken < input.size()) {
    if (expects_ == Expects::data) {
      const std::size_t size = std::min<std::uint64_t>(left_, input.size() - taken);
      body.append(input.substr(taken, size));
      taken += size;
      left_ -= size;
      if (left_ == 0) expects_ = Expects::data_cr;
    } else {
      take_framing(input[taken++], limit - body.size());
    }
  }
  return taken;
}

void ChunkedBody::take_framing(char letter, std::size_t room) {
  switch (expects_) {
    case Expects::size:
      return take_size(letter);
    case Expects::size_end:
      return end_size(letter, room);
    case Expects::data_cr:
    case Expects::data_lf: {
      const bool first = expects_ == Expects::data_cr;
      if (letter != (first ? '\r' : '\n')) return refuse({400, "A chunk does not end where its size says."});
      expects_ = first ? Expects::data_lf : Expects::size;
      return;
    }
    case Expects::trailer:
      return take_trailer(letter);
    case Expects::trailer_end:
      return end_trailer(letter);
    case Expects::data:
      return;
  }
}

void ChunkedBody::take_size(char letter) {
  if (letter == '\r' && digits_ > 0) {
    expects_ = Expects::size_end;
    return;
  }
  if (letter == ';') return refuse({400, "Chunk extensions are not understood."});
  const int digit = hex_digit(letter);
  if (digit < 0 || ++digits_ > kMostDigits) return refuse({400, "A chunk's size is malformed."});
  left_ = left_ * 16 + static_cast<std::uint64_t>(digit);
}

void ChunkedBody::end_size(char letter, std::size_t room) {
  if (letter != '\n') return refuse({400, "A chunk's size is malformed."});
  if (left_ > room) return refuse({413, "The body is too large."});
  digits_ = 0;
  expects_ = left_ == 0 ? Expects::trailer : Expects::data;
}

void ChunkedBody::take_trailer(char letter) {
  if (letter == '\r') {
    expects_ = Expects::trailer_end;
    return;
  }
  if (++trailer_bytes_ > kMostTrailerBytes) return refuse({431, "The trailers are too large."});
  trailer_ += letter;
}

void ChunkedBody::end_trailer(char letter) {
  if (letter != '\n') return refuse({400, "A line end other than CR LF."});
  if (trailer_.empty()) {
    stage_ = Stage::done;
    return;
  }
  if (!is_field_line(std::exchange(trailer_, {}))) return refuse({400, "A trailer is malformed."});
  expects_ = Expects::trailer;
}

}  // namespace mailward::http
